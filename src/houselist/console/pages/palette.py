"""What the palette finds: audiences by name, people, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console import listing_store as store
from houselist.console.rendering import query, redirect
from houselist.console.visit import part_of_name
from houselist.errors import Refusal
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.texts import name_key

if TYPE_CHECKING:
    import asyncpg

    from houselist.console.visit import Visit
    from houselist.web.response import Response

P = Permission
_AUDIENCES, _PEOPLE = 6, 5
# A single letter begins too many words to be worth a search.
_SEARCH_FROM = 2


class Command(NamedTuple):
    """`needs`: the permissions without which it is not offered. `keys`: as pressed elsewhere."""

    label: str
    address: str
    icon: str
    keys: str = ""
    needs: tuple[P, ...] = ()
    is_dialog: bool = False


DO = (
    Command("Fill an audience from a file", "/fill", "upload", "", (P.PROSPECTING_WRITE,)),
    Command(
        "Create an audience",
        "/audiences/new",
        "plus",
        "C",
        (P.AUDIENCES_READ, P.AUDIENCES_WRITE),
        is_dialog=True,
    ),
    Command(
        "Create a folder",
        "/folders/new",
        "folder",
        "",
        (P.AUDIENCES_READ, P.AUDIENCES_WRITE),
        is_dialog=True,
    ),
)
GO = (
    Command("Audiences", "/", "list", "G A"),
    Command("People", "/people", "users", "G P", (P.PROSPECTS_READ,)),
    Command("Jobs", "/jobs", "jobs", "G J", (P.PROSPECTING_READ,)),
    Command("Keys", "/keys", "key", "G K", (P.KEYS_READ,)),
    Command("Settings", "/settings", "gear"),
    Command("API reference", "/docs", "book"),
)


async def palette(visit: Visit) -> Response:
    """What fits the words so far, for a script; a browser without goes to Home's search."""
    words = part_of_name(visit.query.get("q"))
    if not visit.wants_part:
        return redirect(f"/{query({}, q=words or None)}")
    return visit.show_part(
        "palette_found.html",
        q=words,
        audiences=await _audiences(visit, words),
        people=await _people(visit, words),
        do=_offered(visit, DO, words),
        go=_offered(visit, GO, words),
    )


def _offered(visit: Visit, commands: tuple[Command, ...], words: str) -> list[Command]:
    """Those that the key may do, and whose label has the beginnings of all words."""
    wanted = name_key(words).split()
    return [
        each
        for each in commands
        if visit.may(*each.needs)
        and all(
            any(have.startswith(word) for have in name_key(each.label).split()) for word in wanted
        )
    ]


async def _audiences(visit: Visit, words: str) -> list[asyncpg.Record]:
    if not words or not visit.may(P.AUDIENCES_READ):
        return []
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        group = bytes.fromhex(visit.group)
        return await store.find(connection, group, name_key(words), _AUDIENCES)


async def _people(visit: Visit, words: str) -> list[dict[str, Any]]:
    if len(words) < _SEARCH_FROM or not visit.may(P.PROSPECTS_READ):
        return []
    try:
        found = await visit.get("prospects", q=words, limit=str(_PEOPLE))
    except Refusal as refusal:
        # People who are not searchable yet are no reason to find no audience.
        if refusal.status >= 500:
            raise
        return []
    return found["items"]
