"""Many event streams at once: what they cost, what ends them, and that none misses anything."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from houselist.jobs import store
from houselist.keys import store as keys
from houselist.postgres import db
from support.apps import own_service
from support.clock import PATIENCE, measures_time
from support.events import change, listening, queued_job, streams_of
from support.jobs import until
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Pool
    from support.jobs import Place
    from support.service import Api, Service

pytestmark = measures_time

ROUTE = "/v1/accounts/{accountGroupId}/prospecting/{jobId}/events"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each job was read for those who follow it."""
    found: Counter[str] = Counter()
    really = store.get_version

    async def get_version(connection: Any, group: bytes, job_id: bytes) -> Any:
        found[job_id.hex()] += 1
        return await really(connection, group, job_id)

    monkeypatch.setattr(store, "get_version", get_version)
    return found


@asynccontextmanager
async def alone(place: Place) -> AsyncIterator[tuple[Service, Api]]:
    """A service that nobody else uses, where no worker runs."""
    tenant = await make_tenant(place.pool)
    async with own_service(place.dsn) as service, service.client(tenant) as api:
        yield service, api


async def line_is_open(pool: Pool, service: Service, api: Api) -> None:
    """Waits until changes are told of: opening the line has every job read that is followed."""
    job_id = await queued_job(api, "Told of")
    async with listening(service, api, job_id) as listener:
        await listener.event()
        await change(pool, job_id)
        await listener.event()


async def test_a_change_is_read_once_for_all_who_follow(place: Place, reads: Counter[str]) -> None:
    async with alone(place) as (service, api), AsyncExitStack() as stack:
        await line_is_open(place.pool, service, api)
        job_id, other = await queued_job(api), await queued_job(api, "Nobody follows it")
        listeners = [
            await stack.enter_async_context(listening(service, api, job_id)) for _ in range(20)
        ]
        for listener in listeners:
            await listener.event()
        reads.clear()
        await change(place.pool, other)
        await change(place.pool, job_id)
        for listener in listeners:
            assert (await listener.event()).id == 1
        assert reads == {job_id: 1}


async def test_many_changes_are_few_reads_and_the_last_one_is_told(
    place: Place, reads: Counter[str]
) -> None:
    async with alone(place) as (service, api):
        job_id = await queued_job(api)
        async with listening(service, api, job_id) as listener:
            await listener.event()
            reads.clear()
            started = time.monotonic()
            for _ in range(200):
                await change(place.pool, job_id)
            seen = await listener.event()
            while seen.id != 200:
                seen = await listener.event()
            assert reads[job_id] <= 2 + (time.monotonic() - started) / 0.2
            assert seen.data["counts"]["rows"] == 200


async def test_no_change_falls_between_the_first_read_and_the_first_message(
    idle: Api, place: Place
) -> None:
    job_id = await queued_job(idle)
    for number in range(1, 41):
        changing = asyncio.create_task(change(place.pool, job_id))
        await asyncio.sleep(number % 8 / 2000)
        async with listening(place.service, idle, job_id) as listener:
            while (await listener.event()).id < number:
                pass
        await changing


async def test_a_slow_reader_gets_the_newest_state_and_no_backlog(idle: Api, place: Place) -> None:
    job_id = await queued_job(idle)
    async with listening(place.service, idle, job_id, reads=False) as slow:
        async with listening(place.service, idle, job_id) as quick:
            for number in range(1, 4):
                await change(place.pool, job_id)
                while (await quick.event()).id < number:
                    pass
        slow.reading.set()
        assert (await slow.event()).id == 3
        assert await slow.silent(0.3)


async def test_who_goes_away_frees_everything_at_once(place: Place) -> None:
    async with alone(place) as (service, api):
        await line_is_open(place.pool, service, api)
        job_id, streams = await queued_job(api), streams_of(service)
        tasks = len(asyncio.all_tasks())
        for reading in (True, False):
            async with AsyncExitStack() as stack:
                for _ in range(5):
                    one = listening(service, api, job_id, reads=reading)
                    await stack.enter_async_context(one)
                assert streams._slots
                assert streams.jobs._watched
            assert not streams._slots
            assert not streams.jobs._watched
        await until(lambda: asyncio.sleep(0, len(asyncio.all_tasks()) <= tasks), 2)


async def test_a_revoked_key_ends_its_streams_and_no_others(idle: Api, place: Place) -> None:
    job_id = await queued_job(idle)
    doomed = await make_tenant(place.pool, groups=[idle.tenant.account_group_id])
    async with (
        place.service.client(doomed) as api,
        listening(place.service, idle, job_id) as kept,
        listening(place.service, api, job_id) as first,
        listening(place.service, api, job_id, reads=False) as stuck,
    ):
        await first.event()
        async with db.transaction(place.pool) as connection:
            await keys.revoke(connection, doomed.key_id)
        assert await first.end(1.5) == []
        async with asyncio.timeout(1):  # its client does not read, not even the end
            await stuck.over.wait()
        await kept.event()
        await change(place.pool, job_id)
        assert (await kept.event()).id == 1


