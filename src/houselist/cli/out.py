"""What commands print, and what becomes of errors: words on standard error and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from houselist.cli.neutral import neutral, neutral_cell
from houselist.config import SettingError
from houselist.errors import Refusal, Upstream
from houselist.migrations import TooOld
from houselist.people.rows import UnreadableFile
from houselist.postgres import db
from houselist.postgres.embedded import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


class CommandError(Exception):
    """The command failed; the message says what to do about it."""

    code = FAILED


class UsageError(CommandError):
    """The command was called in a way that can't work: exit code 2."""

    code = MISUSED


class ReaderGoneError(Exception):
    """Nobody reads our output any more (`… | head`): the end, and no error."""


def say(text: str) -> None:
    """A line on standard output, at once."""
    write(neutral(text) + "\n")
    flush()


def write(text: str) -> None:
    """Text on standard output, as it is unless people see it there.

    Raises ReaderGoneError, CommandError.
    """
    if sys.stdout.isatty():
        text = "\r\n".join(map(neutral, text.split("\r\n")))
    try:
        sys.stdout.write(text)
    except OSError as error:
        raise _cannot_write(error) from error


def flush() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        raise _cannot_write(error) from error


def _cannot_write(error: OSError) -> Exception:
    # What is still buffered would fail once more when Python ends, with a traceback.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return ReaderGoneError()
    return CommandError(f"Standard output takes no more: {error.strerror}.")


def say_json(value: object) -> None:
    """The one JSON object that a command with --json prints."""
    say(msgspec.json.encode(value).decode())


def say_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their longest cell, two spaces apart."""
    lines = [[neutral_cell(cell) for cell in line] for line in (header, *rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(header))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        say("  ".join(cells).rstrip())


def tell(text: str) -> None:
    """A line on standard error, for people."""
    sys.stderr.write(neutral(text) + "\n")
    sys.stderr.flush()


def explain(error: Exception) -> tuple[str, int]:
    """The words for an error that ended a command, and its exit code."""
    if isinstance(error, CommandError):
        return str(error), error.code
    if isinstance(error, SettingError | EmbeddedError):
        return str(error), MISUSED
    return _explain_failure(error), FAILED


def _explain_failure(error: BaseException) -> str:
    if isinstance(error, Upstream) and error.__cause__ is not None:
        return _explain_failure(error.__cause__)
    if isinstance(error, Refusal):
        return " ".join(filter(None, (error.message, error.details)))
    if isinstance(error, TooOld | UnreadableFile):
        return str(error)
    if isinstance(error, asyncpg.PostgresError) or db.is_out_of_reach(error):
        return _out_of_reach(error)
    # Shown on request only: a traceback helps nobody who did not ask for it.
    if os.environ.get("HOUSELIST_LOG_LEVEL", "").strip().lower() == "debug":
        tell("".join(traceback.format_exception(error)))
    return (
        f"This is a defect of Houselist: {type(error).__name__}: {error}"
        " With HOUSELIST_LOG_LEVEL=debug the same command shows where."
    )


def _out_of_reach(error: BaseException) -> str:
    reason = str(error) or "it did not answer in time"
    return (
        f"The database can't be used: {reason}."
        " See that PostgreSQL runs, and that HOUSELIST_DATABASE_URL is right (unset, Houselist"
        " brings its own)."
    )
