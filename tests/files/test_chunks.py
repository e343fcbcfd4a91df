"""Rows packed into chunks and back, and how many of them are read at a time."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.files.chunks import BYTES, ROWS, pack, unpack
from houselist.people.rows import BadRow
from houselist.uploads import store
from houselist.worker.maintenance import discard_abandoned
from support.locks import until_locks_are_waited_for

if TYPE_CHECKING:
    from houselist.people.rows import Row
    from houselist.postgres.db import Pool
    from support.service import Api

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
cells = st.lists(st.none() | texts, max_size=5)
rows = st.lists(cells | st.builds(BadRow, texts, texts), max_size=30)


@given(rows, st.integers(0, 3))
def test_what_is_packed_comes_back_in_order(given_rows: list[Row], times: int) -> None:
    given_rows = given_rows * (1 + times * 40)
    packed = list(pack(given_rows))
    assert list(chain.from_iterable(unpack(chunk) for _, chunk in packed)) == given_rows
    assert [count for count, _ in packed] == [len(unpack(chunk)) for _, chunk in packed]
    assert all(count == ROWS for count, _ in packed[:-1])
    assert all(0 < count <= ROWS for count, _ in packed)


def test_nothing_gives_no_chunk() -> None:
    assert list(pack([])) == []


def test_chunks_of_long_rows_hold_fewer() -> None:
    long: list[Row] = [["x" * (1 << 20)]] * 10
    packed = list(pack(long))
    assert [count for count, _ in packed] == [4, 4, 2]
    assert all(len(chunk) <= BYTES + (1 << 20) + 100 for _, chunk in packed)


def test_rows_are_taken_as_they_come() -> None:
    """An upload is read while it arrives: one chunk of rows is held, not the file."""
    taken = 0

    def endless() -> chain[Row]:
        def count() -> Row:
            nonlocal taken
            taken += 1
            return ["x"]

        return chain.from_iterable(iter(lambda: [count()], None))

    next(pack(endless()))
    assert taken == ROWS


async def keep(pool: Pool, api: Api, given_rows: list[Row]) -> tuple[bytes, bytes]:
    """Stores rows as an upload; account group and upload."""
    group = bytes.fromhex(api.tenant.account_group_id)
    async with pool.acquire() as connection:
        upload_id = await store.open_upload(connection, group)
        first_row = 1
        for count, chunk in pack(given_rows):
            await store.add_chunk(
                connection, group, upload_id, first_row=first_row, row_count=count, rows=chunk
            )
            first_row += count
    return group, upload_id


async def test_the_chunks_of_a_batch_are_those_with_its_rows(pool: Pool, api: Api) -> None:
    of = await keep(pool, api, [[str(number)] for number in range(1, 1801)])
    for after, most, first_rows in (
        (0, 1, [1]),
        (0, 500, [1]),
        (0, 501, [1, 501]),
        (499, 1, [1]),
        (500, 1, [501]),
        (499, 2, [1, 501]),
        (0, 1800, [1, 501, 1001, 1501]),
        (1799, 50, [1501]),
        (1800, 1, []),
    ):
        found = await store.get_chunks(pool, *of, after=after, limit=most)
        assert [first_row for first_row, _ in found] == first_rows


async def test_chunks_of_very_long_rows_are_not_all_read_at_once(pool: Pool, api: Api) -> None:
    of = await keep(pool, api, [["x" * (1 << 20)]] * 40)
    found = await store.get_chunks(pool, *of, after=1, limit=2000)
    assert found[0][0] == 1
    assert sum(len(chunk) for _, chunk in found) <= 16 << 20
    further = await store.get_chunks(pool, *of, after=12, limit=2000)
    assert further[0][0] == 13


async def test_rows_are_found_by_their_numbers(pool: Pool, api: Api) -> None:
    of = await keep(pool, api, [[str(number)] for number in range(1, 1801)])
    numbers = [0, 1, 500, 501, 999, 1800]
    found, looked_up, _ = await store.get_rows(pool, *of, numbers)
    assert found == {number: [str(number)] for number in numbers[1:]}
    assert looked_up == 6


@pytest.mark.parametrize("numbers", [[1, 1800, 1801, 5000], [1801], [0, 5000]])
async def test_rows_beyond_the_upload_are_looked_up_once(
    pool: Pool, api: Api, numbers: list[int]
) -> None:
    of = await keep(pool, api, [[str(number)] for number in range(1, 1801)])
    asked: list[str] = []
    async with pool.acquire() as connection:
        with connection.query_logger(lambda each: asked.append(each.query)):
            found, looked_up, _ = await store.get_rows(connection, *of, numbers)
    assert found == {number: [str(number)] for number in numbers if 1 <= number <= 1800}
    assert looked_up == len(numbers)
    # Beside what the driver asks about types.
    assert sum("upload_chunks" in each for each in asked) <= len(numbers)


async def test_a_chunk_that_comes_after_the_end_is_not_kept(pool: Pool, api: Api) -> None:
    group, upload_id = await keep(pool, api, [["x"]])
    async with pool.acquire() as connection, connection.transaction():
        await store.discard(connection, group, upload_id)
    await store.add_chunk(pool, group, upload_id, first_row=2, row_count=1, rows=b"late")
    assert not await pool.fetchval(
        "SELECT count(*) FROM upload_chunks WHERE upload_id = $1", upload_id
    )


async def test_a_chunk_on_its_way_goes_with_its_upload(pool: Pool, api: Api) -> None:
    group, upload_id = await keep(pool, api, [])

    async def discard() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await store.discard(connection, group, upload_id)

    async with pool.acquire() as connection, connection.transaction():
        await store.add_chunk(connection, group, upload_id, first_row=1, row_count=1, rows=b"x")
        discarding = asyncio.create_task(discard())
        await until_locks_are_waited_for(pool)
    await discarding
    assert not await pool.fetchval(
        "SELECT count(*) FROM upload_chunks WHERE upload_id = $1", upload_id
    )


async def test_what_a_dead_server_left_is_removed_after_a_day(pool: Pool, api: Api) -> None:
    group, old = await keep(pool, api, [["x"] for _ in range(30 * ROWS)])
    _, young = await keep(pool, api, [["x"]])
    await pool.execute(
        "UPDATE uploads SET created_at = now() - interval '25 hours' WHERE id = $1", old
    )
    await discard_abandoned(pool)
    for table, column in (("uploads", "id"), ("upload_chunks", "upload_id")):
        left = await pool.fetch(f"SELECT {column} FROM {table} WHERE account_group_id = $1", group)
        assert [row[column] for row in left] == [young]
