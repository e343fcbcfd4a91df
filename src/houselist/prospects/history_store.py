"""All SQL of a person's history: where each value came from, newest first.

What is stored is what each change replaced (people/changes.py) and what is known now. So the values
with which somebody became known are those of now, with each change undone.
"""

from __future__ import annotations

import struct
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from houselist.envelope import timestamp
from houselist.paging import MAX_ITEMS, Page, bad_cursor, fitting, read_cursor, sign
from houselist.people.changes import IDENTITIES, MERGED
from houselist.people.fields import COLUMNS, FIELDS
from houselist.prospects import store
from houselist.prospects.change_shapes import ValueChange

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from datetime import datetime

    from houselist.paging import PageQuery
    from houselist.postgres.db import Connection

# Read at a time. A change holds as much as a request or a row of a file: a megabyte.
_AT_ONCE = 25
_ATTRIBUTES = "attributes"
_SLUG, _LINKEDIN_ID = "public_identifier", "linkedin_id"

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_decode_text = msgspec.json.Decoder(str | None).decode

# Where an item stands: the version and number of its change, and which of the change's items it is.
# That somebody became known comes before every change: version 0.
_Place: TypeAlias = tuple[int, int, int]
_PLACE = struct.Struct(">qqq")
_NEWEST: _Place = (2**62, 2**62, -1)

# What a column held after the change ($3, $4): what the next change of it replaced, else what it
# holds now. So it is found wherever a page begins.
_HELD = """
    CASE WHEN next_{column}.value IS NULL THEN to_jsonb(p.{column}) ELSE next_{column}.value END
"""
_NEXT = """
    LEFT JOIN LATERAL (
        SELECT before -> '{column}' AS value FROM value_changes
        WHERE account_group_id = $1 AND prospect_id = $2
          AND (version, number) > ($3::bigint, $4::bigint)
          AND before ? '{column}'
        ORDER BY version, number LIMIT 1
    ) AS next_{column} ON true
"""


class _By(NamedTuple):
    at: datetime
    job_id: bytes | None
    row: int | None
    key_id: bytes | None


class _Linked(NamedTuple):
    """What a LinkedIn address is made of, at some moment."""

    slug: str | None
    linkedin_id: str | None

    @property
    def url(self) -> str | None:
        return store.address_of(self.slug, self.linkedin_id)


class _Begin(NamedTuple):
    """A person's LinkedIn identities after a change, and by whom the person was made.

    `version`: that of the newest change of the person, 0 for none.
    """

    linked: _Linked
    version: int
    by: _By


async def get_page(
    connection: Connection, account_group_id: bytes, prospect_id: bytes, page: PageQuery
) -> Page[ValueChange]:
    """Where a person's values came from, newest first. Raises NotFound, or Invalid."""
    scope = f"history/{account_group_id.hex()}/{prospect_id.hex()}"
    after = _read_place(scope, page.cursor) if page.cursor else _NEWEST
    found: list[tuple[_Place, ValueChange]] = []
    size = 0
    async with aclosing(_walk(connection, account_group_id, prospect_id, after)) as walk:
        async for place, item in walk:
            found.append((place, item))
            size += len((item.value or "").encode()) + len(item.field.encode())
            if len(found) > page.limit or size > MAX_ITEMS:
                break
    items = fitting([item for _, item in found[: page.limit]], size)
    more = len(found) > len(items)
    next_cursor = sign(scope, _PLACE.pack(*found[len(items) - 1][0])) if more else None
    return Page(items, next_cursor, more)


def _read_place(scope: str, cursor: str) -> _Place:
    try:
        version, number, item = _PLACE.unpack(read_cursor(scope, cursor))
    except struct.error as error:
        raise bad_cursor() from error
    return version, number, item


async def _walk(
    connection: Connection, account_group_id: bytes, prospect_id: bytes, after: _Place
) -> AsyncGenerator[tuple[_Place, ValueChange]]:
    """Every item after a place, newest first. Raises NotFound."""
    version, number, shown = after
    begin = await _begin(connection, account_group_id, prospect_id, version, number)
    linked, by = begin.linked, begin.by
    # What is written from here on is not on this page.
    if version > begin.version:
        version, number = begin.version, _NEWEST[1]
    while version:
        rows = await connection.fetch(
            """
            SELECT version, number, at, job_id, row, key_id, after,
                   before -> 'public_identifier' AS slug, before -> 'linkedin_id' AS linkedin_id
            FROM value_changes
            WHERE account_group_id = $1 AND prospect_id = $2
              AND (version, number) <= ($3::bigint, $4::bigint)
            ORDER BY version DESC, number DESC LIMIT $5
            """,
            account_group_id,
            prospect_id,
            version,
            number,
            _AT_ONCE,
        )
        for row in rows:
            # Of a change that was shown in part, what is left; of all others everything.
            first = shown + 1 if (row["version"], row["number"]) == after[:2] else 0
            before = _before(linked, row["slug"], row["linkedin_id"])
            items = list(_items(_By(*row[2:6]), _decode(row["after"]), linked, before))
            for position, item in enumerate(items[first:], first):
                yield (row["version"], row["number"], position), item
            linked = before
        if len(rows) < _AT_ONCE:
            break
        version, number = rows[-1]["version"], rows[-1]["number"] - 1
    shown = -1 if after[0] else shown
    values = await _get_first(connection, account_group_id, prospect_id)
    first_linked = _Linked(values[_SLUG], values[_LINKEDIN_ID])
    known = {name: value for name, value in values.items() if value is not None}
    items = list(_items(by, known, first_linked, _Linked(None, None)))
    for position, item in enumerate(items[shown + 1 :], shown + 1):
        yield (0, 0, position), item


