"""What commands print, and how an error ends them: words on standard error and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import msgspec

from houselist.cli.neutral import neutral
from houselist.config import SettingError
from houselist.errors import Refusal
from houselist.people.rows import UnreadableFile

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


class CommandError(Exception):
    """The command failed; the message says what to do about it."""

    code = FAILED


class UsageError(CommandError):
    """The command was called in a way that can't work: exit code 2."""

    code = MISUSED


@contextmanager
def misuse(*kinds: type[Exception], words: Callable[[Any], str] = str) -> Generator[None]:
    """Has errors of these kinds end the command as misused. `words`: what is said of one."""
    try:
        yield
    except kinds as error:
        raise UsageError(words(error)) from error


class ReaderGoneError(Exception):
    """Nobody reads our output any more (`… | head`): the command ends, without an error."""


def say(text: str) -> None:
    """A line on standard output, at once."""
    write(neutral(text) + "\n")
    flush()


def is_terminal() -> bool:
    """Whether standard output is one."""
    return sys.stdout.isatty()


def write(text: str) -> None:
    """Text on standard output, as it is unless that is a terminal.

    Raises ReaderGoneError, CommandError.
    """
    if is_terminal():
        text = "\r\n".join(map(neutral, text.split("\r\n")))
    with _writing():
        sys.stdout.write(text)


def write_bytes(data: bytes) -> None:
    """Bytes on standard output. On a terminal they are text, shown as write() shows it.

    Raises ReaderGoneError, CommandError.
    """
    if is_terminal():
        write(data.decode(errors="replace"))
        return
    with _writing():
        sys.stdout.buffer.write(data)


def flush() -> None:
    with _writing():
        sys.stdout.flush()


@contextmanager
def _writing() -> Generator[None]:
    try:
        yield
    except OSError as error:
        # What is still buffered would fail once more when Python ends, with a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise ReaderGoneError from error
        raise CommandError(f"Standard output can't be written: {error.strerror}.") from error


def say_json(value: object) -> None:
    """The one JSON object that a command with --json prints."""
    say(msgspec.json.encode(value).decode())


def of_group(group: bytes, found: msgspec.Struct) -> dict[str, object]:
    """What is told of a thing of an account group."""
    return {"accountGroupId": group.hex(), **msgspec.to_builtins(found)}


def shown_rows(count: int) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def show(value: object, words: str, *, json: bool) -> None:
    """What a command did: one JSON object, or a sentence."""
    if json:
        say_json(value)
    else:
        say(words)


def tell(text: str) -> None:
    """A line on standard error, for people."""
    sys.stderr.write(neutral(text) + "\n")
    sys.stderr.flush()


def explain(error: Exception) -> tuple[str, int]:
    """The words for an error that ended a command, and its exit code."""
    if isinstance(error, CommandError):
        return str(error), error.code
    if isinstance(error, SettingError):
        return str(error), MISUSED
    return _explain_failure(error), FAILED


def _explain_failure(error: Exception) -> str:
    if isinstance(error, Refusal):
        return " ".join(filter(None, (error.message, error.details)))
    if isinstance(error, UnreadableFile):
        return str(error)
    # Shown on request only: a traceback helps nobody who did not ask for it.
    if os.environ.get("HOUSELIST_LOG_LEVEL", "").strip().lower() == "debug":
        tell("".join(traceback.format_exception(error)))
    if isinstance(error, OSError):
        return f"The operating system reports: {error}."
    return (
        f"This is a bug in Houselist: {type(error).__name__}: {error}."
        " Run the command again with HOUSELIST_LOG_LEVEL=debug to see where."
    )
