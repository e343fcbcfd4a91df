"""All SQL that reads prospects. A job's batch writes them: people/store.py."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from houselist.envelope import timestamp
from houselist.errors import NotFound
from houselist.linkedin import profile_url
from houselist.paging import MAX_ITEMS, MAX_LIMIT, fitting
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
    from houselist.postgres.db import Connection

# In the order in which the API shows them.
_SHOWN_COLUMNS = [field.column for field in FIELDS if field.column is not None]
# The columns of a person `p` that the API shows.
SHOWN = ", ".join(f"p.{column}" for column in ("id", *_SHOWN_COLUMNS, "attributes"))
# The people of one batch joined at one moment, and a page shows hundreds of them.
_moment = lru_cache(256)(timestamp)
_NO_ATTRIBUTES = msgspec.Raw(b"{}")
# More people than this under one providerId are no help to anybody.
_MAX_MATCHES = 100

# The bytes of what may be long of a person `p`. All of it has a stored length, except compressed
# attributes, which must be decompressed to be measured.
SIZE = f"""
    {" + ".join(f"coalesce(octet_length(p.{name}), 0)" for name in COLUMNS[IDENTITIES:ATTRIBUTES])}
    + CASE WHEN p.attributes IS NULL THEN 0
           WHEN pg_column_compression(p.attributes) IS NULL THEN pg_column_size(p.attributes)
           ELSE octet_length(p.attributes::text) END
"""

# A page of people no larger than this fits into a response, however JSON escapes them.
_ORDINARY = MAX_ITEMS // (MAX_LIMIT * 6) - 500
# Attributes stored in more bytes than this may be compressed, to a hundredth at most.
_LARGE = 4_000

# People no larger than this: they fit into a response together, however JSON escapes them.
ORDINARY = f"""
    CASE WHEN pg_column_size(p.attributes) > {_LARGE} THEN false ELSE {SIZE} <= {_ORDINARY} END
"""


def _parts(linkedin_id: str) -> tuple[Kind, str]:
    kind, _, value = linkedin_id.partition(":")
    return cast("Kind", kind), value


def address_of(slug: str | None, linkedin_id: str | None) -> str | None:
    """The address of a profile: by the public identifier, else by the internal id."""
    if slug:
        return profile_url("in", slug)
    return profile_url(*_parts(linkedin_id)) if linkedin_id else None


# Where in a row of addedAt and then SHOWN these are.
_FIRST = 2
_SLUG = _FIRST + _SHOWN_COLUMNS.index("public_identifier")
_LINKEDIN_ID = _FIRST + _SHOWN_COLUMNS.index("linkedin_id")
_COMPANY = _FIRST + _SHOWN_COLUMNS.index("company_name")


def _fields(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The fields of Prospect, from a row of addedAt and then SHOWN."""
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


def prospect_of(row: tuple[Any, ...]) -> Prospect:
    """The API's shape of when somebody was added, and SHOWN."""
    return Prospect(*_fields(row))


async def get(
    connection: Connection, account_group_id: bytes, prospect_id: bytes
) -> ProspectDetail:
    """Raises NotFound, which names the person who was kept if this one was merged."""
    row = await connection.fetchrow(
        f"""
        SELECT p.created_at, {SHOWN}, array(
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
        SELECT p.created_at, {SHOWN} FROM prospects p
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
        SELECT coalesce(sum({SIZE}), 0)::bigint FROM prospects p
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