async def _begin(
    connection: Connection, account_group_id: bytes, prospect_id: bytes, version: int, number: int
) -> _Begin:
    """Where a page begins that follows a change. Raises NotFound."""
    row = await connection.fetchrow(
        f"""
        SELECT {_HELD.format(column=_SLUG)}, {_HELD.format(column=_LINKEDIN_ID)},
               coalesce((
                   SELECT version FROM value_changes
                   WHERE account_group_id = $1 AND prospect_id = $2
                   ORDER BY version DESC, number DESC LIMIT 1
               ), 0),
               p.created_at, p.made_by_job_id, p.made_by_row, p.made_by_key_id
        FROM prospects p {_NEXT.format(column=_SLUG)} {_NEXT.format(column=_LINKEDIN_ID)}
        WHERE p.account_group_id = $1 AND p.id = $2
        """,
        account_group_id,
        prospect_id,
        version,
        number,
    )
    if row is None:
        raise await store.not_found(connection, account_group_id, prospect_id)
    slug, linkedin_id, newest, *by = row
    return _Begin(_Linked(_text(slug), _text(linkedin_id)), newest, _By(*by))


def _text(json: str | None) -> str | None:
    return None if json is None else _decode_text(json)


def _before(linked: _Linked, slug: str | None, linkedin_id: str | None) -> _Linked:
    """What the identities were before a change, which replaced these, as JSON; None for neither."""
    return _Linked(
        linked.slug if slug is None else _decode_text(slug),
        linked.linkedin_id if linkedin_id is None else _decode_text(linkedin_id),
    )


def _items(by: _By, after: dict[str, Any], now: _Linked, before: _Linked) -> Iterator[ValueChange]:
    """What one change did, in the order in which the API shows a person."""
    at = timestamp(by.at)
    job_id = None if by.job_id is None else by.job_id.hex()
    key_id = None if by.key_id is None else by.key_id.hex()

    def item(field: str, value: str | None) -> ValueChange:
        return ValueChange(field, value, at, job_id, by.row, key_id)

    for gone in after.get(MERGED, ()):
        yield item(MERGED, gone)
    for field in FIELDS:
        if field.path == "linkedinUrl":
            if now.url != before.url:
                yield item(field.path, now.url)
        elif field.path is not None and field.column in after:
            yield item(field.path, after[field.column])
    attributes: dict[str, str | None] = after.get(_ATTRIBUTES) or {}
    for name, value in sorted(attributes.items()):
        yield item(f"{_ATTRIBUTES}.{name}", value)


async def _get_first(
    connection: Connection, account_group_id: bytes, prospect_id: bytes
) -> dict[str, Any]:
    """The values with which somebody became known, by column. Raises NotFound."""
    # First what is known now: a change between the two statements would be undone, too.
    row = await connection.fetchrow(
        f"SELECT {', '.join(COLUMNS)} FROM prospects WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        prospect_id,
    )
    if row is None:
        raise await store.not_found(connection, account_group_id, prospect_id)
    values = dict(row)
    attributes = _decode(row[_ATTRIBUTES]) if row[_ATTRIBUTES] else {}
    replaced = await connection.fetch(
        """
        SELECT DISTINCT ON (of_attributes, name) of_attributes, name, value FROM (
            SELECT false AS of_attributes, one.key AS name, one.value, c.version, c.number
            FROM value_changes c CROSS JOIN LATERAL jsonb_each_text(c.before) AS one
            WHERE c.account_group_id = $1 AND c.prospect_id = $2
              AND one.key <> ALL($3::text[])
            UNION ALL
            SELECT true, one.key, one.value, c.version, c.number
            FROM value_changes c CROSS JOIN LATERAL jsonb_each_text(c.before -> 'attributes') AS one
            WHERE c.account_group_id = $1 AND c.prospect_id = $2
        ) AS each ORDER BY of_attributes, name, version, number
        """,
        account_group_id,
        prospect_id,
        [_ATTRIBUTES, IDENTITIES],
    )
    for row in replaced:
        (attributes if row["of_attributes"] else values)[row["name"]] = row["value"]
    values[_ATTRIBUTES] = {name: value for name, value in attributes.items() if value is not None}
    return values
