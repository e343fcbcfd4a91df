"""`houselist export`: everybody in an audience as a file, of one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from houselist import config
from houselist.audiences import store as audiences
from houselist.cli import out
from houselist.cli.database import database, make_pool
from houselist.cli.groups import find
from houselist.cli.options import Account
from houselist.errors import Invalid, NotFound
from houselist.files.whole_file import UnwritableFile, whole_file
from houselist.ids import parse_id
from houselist.postgres import db
from houselist.prospects.export.columns import read_fields
from houselist.prospects.export.writing import ExportFormat, Wanted, prepare
from houselist.prospects.export.writing import write as write_export
from houselist.texts import Name

# What a terminal can't show.
_BINARY = ("xlsx", "parquet")
_SUFFIXES: dict[str, ExportFormat] = {
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
}


async def export(
    audience: str,
    /,
    *,
    account: Account = None,
    format_: Annotated[ExportFormat | None, Parameter(name="--format")] = None,
    fields: str | None = None,
    output: str | None = None,
    raw: bool = False,
    no_bom: bool = False,
) -> None:
    """Writes it, and flushes what goes to standard output.

    Args:
        audience: ID or name of the audience.
        format_: csv, ndjson, xlsx or parquet. Without it the name of the file decides, and without
            a file it is csv.
        fields: Columns, separated by commas and named as in the header of a CSV export; all of them
            without it.
        output: File to write, which only you can read. It appears once it is complete, and replaces
            a file of that name.
        raw: Write cells as they are. Without it, a cell that a spreadsheet would take for a formula
            (it starts with = + - @) gets a ' in front in CSV, and a format of text in xlsx.
        no_bom: Leave out the mark at the start of a CSV file by which Excel recognises UTF-8.
    """
    chosen = _format(format_, output)
    if output is None and chosen in _BINARY and out.is_terminal():
        raise out.UsageError(f"{chosen} is nothing to read: name a file with --output.")
    wanted = Wanted(chosen, _columns(fields), bom=not no_bom, raw=raw)
    with _target(output) as write:

        async def take(piece: bytes) -> None:
            write(piece)

        # One snapshot: nobody appears twice or vanishes when people join or leave meanwhile.
        async with (
            database(config.load()) as found,
            make_pool(found) as pool,
            db.acquire(pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            group = await find(connection, account)
            audience_id = await _find(connection, group, audience)
            prepared = await prepare(connection, group, audience_id, wanted)
            await write_export(connection, prepared, take)
        if output is None:
            out.flush()


def _format(asked: ExportFormat | None, output: str | None) -> ExportFormat:
    """What to write. Raises UsageError for a name that promises something else, or nothing."""
    if output is None:
        return asked or "csv"
    path = Path(output)
    named = _SUFFIXES.get(path.suffix.lower())
    if asked is None and named is None and path.suffix:
        raise out.UsageError(f"Which format is {path.name!r} to have? Name it with --format.")
    if asked and named and asked != named:
        raise out.UsageError(
            f"{path.name!r} promises {named}, not {asked}. Name another file, or omit --format."
        )
    return asked or named or "csv"


def _columns(fields: str | None) -> list[str] | None:
    with out.misuse(Invalid, words=lambda error: f"--{error.details}."):
        return None if fields is None else read_fields(fields)


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
def _target(output: str | None) -> Generator[Callable[[bytes], object]]:
    """Where to write: standard output, or a file that appears once it is complete."""
    if output is None:
        yield out.write_bytes
        return
    try:
        with whole_file(Path(output)) as write:
            yield write
    except UnwritableFile as error:
        if isinstance(error.cause, BrokenPipeError):
            raise out.ReaderGoneError from error
        raise (out.CommandError if error.opened else out.UsageError)(str(error)) from error
