"""`houselist export`: everybody in an audience, as CSV or NDJSON, page by page."""

from __future__ import annotations

import csv
import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter

from houselist import db
from houselist.audiences import store as audiences
from houselist.cli import accounts, out
from houselist.cli.database import with_pool
from houselist.errors import NotFound
from houselist.ids import parse_id
from houselist.paging import PageQuery
from houselist.prospects import store
from houselist.texts import Name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator

    from houselist.db import Connection, Pool
    from houselist.prospects.shapes import Prospect

    Write = Callable[[str], object]

# More than the API gives at once: nobody waits for the first byte here.
_PAGE = 2_000

# Names of fields as `houselist import` maps them by itself, so that an export can be read back.
HEADER = (
    "id", "firstName", "lastName", "name", "headline", "about", "title", "location", "email",
    "photoUrl", "linkedinUrl", "publicIdentifier", "providerId", "company.name",
    "company.linkedinIdentifier", "company.linkedinUrl", "company.industry", "company.website",
    "attributes", "addedAt",
)  # fmt: skip

# A cell that starts so is a formula to spreadsheets, and headlines are written by strangers.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(
    audience: str,
    /,
    *,
    account: str | None = None,
    format_: Annotated[Literal["csv", "ndjson"], Parameter(name="--format")] = "csv",
    output: str | None = None,
    raw: bool = False,
) -> None:
    """Write everybody in an audience to standard output or a file.

    CSV always has the same columns; `attributes` holds a JSON object. NDJSON has one prospect a
    line, as the API shows it.

    Parameters
    ----------
    audience
        The audience's id or name.
    account
        Id of the account group; needed where there are several.
    format_
        csv or ndjson.
    output
        A file to write. It is there once all of it is; one of that name is replaced.
    raw
        Write CSV cells as they are. Without it, one that a spreadsheet would take for a formula
        (it starts with = + - @) gets a ' in front.
    """
    with _target(output) as write:
        lines = _json_lines if format_ == "ndjson" else _csv_raw if raw else _csv_guarded

        async def work(pool: Pool) -> None:
            async with db.acquire(pool) as connection:
                group = await accounts.find(connection, account)
                audience_id = await _find(connection, group, audience)
                if lines is not _json_lines:
                    write(_csv_line(HEADER))
                async for prospects in _pages(connection, group, audience_id):
                    write(lines(prospects))

        with_pool(work)
        if output is None:
            out.flush()


async def _find(connection: Connection, group: bytes, audience: str) -> bytes:
    """The audience of this id, else of this name. Raises UsageError, AudienceNotReady."""
    try:
        audience_id = parse_id(audience)
        await audiences.get_ready(connection, group, audience_id)
    except (ValueError, NotFound):
        found = await _find_by_name(connection, group, audience)
        if found is None:
            raise out.UsageError(
                f"There is no audience {audience!r} in this account group."
            ) from None
        await audiences.get_ready(connection, group, found)
        return found
    return audience_id


async def _find_by_name(connection: Connection, group: bytes, audience: str) -> bytes | None:
    try:
        return await audiences.find_by_name(connection, group, Name(audience).key)
    except ValueError:  # no audience can have such a name
        return None


async def _pages(
    connection: Connection, group: bytes, audience_id: bytes
) -> AsyncIterator[list[Prospect]]:
    cursor = None
    while True:
        page = await store.get_page(
            connection, group, audience_id, PageQuery(limit=_PAGE, cursor=cursor)
        )
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _json_lines(prospects: list[Prospect]) -> str:
    return msgspec.json.Encoder().encode_lines(prospects).decode()


def _csv_raw(prospects: list[Prospect]) -> str:
    return "".join(_csv_line(_cells(each)) for each in prospects)


def _csv_guarded(prospects: list[Prospect]) -> str:
    return "".join(_csv_line([_guard(cell) for cell in _cells(each)]) for each in prospects)


def _guard(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _csv_line(cells: list[str] | tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _cells(person: Prospect) -> list[str]:
    company = person.company
    known = (
        person.id, person.first_name, person.last_name, person.name, person.headline,
        person.about, person.title, person.location, person.email, person.photo_url,
        person.linkedin_url, person.public_identifier, person.provider_id, company.name,
        company.linkedin_identifier, company.linkedin_url, company.industry, company.website,
        msgspec.json.encode(person.attributes).decode(), person.added_at,
    )  # fmt: skip
    return [cell or "" for cell in known]


@contextmanager
def _target(output: str | None) -> Generator[Write]:
    """Where to write: standard output, or a file that takes its name once it is whole."""
    if output is None:
        yield out.write
        return
    path = Path(output)
    # Pipes and devices can't be replaced, only written to.
    plain = path.is_file() or not path.exists()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}") if plain else path
    try:
        file = unfinished.open("w", encoding="utf-8", newline="")
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
        # Not as an OSError: within the database's reach it would be taken for the database's.
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return out.ReaderGoneError()
    return out.CommandError(f"{path} can't be written: {error.strerror}.")
