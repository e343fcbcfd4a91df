"""The command line: `commands.py` is its table, and each noun has a file. Here it is run."""

from __future__ import annotations

import io
import pkgutil
import signal
import sys
from collections.abc import Coroutine, Sequence
from types import FrameType

from cyclopts import CycloptsError

from houselist.cli import out
from houselist.cli.commands import app

__all__ = ["app", "main", "run"]


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # An export is read by other programs, whatever this terminal's encoding is.
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
        command, given, _ = app.parse_args(arguments)
        code = command(*given.args, **given.kwargs)
        if isinstance(code, Coroutine):
            # By name, because `--help` needs no event loop and is quicker without.
            code = pkgutil.resolve_name("uvloop:run")(code)
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
