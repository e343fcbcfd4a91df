"""All SQL of exports. PostgreSQL writes the cells; ndjson.py and guarding.py finish them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import asyncpg.protocol

from houselist.people.exported import BY_ID, REST
from houselist.people.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from houselist.postgres.db import Connection
    from houselist.prospects.export.columns import Columns


class Selection(NamedTuple):
    """Whom an export holds, and in which order.

    `source`: a SELECT of prospect_id, added_at and what `order` names, from the list $2 of the
    account group $1; `order`: of those rows, which are `m`. `arguments` are for $3 and on.
    """

    source: str = (
        "SELECT position, prospect_id, added_at FROM memberships"
        " WHERE account_group_id = $1 AND audience_id = $2"
    )
    order: str = "m.position"
    arguments: tuple[object, ...] = ()


# A `source`: those whom a list names, each with when they were added.
CHOSEN = """
    SELECT number AS position, prospect_id, added_at
    FROM unnest($3::bytea[], $4::timestamptz[])
        WITH ORDINALITY AS one (prospect_id, added_at, number)
    WHERE $2::bytea IS NOT NULL
"""


# What Python's quote() does to a text that is not ASCII (linkedin/profile.py).
def _quoted(text: str) -> str:
    return f"""CASE WHEN octet_length({text}) = length({text}) THEN {text} ELSE (
        SELECT string_agg(
            CASE WHEN letter COLLATE "C" ~ '^[A-Za-z0-9_.~-]$' THEN letter
                 ELSE regexp_replace(
                     upper(encode(convert_to(letter, 'UTF8'), 'hex')), '(..)', '%\\1', 'g') END,
            '' ORDER BY number)
        FROM regexp_split_to_table({text}, '') WITH ORDINALITY AS letters(letter, number)
    ) END"""


_PROFILE = "'https://www.linkedin.com/in/' || "
_VALUE = "substr(p.linkedin_id, strpos(p.linkedin_id, ':') + 1)"
# The address of an internal id; a member number has none (linkedin/profile.py).
_URL_BY_ID = f"""CASE split_part(p.linkedin_id, ':', 1)
    WHEN 'id' THEN {_PROFILE}{_quoted(_VALUE)}
    WHEN 'in' THEN {_PROFILE}{_quoted(_VALUE)}
    WHEN 'sales' THEN 'https://www.linkedin.com/sales/lead/' || {_VALUE}
    WHEN 'rec' THEN 'https://www.linkedin.com/talent/profile/' || {_VALUE}
    END"""
_URL = f"""CASE WHEN p.public_identifier IS NOT NULL
        THEN {_PROFILE}{_quoted("p.public_identifier")}
    WHEN p.linkedin_id IS NOT NULL THEN {_URL_BY_ID} END"""
# Null where `linkedinUrl` is that address already. A number is a URN that is read like one.
_ID_URL = f"""CASE WHEN p.linkedin_id IS NULL THEN NULL
    WHEN p.linkedin_id LIKE 'num:%' THEN 'urn:li:member:' || {_VALUE}
    WHEN p.public_identifier IS NULL THEN NULL ELSE {_URL_BY_ID} END"""
# As envelope.timestamp() shows it. The microsecond keeps zeros at the end of the milliseconds.
_ADDED_AT = """substr(to_json(date_trunc('milliseconds', m.added_at AT TIME ZONE 'UTC')
    + interval '1 microsecond')::text, 2, 23) || 'Z'"""

_CELLS = {
    **{field.path: f"p.{field.column}" for field in FIELDS if field.path and field.column},
    "id": "encode(p.id, 'hex')",
    "linkedinUrl": _URL,
    BY_ID: _ID_URL,
    "addedAt": _ADDED_AT,
}
# Bytes that a cell has at most, where it is no column of its own: a letter of an address may become
# three, and the rest of the longest address has fewer than 64.
_SIZES = {
    "id": "24",
    "addedAt": "24",
    "linkedinUrl": "octet_length(coalesce(p.public_identifier, p.linkedin_id)) * 3 + 64",
    BY_ID: "octet_length(p.linkedin_id) * 3 + 64",
}
# So that many look-ups in attributes, which may be compressed, decompress them once.
_AT_HAND = "CROSS JOIN LATERAL (SELECT p.attributes || '{}' AS attributes LIMIT 1) AS held"
_FEW = 2

# Seconds for a statement that looks at everybody, and for the first row of all in their order.
SCAN_TIMEOUT = 120.0
_NO_TIMEOUT = cast("float", asyncpg.protocol.NO_TIMEOUT)

# How PostgreSQL writes the rows: NDJSON is made of its tab-separated text, whose null is \N.
Written = Literal["text", "csv"]


async def find_attributes(
    connection: Connection,
    account_group_id: bytes,
    list_id: bytes,
    selection: Selection,
    limit: int,
) -> list[str]:
    """The names of the attributes of anybody among them, `limit` of them at most, sorted."""
    rows = await connection.fetch(
        f"""
        SELECT DISTINCT attribute COLLATE "C" AS name
        FROM ({selection.source}) AS m
        JOIN prospects p ON p.account_group_id = $1 AND p.id = m.prospect_id
        CROSS JOIN LATERAL jsonb_object_keys(p.attributes) AS attribute
        ORDER BY 1 LIMIT ${len(selection.arguments) + 3}
        """,
        account_group_id,
        list_id,
        *selection.arguments,
        limit,
        timeout=SCAN_TIMEOUT,
    )
    return [row["name"] for row in rows]


async def known_attributes(
    connection: Connection,
    account_group_id: bytes,
    list_id: bytes,
    selection: Selection,
    names: Sequence[str],
) -> list[str]:
    """Those of `names` that are attributes of anybody among them."""
    if not names:
        return []
    rows = await connection.fetch(
        f"""
        SELECT attribute FROM unnest(${len(selection.arguments) + 3}::text[]) AS asked(attribute)
        WHERE EXISTS (
            SELECT FROM ({selection.source}) AS m
            JOIN prospects p ON p.account_group_id = $1 AND p.id = m.prospect_id
            WHERE p.attributes ? asked.attribute
        )
        """,
        account_group_id,
        list_id,
        *selection.arguments,
        list(names),
        timeout=SCAN_TIMEOUT,
    )
    return [row["attribute"] for row in rows]


class Size(NamedTuple):
    """Bytes of the longest cell, and what all cells take: no less than it is."""

    longest: int
    cells: int


async def measure(
    connection: Connection,
    account_group_id: bytes,
    list_id: bytes,
    selection: Selection,
    columns: Columns,
    *,
    a_cell: int,
    a_byte: int,
) -> Size:
    """The cells that copy() would write as CSV, where each takes `a_cell` and `a_byte` for a byte.

    It makes none of the addresses, so it is quicker than that. The caller limits the people.
    """
    cells, source = _cells(columns, selection, "csv")
    sizes = [
        _SIZES.get(column, f"octet_length({cell})")
        for column, cell in zip(columns.header, cells, strict=True)
    ]
    names = [f"size{n}" for n in range(len(sizes))]
    # The limit keeps PostgreSQL from measuring a cell each time that its size is named.
    row = await connection.fetchrow(
        f"""
        SELECT coalesce(max(greatest({", ".join(names)})), 0), coalesce(sum(
            {" + ".join(f"coalesce({name}::bigint * {a_byte} + {a_cell}, 0)" for name in names)}
        ), 0)::bigint
        FROM (
            SELECT {", ".join(map("{} AS {}".format, sizes, names))} FROM {source}
            WHERE p.account_group_id = $1 LIMIT {2**31 - 1}
        ) AS sizes
        """,
        *_arguments(account_group_id, list_id, selection, columns),
        timeout=SCAN_TIMEOUT,
    )
    return Size(*cast("asyncpg.Record", row))


def _arguments(
    account_group_id: bytes, list_id: bytes, selection: Selection, columns: Columns
) -> list[object]:
    names = [list(columns.attributes)] if columns.attributes else []
    return [account_group_id, list_id, *selection.arguments, *names]


def _select(columns: Columns, selection: Selection, written: Written) -> str:
    cells, source = _cells(columns, selection, written)
    return f"""
        SELECT {", ".join(cells)} FROM {source} WHERE p.account_group_id = $1
        ORDER BY {selection.order}
    """


def _cells(columns: Columns, selection: Selection, written: Written) -> tuple[list[str], str]:
    """Each column's cell, and of what rows."""
    names = f"${len(selection.arguments) + 3}::text[]"
    many = written == "csv" and len(columns.attributes) > _FEW
    held, some = "held.attributes" if many else "p.attributes", bool(columns.attributes)
    json = _json(names, some=some) if written == "text" else _rest(names, held, some=some)
    of_one = iter(f"({held} ->> ({names})[{n + 1}])" for n in range(len(columns.attributes)))
    cells = [
        json if column == REST else _CELLS.get(column) or next(of_one) for column in columns.header
    ]
    if len(cells) == 1 and written == "csv":
        # A line with nothing in it would be taken for no line.
        cells = [f"coalesce({cells[0]}, '')"]
    source = f"""({selection.source}) AS m
        JOIN prospects p ON p.account_group_id = $1 AND p.id = m.prospect_id
        {_AT_HAND if many else ""}"""
    return cells, source


def _rest(names: str, held: str, *, some: bool) -> str:
    """The attributes without a column of their own, as a JSON object."""
    return f"nullif({held} - {names}, '{{}}')::text" if some else f"{held}::text"


def _json(names: str, *, some: bool) -> str:
    """The attributes as a JSON object: all, or those that are named."""
    if not some:
        return "coalesce(p.attributes, '{}')"
    return f"""(SELECT coalesce(jsonb_object_agg(key, value), '{{}}')
        FROM jsonb_each(p.attributes) WHERE key = ANY ({names}))"""


async def copy(
    connection: Connection,
    account_group_id: bytes,
    list_id: bytes,
    selection: Selection,
    *,
    columns: Columns,
    written: Written,
    take: Callable[[bytes], Coroutine[Any, Any, None]],
) -> int:
    """Gives the rows to `take` as PostgreSQL sends them, a few at a time; how many there were.

    No piece ends within a row. The caller limits the time.
    """
    status = await connection.copy_from_query(
        _select(columns, selection, written),
        *_arguments(account_group_id, list_id, selection, columns),
        output=take,
        format=written,
        # With one, asyncpg would make a task for every few kilobytes.
        timeout=_NO_TIMEOUT,
    )
    return int(status.rpartition(" ")[2])
