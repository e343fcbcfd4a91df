"""`houselist export`: everybody in an audience, as CSV or NDJSON, of one snapshot."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from houselist.audiences import store as audiences
from houselist.cli import out
from houselist.cli.database import with_pool
from houselist.cli.groups import find
from houselist.cli.options import Account
from houselist.errors import NotFound
from houselist.ids import parse_id
from houselist.postgres import db
from houselist.prospects import exports
from houselist.texts import Name

Write = Callable[[str], object]


def export(
    audience: str,
    /,
    *,
    account: Account = None,
    format_: Annotated[Literal["csv", "ndjson"], Parameter(name="--format")] = "csv",
    output: str | None = None,
    raw: bool = False,
    no_bom: bool = False,
) -> None:
    """Writes it, and flushes what goes to standard output.

    Args:
        audience: ID or name of the audience.
        format_: csv or ndjson.
        output: File to write, which only you can read. It appears once it is complete, and replaces
            a file of that name.
        raw: Write CSV cells as they are. Without it, a cell that a spreadsheet would take for a
            formula (it starts with = + - @) gets a ' in front.
        no_bom: Leave out the mark at the start of a CSV file by which Excel recognises UTF-8.
    """
    with _target(output) as write:

        async def work(pool: db.Pool) -> None:
            # One snapshot: nobody appears twice or vanishes when people join or leave meanwhile.
            async with (
                db.acquire(pool) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                group = await find(connection, account)
                audience_id = await _find(connection, group, audience)
                if format_ == "ndjson":
                    lines = exports.ndjson_lines(connection, group, audience_id)
                else:
                    lines = exports.csv_lines(
                        connection, group, audience_id, raw=raw, bom=not no_bom
                    )
                async for line in lines:
                    write(line)

        with_pool(work)
        if output is None:
            out.flush()


async def _find(connection: db.Connection, group: bytes, audience: str) -> bytes:
    """The audience with this ID, else with this name. Raises UsageError, AudienceNotReady."""
    try:
        audience_id = parse_id(audience)
        await audiences.get_ready(connection, group, audience_id)
    except (ValueError, NotFound):
        with suppress(ValueError):  # no audience can have such a name
            found = await audiences.find_by_name(connection, group, Name(audience).key)
            if found is not None:
                await audiences.get_ready(connection, group, found)
                return found
        words = f"There is no audience {audience!r} in this account group."
        raise out.UsageError(words) from None
    return audience_id


@contextmanager
def _target(output: str | None) -> Generator[Write]:
    """Where to write: standard output, or a file that gets its name once it is complete."""
    if output is None:
        yield out.write
        return
    path = Path(output)
    # Pipes and devices can't be replaced, only written to.
    plain = path.is_file() or not path.exists()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}") if plain else path
    try:
        # A new file is its owner's alone: it holds people.
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
    except OSError as error:
        raise out.UsageError(f"{output} can't be written: {error.strerror}.") from error
    try:
        with file:
            yield lambda text: _write(file, text, path)
        if plain:
            unfinished.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        if plain:
            unfinished.unlink(missing_ok=True)


def _write(file: io.TextIOWrapper, text: str, path: Path) -> None:
    try:
        file.write(text)
    except OSError as error:
        # Not as an OSError: inside the database's block it would be taken for the database's.
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return out.ReaderGoneError()
    return out.CommandError(f"{path} can't be written: {error.strerror}.")
