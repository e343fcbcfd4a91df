"""All SQL that reads prospects. A job's batch writes them: people/store.py."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from houselist.audiences import store as audiences
from houselist.envelope import timestamp
from houselist.errors import NotFound
from houselist.linkedin import profile_url
from houselist.paging import MAX_ITEMS, MAX_LIMIT, Page, fitting, page_of, read_number, sign_number
from houselist.people.fields import ATTRIBUTES, COLUMNS, FIELDS, IDENTITIES
from houselist.prospects.shapes import (
    Company,
    Prospect,
    ProspectDetail,
    ProviderIdMatch,
    ProviderIdMatches,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from houselist.linkedin.profile import Kind
    from houselist.paging import PageQuery
    from houselist.postgres.db import Connection

# In the order in which the API shows them.
_SHOWN = [field.column for field in FIELDS if field.column is not None]
_COLUMNS = ", ".join(f"p.{column}" for column in ("id", *_SHOWN, "attributes"))
# The people of one batch joined at one moment, and a page shows hundreds of them.
_moment = lru_cache(256)(timestamp)
_NO_ATTRIBUTES = msgspec.Raw(b"{}")
# More people than this under one providerId are no help to anybody.
_MAX_MATCHES = 100

# The bytes of what may be long. All of it has a stored length, except compressed attributes, which
# must be decompressed to be measured.
_SIZE = f"""
    {" + ".join(f"coalesce(octet_length(p.{name}), 0)" for name in COLUMNS[IDENTITIES:ATTRIBUTES])}
    + CASE WHEN p.attributes IS NULL THEN 0
           WHEN pg_column_compression(p.attributes) IS NULL THEN pg_column_size(p.attributes)
           ELSE octet_length(p.attributes::text) END
"""

# The present list of members of the audience $2.
_LIST = """(SELECT coalesce(list_id, id) FROM audiences WHERE account_group_id = $1 AND id = $2)"""

# A page of people no larger than this fits into a response, however JSON escapes them.
_ORDINARY = MAX_ITEMS // (MAX_LIMIT * 6) - 500
# Attributes stored in more bytes than this may be compressed, to a hundredth at most.
_LARGE = 4_000

# The first column guards: null for no such audience, empty for a ready one, else the job's id. So
# one statement decides between 404, 409 and the people. People larger than ordinary come as nulls;
# attributes that are large even when compressed are not decompressed to find that out.
#
# The limits around it are for the planner, which takes as long as reading 50 people does. It
# keeps a plan only where that promises to cost no more than one made for the arguments, and a limit
# that it doesn't know counts as a tenth of the rows. Three around each other count as one row, so
# the plan is kept for pages of all sizes, however uneven audiences are.
_PAGE = f"""
    SELECT * FROM (
        SELECT * FROM (
            SELECT (SELECT coalesce(active_job_id, '') FROM audiences
                    WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL) AS guard,
                   m.position, m.added_at, {_COLUMNS}
            FROM memberships m
            LEFT JOIN prospects p ON p.account_group_id = m.account_group_id
                AND p.id = m.prospect_id
                AND CASE WHEN pg_column_size(p.attributes) > {_LARGE} THEN false
                    ELSE {_SIZE} <= {_ORDINARY} END
            WHERE m.account_group_id = $1 AND m.audience_id = {_LIST} AND m.position > $3
            ORDER BY m.position LIMIT {MAX_LIMIT + 1}
        ) AS most ORDER BY position LIMIT $4
    ) AS page ORDER BY position LIMIT $4
"""
_GUARD_AND_POSITION = 2

# A page with large people goes from one to the next until a response is full, so that nobody after
# that is measured or leaves PostgreSQL. `bytes` is the size of all people up to this one.
_PAGE_OF_LARGE = f"""
    WITH RECURSIVE walk AS (
        SELECT $3::bigint AS position, 0::bigint AS bytes, 0 AS number
        UNION ALL
        SELECT n.position, w.bytes + {_SIZE}, w.number + 1
        FROM walk w
        CROSS JOIN LATERAL (
            SELECT position, prospect_id FROM memberships
            WHERE account_group_id = $1 AND audience_id = {_LIST} AND position > w.position
            ORDER BY position LIMIT 1
        ) AS n
        JOIN prospects p ON p.account_group_id = $1 AND p.id = n.prospect_id
        WHERE w.bytes < {MAX_ITEMS} AND w.number < $4::integer
    )
    SELECT w.bytes, EXISTS (
               SELECT FROM memberships WHERE account_group_id = $1 AND audience_id = {_LIST}
               AND position > (SELECT max(position) FROM walk)
           ) AS more, m.position, m.added_at, {_COLUMNS}
    FROM walk w
    JOIN memberships m ON m.account_group_id = $1 AND m.audience_id = {_LIST}
        AND m.position = w.position
    JOIN prospects p ON p.account_group_id = $1 AND p.id = m.prospect_id
    WHERE w.number > 0 ORDER BY w.position
