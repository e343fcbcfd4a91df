"""Helpers of the tests of the directory: people to search, and who was found."""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING, Any

from houselist.directory import sources_store as sources
from houselist.directory.columns import plan_columns
from houselist.directory.loading import Loaded, load
from houselist.directory.spooling import spool
from houselist.people.rows import Options
from houselist.postgres import db
from houselist.providers.base import SearchUrl, ask
from houselist.texts import Name
from support.cli import execute

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from houselist.providers.base import ProviderPage, ProviderPerson, Question
    from houselist.providers.directory import Directory

CLASSIC = "https://www.linkedin.com/search/results/people/"
SALES = "https://www.linkedin.com/sales/search/people"


async def stock(
    pool: db.Pool,
    group: bytes,
    content: str,
    *,
    mapping: Mapping[str, str] | None = None,
    list_name: str | None = None,
) -> Loaded:
    """Loads people from the text of a CSV file, as the command does."""
    loaded = Loaded()
    list_id = None
    if list_name is not None:
        async with db.transaction(pool) as connection:
            list_id = int((await sources.open_list(connection, group, Name(list_name))).id)
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as kept:
        file.write(content.encode())
        file.seek(0)
        people = await spool(file, "csv", Options(), kept)
        columns = plan_columns(mapping or {}, people.columns, people.mapping)
        await load(pool, group, people, columns, list_id=list_id, loaded=loaded, report=_silent)
    return loaded


def _silent(done: int) -> None:
    """Tells nobody."""


def classic(query: str) -> SearchUrl:
    return SearchUrl(f"{CLASSIC}?{query}", "classic")


def sales(query: str) -> SearchUrl:
    return SearchUrl(f"{SALES}?query={query}", "sales")


async def every_page(
    directory: Directory, question: Question, most: int
) -> list[ProviderPage[ProviderPerson]]:
    pages: list[ProviderPage[ProviderPerson]] = []
    cursor: str | None = None
    while not pages or cursor is not None:
        pages.append(await ask(directory, question, cursor, most))
        cursor = pages[-1].cursor
    return pages


async def found(directory: Directory, question: Question, most: int = 500) -> list[Any]:
    """The names of everybody who is found, in order."""
    pages = await every_page(directory, question, most)
    return [person.name for page in pages for person in page.items]


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def people(dsn: str, account: str) -> list[Any]:
    return execute(
        dsn,
        f"SELECT * FROM directory_people WHERE account_group_id = '\\x{account}' ORDER BY number",
    )


def names(dsn: str, account: str) -> list[str | None]:
    return [json.loads(row["person"]).get("name") for row in people(dsn, account)]


def counts(added: int = 0, changed: int = 0, unchanged: int = 0, refused: int = 0) -> Any:
    rows = added + changed + unchanged + refused
    return {
        "rows": rows,
        "added": added,
        "changed": changed,
        "unchanged": unchanged,
        "refused": refused,
    }
