"""The whole command line as one table. A command's module is imported when the command is run."""

from __future__ import annotations

from cyclopts import App, Parameter

from houselist import __version__
from houselist.postgres.revision import HEAD

app = App(
    name="houselist",
    help="The self-hosted audience service for B2B prospecting. Settings come from HOUSELIST_*"
    " variables; docs/configuration.md lists them.",
    version=f"{__version__} (schema revision {HEAD})",
    default_parameter=Parameter(negative=()),
    print_error=False,
    exit_on_error=False,
)
app.command(
    "houselist.cli.serve:serve",
    help="""Serve the API and run jobs, until Ctrl-C or SIGTERM.

    Without HOUSELIST_DATABASE_URL, Houselist starts its own PostgreSQL and keeps the data in
    HOUSELIST_DATA_DIR. The very first start makes an account group and a key with all permissions.
    A terminal shows the key, once. Otherwise the key goes to a file in HOUSELIST_DATA_DIR, and its
    path is printed.""",
)
app.command(
    "houselist.cli.worker:worker",
    help="""Run jobs, until Ctrl-C or SIGTERM.

    Any number of workers may run, on any hosts that reach the same database. A worker that is told
    to stop finishes the batch at hand; another worker takes over the rest of the job.""",
)
app.command(
    "houselist.cli.migrate:migrate",
    help="""Bring the database to the schema of this version.

    Only a database of your own (HOUSELIST_DATABASE_URL) needs this: the embedded one is migrated
    whenever Houselist starts. Running it again, or twice at once, does no harm.

    --distribute also moves the tables onto the nodes of a Citus cluster, with all that is in them.
    If it is killed, run it again: it goes on.""",
)
app.command(
    "houselist.cli.accounts:app",
    name="accounts",
    help="Create and list account groups; change their plans, credits and limits.",
)
app.command("houselist.cli.keys:app", name="keys", help="Create, list and revoke API keys.")
app.command(
    "houselist.cli.providers:app",
    name="providers",
    help="Connect account groups to providers, where searches find people.",
)
app.command(
    "houselist.cli.directory:app",
    name="directory",
    help="Keep people of your own to search, without an outside provider. See docs/directory.md.",
)
app.command("houselist.cli.jobs:app", name="jobs", help="List, follow, cancel and undo jobs.")
app.command(
    "houselist.cli.imports:import_",
    name="import",
    help="""Fill an audience from a CSV, NDJSON, Excel or OpenDocument file.

    It works with or without a running `houselist serve`. At the end it prints the counts and which
    rows were refused. The exit code is 1 when the job failed or no row could be used.""",
)
app.command(
    "houselist.cli.exports:export",
    help="""Write everybody in an audience to standard output or a file.

    `houselist import` takes both formats back as they are. CSV has a column for each attribute;
    NDJSON has one prospect a line, as the API shows it.""",
)