"""
_BEFORE_FIELDS = 3


def _parts(linkedin_id: str) -> tuple[Kind, str]:
    kind, _, value = linkedin_id.partition(":")
    return cast("Kind", kind), value


def address_of(slug: str | None, linkedin_id: str | None) -> str | None:
    """The address of a profile: by the public identifier, else by the internal id."""
    if slug:
        return profile_url("in", slug)
    return profile_url(*_parts(linkedin_id)) if linkedin_id else None


# Where in a row of addedAt and then _COLUMNS these are.
_FIRST = 2
_SLUG = _FIRST + _SHOWN.index("public_identifier")
_LINKEDIN_ID = _FIRST + _SHOWN.index("linkedin_id")
_COMPANY = _FIRST + _SHOWN.index("company_name")


def _fields(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The fields of Prospect, from a row of addedAt and then _COLUMNS."""
    # By position: a page shapes hundreds of rows of twenty columns, and names cost a look-up each.
    slug, linkedin_id, attributes = row[_SLUG], row[_LINKEDIN_ID], row[-1]
    return (
        row[1].hex(),
        *row[_FIRST:_SLUG],
        address_of(slug, linkedin_id),
        slug,
        *row[_LINKEDIN_ID + 1 : _COMPANY],
        Company(*row[_COMPANY:-1]),
        msgspec.Raw(attributes.encode()) if attributes else _NO_ATTRIBUTES,
        _moment(row[0]),
    )


async def get_page(
    connection: Connection, account_group_id: bytes, audience_id: bytes, page: PageQuery
) -> Page[Prospect]:
    """An audience's prospects in the order they joined.

    Raises NotFound, AudienceNotReady, or Invalid for a bad cursor.
    """
    scope = f"prospects/{account_group_id.hex()}/{audience_id.hex()}"
    after = read_number(scope, page.cursor) if page.cursor else 0
    rows = await connection.fetch(_PAGE, account_group_id, audience_id, after, page.limit + 1)
    if not rows or rows[0]["guard"] != b"":
        # This raises the error. If the audience became ready in the meantime, it is read again.
        await audiences.get_ready(connection, account_group_id, audience_id)
        if rows:
            return await get_page(connection, account_group_id, audience_id, page)
    shown = rows[: page.limit]
    if any(row["id"] is None for row in shown):
        return await _page_of_large(
            connection, account_group_id, audience_id, after=after, limit=page.limit, scope=scope
        )
    items = [Prospect(*_fields(row[_GUARD_AND_POSITION:])) for row in shown]
    return page_of(items, rows, lambda row: sign_number(scope, row["position"]))


# For other ways to find people: the columns of a person `p`, and whether the person is not large.
SHOWN = _COLUMNS
ORDINARY = f"""
    CASE WHEN pg_column_size(p.attributes) > {_LARGE} THEN false ELSE {_SIZE} <= {_ORDINARY} END
"""


def prospect_of(row: tuple[Any, ...]) -> Prospect:
    """The API's shape of when somebody was added, and SHOWN."""
    return Prospect(*_fields(row))


async def _page_of_large(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    *,
    after: int,
    limit: int,
    scope: str,
) -> Page[Prospect]:
    """A page that ends where a response is full, after at least one person."""
    rows = await connection.fetch(_PAGE_OF_LARGE, account_group_id, audience_id, after, limit)
    found = [Prospect(*_fields(row[_BEFORE_FIELDS:])) for row in rows]
    items = fitting(found, rows[-1]["bytes"] if rows else 0)
    more = bool(rows) and (rows[0]["more"] or len(items) < len(found))
    next_cursor = sign_number(scope, rows[len(items) - 1]["position"]) if more else None
    return Page(items, next_cursor, more)