async def test_a_key_that_expires_ends_its_streams(idle: Api, place: Place) -> None:
    job_id = await queued_job(idle)
    soon = datetime.now(UTC) + timedelta(seconds=0.7)
    groups = [idle.tenant.account_group_id]
    tenant = await make_tenant(place.pool, groups=groups, expires_at=soon)
    async with (
        place.service.client(tenant) as api,
        listening(place.service, api, job_id) as listener,
    ):
        await listener.event()
        assert await listener.end(2) == []


async def test_what_changed_while_the_line_was_cut_is_told(idle: Api, place: Place) -> None:
    job_id = await queued_job(idle)
    async with listening(place.service, idle, job_id) as listener:
        await listener.event()
        for number in range(1, 4):
            await place.pool.execute(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'houselist listener'"
            )
            await change(place.pool, job_id)
            assert (await listener.event()).id == number


async def test_of_two_reads_at_once_the_older_one_is_not_told(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, has_read, old = await queued_job(idle), asyncio.Event(), asyncio.Event()
    really = store.get_version

    async def get_version(*arguments: Any) -> Any:
        found = await really(*arguments)
        if found[0] == 0:
            has_read.set()
            await old.wait()
        return found

    async with listening(place.service, idle, job_id) as first:
        await first.event()
        monkeypatch.setattr(store, "get_version", get_version)
        opening = listening(place.service, idle, job_id)
        second = asyncio.create_task(opening.__aenter__())
        async with asyncio.timeout(PATIENCE):
            await has_read.wait()
        await change(place.pool, job_id)
        assert (await first.event()).id == 1
        old.set()
        assert (await (await second).event()).id == 1
        assert await first.silent(0.2)
        await opening.__aexit__(None, None, None)


async def test_a_job_that_can_not_be_read_now_is_read_later(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line_is_open(place.pool, place.service, idle)
    job_id = await queued_job(idle)
    really, failures = store.get_version, [OSError("gone"), ValueError("a defect")]

    async def get_version(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return await really(*arguments)

    async with listening(place.service, idle, job_id) as listener:
        await listener.event()
        monkeypatch.setattr(store, "get_version", get_version)
        await change(place.pool, job_id)
        await until(lambda: asyncio.sleep(0, len(failures) == 1))
        await change(place.pool, job_id)
        assert (await listener.event()).id == 2


async def test_a_job_that_is_gone_ends_its_streams(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await queued_job(idle)
    async with listening(place.service, idle, job_id) as listener:
        await listener.event()

        async def get_version(*_: Any) -> Any:
            raise store.NotFound

        monkeypatch.setattr(store, "get_version", get_version)
        await change(place.pool, job_id)
        assert await listener.end() == []


async def test_a_process_has_only_so_many_streams_and_a_key_half_of_them(place: Place) -> None:
    async with alone(place) as (service, api), AsyncExitStack() as stack:
        streams_of(service).limit = 4
        job_id = await queued_job(api)
        groups = [api.tenant.account_group_id]
        others = [
            await stack.enter_async_context(
                service.client(await make_tenant(place.pool, groups=groups))
            )
            for _ in range(2)
        ]
        for client in (api, api, others[0]):
            await stack.enter_async_context(listening(service, client, job_id))
        refused = await api.get(f"prospecting/{job_id}/events")
        assert "2 of this key" in error(refused, 429, "RATE_LIMITED")["details"]
        assert int(refused.headers["retry-after"]) >= 1
        async with listening(service, others[0], job_id) as last:
            await last.event()
            refused = await others[1].get(f"prospecting/{job_id}/events")
            assert "4 are open here" in error(refused, 429, "RATE_LIMITED")["details"]
        async with listening(service, others[1], job_id) as listener:
            await listener.event()


async def test_metrics_count_a_stream_when_it_begins_and_tell_how_many_are_open(
    place: Place,
) -> None:
    async with alone(place) as (service, api):

        async def told() -> tuple[float, float, float]:
            """Streams answered, their seconds, and those that are open."""
            text = service.metrics()
            found = {
                sample.name: sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
                if sample.labels.get("route", ROUTE) == ROUTE
            }
            names = "http_requests_total", "http_request_seconds_sum", "event_streams"
            count, seconds, now = (found.get(f"houselist_{name}", 0.0) for name in names)
            return count, seconds, now

        job_id = await queued_job(api)
        assert await told() == (0, 0, 0)
        async with listening(service, api, job_id) as listener:
            await listener.event()
            await asyncio.sleep(0.3)  # which must not count among the seconds
            count, seconds, now = await told()
            assert (count, now) == (1, 1)
            assert seconds < 0.25
        assert await told() == (1, seconds, 0)
        error(await api.get(f"prospecting/{'0' * 24}/events"), 404, "NOT_FOUND")
        assert (await told())[0] >= 1


async def test_a_service_that_stops_ends_its_streams(place: Place) -> None:
    async with alone(place) as (service, api):
        job_id = await queued_job(api)
        async with listening(service, api, job_id) as listener:
            await listener.event()
            streams_of(service).close()
            assert await listener.end(1) == []
        # One that comes in at the last moment gets its first event.
        async with listening(service, api, job_id) as late:
            assert [event.name for event in await late.end(1)] == ["progress"]
        data(await api.get(f"prospecting/{job_id}"))
