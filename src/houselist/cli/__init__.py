"""The command line: one file per noun, put together here."""

from __future__ import annotations

import io
import signal
import sys
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError, Parameter

from houselist import __version__
from houselist.cli import (
    accounts,
    directory,
    exports,
    imports,
    jobs,
    keys,
    limits,
    out,
    plans,
    providers,
)
from houselist.cli.migrate import migrate
from houselist.cli.serve import serve
from houselist.cli.worker import worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

app = App(
    name="houselist",
    help="The self-hosted audience service for B2B prospecting. Settings come from HOUSELIST_*"
    " variables; docs/configuration.md lists them.",
    version=__version__,
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    print_error=False,
    exit_on_error=False,
    suppress_keyboard_interrupt=False,
)
app.command(serve)
app.command(worker)
app.command(migrate)
accounts.app.command(plans.plan)
accounts.app.command(plans.credits_, name="credits")
accounts.app.command(limits.limits)
app.command(accounts.app)
app.command(keys.app)
app.command(providers.app)
app.command(directory.app)
app.command(jobs.app)
app.command(imports.import_, name="import")
app.command(exports.export)


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What is exported here is read elsewhere, whatever this terminal's encoding is.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _terminate)
    sys.exit(run(sys.argv[1:]))


def _terminate(number: int, frame: FrameType | None) -> None:
    # Like Ctrl-C, which asyncio takes while it runs: it cancels the task first.
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler) and handler is not signal.default_int_handler:
        handler(number, frame)
        return
    raise KeyboardInterrupt


def run(arguments: Sequence[str]) -> int:
    """Runs one command; its exit code."""
    try:
        code = app(arguments)
        out.flush()
    except CycloptsError as error:
        out.tell(f"houselist: {error}\nSee `houselist --help`, or --help after a command.")
        return out.MISUSED
    except out.ReaderGoneError:
        return out.DONE
    except KeyboardInterrupt:
        return out.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - people get words, whatever happened
        words, code = out.explain(error)
        out.tell(f"houselist: {words}")
    return code or out.DONE
