"""`houselist accounts`: account groups, with the commands of `plans.py` and `limits.py`."""

from __future__ import annotations

from cyclopts import App

from houselist.accounts import store
from houselist.cli import limits, plans
from houselist.cli.database import in_transaction
from houselist.cli.options import Json, read_name
from houselist.cli.out import say_json, show
from houselist.cli.tables import say_table

app = App(name="accounts")
app.command(plans.plan)
app.command(plans.credits_, name="credits")
app.command(limits.limits)


@app.command
def create(name: str, /, *, json: Json = False) -> None:
    """Create an account group.

    Args:
        name: What to call it: 1 to 200 characters. Two may have the same name.
    """
    checked = read_name(name)
    made = in_transaction(lambda connection: store.create(connection, checked))
    show(made, f"Created account group {made.id} ({made.name}).", json=json)


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List every account group, oldest first."""
    found = in_transaction(store.get_all)
    if json:
        say_json({"items": found})
    else:
        rows = [(each.id, each.created_at, each.name) for each in found]
        say_table(("ID", "CREATED", "NAME"), rows)
