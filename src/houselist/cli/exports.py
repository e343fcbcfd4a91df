"""`houselist export`: everybody in an audience, as CSV or NDJSON, of one snapshot."""

from __future__ import annotations

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
from houselist.files.whole_file import UnwritableFile, whole_file
from houselist.ids import parse_id
from houselist.postgres import db
from houselist.prospects import exports
from houselist.texts import Name


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
def _target(output: str | None) -> Generator[Callable[[str], object]]:
    """Where to write: standard output, or a file that appears once it is complete."""
    if output is None:
        yield out.write
        return
    try:
        with whole_file(Path(output)) as write:
            yield write
    except UnwritableFile as error:
        if isinstance(error.cause, BrokenPipeError):
            raise out.ReaderGoneError from error
        raise (out.CommandError if error.opened else out.UsageError)(str(error)) from error