async def get(
    connection: Connection, account_group_id: bytes, prospect_id: bytes
) -> ProspectDetail:
    """Raises NotFound, which names the person who was kept if this one was merged."""
    row = await connection.fetchrow(
        f"""
        SELECT p.created_at, {_COLUMNS}, array(
            SELECT a.id FROM memberships m
            LEFT JOIN audience_lists l ON l.account_group_id = m.account_group_id
                AND l.list_id = m.audience_id
            JOIN audiences a ON a.account_group_id = m.account_group_id
                AND a.id = coalesce(l.audience_id, m.audience_id)
                AND coalesce(a.list_id, a.id) = m.audience_id
            WHERE m.account_group_id = $1 AND m.prospect_id = p.id AND a.deleted_at IS NULL
            ORDER BY a.id
        ) AS audience_ids
        FROM prospects p WHERE p.account_group_id = $1 AND p.id = $2
        """,
        account_group_id,
        prospect_id,
    )
    if row is None:
        raise await not_found(connection, account_group_id, prospect_id)
    held_by = [audience_id.hex() for audience_id in row["audience_ids"]]
    return ProspectDetail(*_fields(row[:-1]), audience_ids=held_by)


async def find_kept(
    connection: Connection, account_group_id: bytes, prospect_id: bytes
) -> bytes | None:
    """The person into whom somebody was merged; None for somebody who was not."""
    return await connection.fetchval(
        "SELECT kept_id FROM prospect_merges WHERE account_group_id = $1 AND prospect_id = $2",
        account_group_id,
        prospect_id,
    )


async def get_plain(
    connection: Connection, account_group_id: bytes, prospect_id: bytes
) -> Prospect:
    """A person, without the audiences. Raises NotFound as `get` does."""
    row = await connection.fetchrow(
        f"""
        SELECT p.created_at, {_COLUMNS} FROM prospects p
        WHERE p.account_group_id = $1 AND p.id = $2
        """,
        account_group_id,
        prospect_id,
    )
    if row is None:
        raise await not_found(connection, account_group_id, prospect_id)
    return Prospect(*_fields(tuple(row)))


async def check_known(connection: Connection, account_group_id: bytes, prospect_id: bytes) -> None:
    """Raises NotFound as `get` does."""
    is_known = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM prospects WHERE account_group_id = $1 AND id = $2)",
        account_group_id,
        prospect_id,
    )
    if not is_known:
        raise await not_found(connection, account_group_id, prospect_id)


async def find_now(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> dict[bytes, bytes]:
    """Those of these people who are known: each with the id of who it is by now."""
    rows = await connection.fetch(
        """
        SELECT id, id FROM prospects WHERE account_group_id = $1 AND id = ANY($2::bytea[])
        UNION ALL
        SELECT prospect_id, kept_id FROM prospect_merges
        WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])
        """,
        account_group_id,
        prospect_ids,
    )
    return {row[0]: row[1] for row in rows}


async def count_bytes(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> int:
    """How much text there is about these people."""
    return await connection.fetchval(
        f"""
        SELECT coalesce(sum({_SIZE}), 0)::bigint FROM prospects p
        WHERE p.account_group_id = $1 AND p.id = ANY($2::bytea[])
        """,
        account_group_id,
        prospect_ids,
    )


async def not_found(
    connection: Connection, account_group_id: bytes, prospect_id: bytes
) -> NotFound:
    """What to say of a person who is not known, or not any more."""
    kept = await find_kept(connection, account_group_id, prospect_id)
    if kept is None:
        return NotFound("There is no such prospect.")
    return NotFound(
        "There is no such prospect any more.",
        details=f"It was found to be one person with prospect {kept.hex()}; ask for that one.",
    )


async def find_by_provider_id(
    connection: Connection, account_group_id: bytes, provider_id: str
) -> ProviderIdMatches:
    """Everybody known by a providerId, oldest first: 100 at most, or what a response holds."""
    rows = await connection.fetch(
        """
        SELECT id, public_identifier, linkedin_id, name, company_name, title FROM prospects
        WHERE account_group_id = $1 AND id IN (
            SELECT id FROM prospects WHERE account_group_id = $1 AND provider_id = $2
            UNION
            SELECT prospect_id FROM prospect_identities
            WHERE account_group_id = $1 AND kind = 'provider_id' AND value = $2
        )
        ORDER BY id LIMIT $3
        """,
        account_group_id,
        provider_id,
        _MAX_MATCHES,
    )
    text_bytes = sum(
        len(text.encode()) for row in rows for text in row.values() if isinstance(text, str)
    )
    matches = fitting([_match(row) for row in rows], text_bytes)
    resolution = ("none", "unique", "ambiguous")[min(len(matches), 2)]
    return ProviderIdMatches(provider_id, resolution, matches)


def _match(row: asyncpg.Record) -> ProviderIdMatch:
    prospect_id, slug, linkedin_id, name, company_name, title = row
    shown, url = prospect_id.hex(), address_of(slug, linkedin_id)
    return ProviderIdMatch(shown, shown, slug, url, name, company_name, title)
