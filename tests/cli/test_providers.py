"""`houselist providers` after connecting: list, check, disconnect and a change of the secret."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from houselist.cli.providers import WORDS
from houselist.connections.secrets import Sealer
from houselist.envelope import for_people, timestamp
from houselist.jobs.start import start
from houselist.jobs.start_shapes import SalesNavigatorStart
from houselist.postgres import db
from houselist.texts import Name
from support.cli import execute
from support.connecting import FIELDS, NEW_SECRET, row, usual
from support.provided import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.unipile.server import FakeUnipile
    from houselist.jobs.waiting import WaitReason
    from support.cli import Ended

    Command = Callable[..., Ended]


def test_list_shows_connections_and_what_is_used(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    assert group not in providers("list").expect(0).out
    providers(*usual(group, fake)).expect(0)
    execute(
        database,
        "INSERT INTO provider_budgets VALUES"
        f" ('\\x{group}', (now() AT TIME ZONE 'utc')::date, 'profiles', 1200),"
        f" ('\\x{group}', (now() AT TIME ZONE 'utc')::date - 1, 'pages', 5)",
    )
    told = providers("list", "--json").expect(0)
    (mine,) = [each for each in told.json["items"] if each["accountGroupId"] == group]
    assert list(mine) == FIELDS
    assert mine["used"] == {"profiles": 1200}
    lines = providers("list").expect(0).out.splitlines()
    assert lines[0].split("  ")[0] == "ACCOUNT GROUP"
    (line,) = [line for line in lines if group in line]
    assert "unipile v1" in line
    assert "1,200 profiles" in line


def waiting_job(
    database: str, group: str, reason: WaitReason = "connection", name: str = "Leads"
) -> bytes:
    """A job that waits for an hour, for its account to be connected again or for another reason."""

    async def work() -> bytes:
        async with db.make_pool(database) as pool, db.transaction(pool) as connection:
            new = SalesNavigatorStart(audience_name=Name(f"{name} {group}"), saved_search_id="501")
            job = await start(connection, bytes.fromhex(group), new)
            job_id = bytes.fromhex(job.job_id)
            await connection.execute("DELETE FROM pgqueuer")
            await connection.execute(
                "UPDATE prospecting_jobs SET status = 'running', waiting_for = 'An account.',"
                " waiting_until = now() + interval '1 hour', waiting_reason = $2, retries = 3"
                " WHERE id = $1",
                job_id,
                reason,
            )
            return job_id

    return asyncio.run(work())


def goes_on(database: str, job_id: bytes) -> bool:
    (job,) = execute(
        database,
        f"SELECT waiting_until, waiting_for FROM prospecting_jobs WHERE id = '\\x{job_id.hex()}'",
    )
    queued = execute(database, "SELECT convert_from(payload, 'utf8') AS payload FROM pgqueuer")
    is_queued = any(job_id.hex() in each["payload"] for each in queued)
    assert (job["waiting_until"] is None) == (job["waiting_for"] is None) == is_queued
    return is_queued


def test_check_has_waiting_jobs_go_on_once_the_account_works(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    job_id = waiting_job(database, group)
    fake.control.disconnected.add(f"acc_{group}")
    assert "does not work" in providers("check", "--account", group).expect(1).err
    assert row(database, group)["status"] == "disconnected"
    assert not goes_on(database, job_id)
    fake.control.disconnected.clear()
    told = providers("check", "--account", group, "--json").expect(0)
    assert list(told.json) == FIELDS
    assert told.json["status"] == "connected"
    assert goes_on(database, job_id)
    # Each check is one, though it brings no news.
    again = providers("check", "--account", group, "--json").expect(0)
    assert again.json["checkedAt"] > told.json["checkedAt"]
    assert providers("check", "--account", group).expect(0).out.startswith("It works.")


def kept(database: str, job_id: bytes) -> Any:
    (job,) = execute(database, f"SELECT * FROM prospecting_jobs WHERE id = '\\x{job_id.hex()}'")
    return job


@pytest.mark.parametrize("reason", ["throttled", "budget", "pace", "failed"])
def test_check_leaves_alone_what_does_not_wait_for_the_connection(
    providers: Command, database: str, group: str, fake: FakeUnipile, *, reason: WaitReason
) -> None:
    """It costs nothing, and makes nothing longer."""
    providers(*usual(group, fake)).expect(0)
    job_id = waiting_job(database, group, reason)
    other = waiting_job(database, group, "connection", "Others")
    before = kept(database, job_id)
    told = providers("check", "--account", group).expect(0)
    until = for_people(before["waiting_until"])
    assert told.out.startswith("It works. ")
    assert told.out.endswith(f"1 job waits {WORDS[reason]}, until {until}.\n")
    again = providers("check", "--account", group, "--json").expect(0)
    at = timestamp(before["waiting_until"])
    assert again.json["waiting"] == [{"reason": reason, "jobs": 1, "until": at}]
    assert kept(database, job_id) == before
    assert goes_on(database, other)
    assert (
        execute(database, f"SELECT * FROM provider_budgets WHERE account_group_id = '\\x{group}'")
        == []
    )


def test_check_says_how_many_jobs_wait_and_until_when_the_first_does(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    first = waiting_job(database, group, "throttled")
    waiting_job(database, group, "throttled", "Others")
    until = for_people(kept(database, first)["waiting_until"])
    told = providers("check", "--account", group).expect(0)
    assert f"2 jobs wait {WORDS['throttled']}, the first of them until {until}." in told.out


def test_check_of_an_account_whose_requests_are_too_many_changes_nothing(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    job_id = waiting_job(database, group, "throttled")
    before = row(database, group), kept(database, job_id)
    fake.control.retry_after = 600
    fake.control.next("429-seconds", kind="account")
    told = providers("check", "--account", group).expect(1)
    assert "Too many requests" in told.err
    assert "Try again at 20" in told.err
    assert "go on by themselves" in told.err
    assert (row(database, group), kept(database, job_id)) == before
    assert fake.stats.calls["account"] == 2


@pytest.mark.parametrize("reason", ["throttled", "budget", "pace", "failed"])
def test_connecting_again_changes_nothing_about_a_throttled_account(
    providers: Command, database: str, group: str, fake: FakeUnipile, *, reason: WaitReason
) -> None:
    providers(*usual(group, fake)).expect(0)
    job_id = waiting_job(database, group, reason)
    providers(*usual(group, fake, "--daily", "profiles=200")).expect(0)
    assert goes_on(database, job_id) == (reason != "throttled")
    # Another account is another matter.
    other = usual(group, fake)
    other[-1] = f"acc_{group}_2"
    providers(*other).expect(0)
    assert goes_on(database, job_id)


def test_connect_has_waiting_jobs_go_on(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    job_id = waiting_job(database, group)
    providers(*usual(group, fake, "--daily", "salesRows=5000")).expect(0)
    assert goes_on(database, job_id)


def test_check_that_finds_the_provider_down_changes_nothing(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    before = row(database, group)
    fake.control.next("501")
    assert "can't be asked" in providers("check", "--account", group).expect(1).err
    assert row(database, group) == before


def test_check_tells_an_interrupted_account_from_one_to_connect_again(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    fake.control.status = "ERROR"
    told = providers("check", "--account", group).err
    fake.control.status = None
    assert "can't be asked: Unipile: the account's status is ERROR." in told
    assert "Try again later." in told
    assert row(database, group)["status"] == "connected"
    fake.control.status = "CREDENTIALS"
    told = providers("check", "--account", group).err
    fake.control.status = None
    assert "does not work: Unipile: the account's status is CREDENTIALS." in told
    assert row(database, group)["status"] == "disconnected"


def test_check_says_that_it_is_the_key(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    fake.control.next("key")
    told = providers("check", "--account", group).expect(1).err
    assert "does not work: Unipile does not accept the API key. Connect again" in told
    assert "`houselist providers connect`" in told
    assert row(database, group)["status"] == "disconnected"


def test_check_with_another_secret_says_that_the_key_cannot_be_read(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    told = providers("check", "--account", group, secret_key=NEW_SECRET).expect(1)
    assert "HOUSELIST_SECRET_KEY" in told.err
    providers("check", "--account", group).expect(0)


def test_what_is_not_connected_can_be_neither_checked_nor_disconnected(
    providers: Command, group: str
) -> None:
    for command in ("check", "disconnect"):
        told = providers(command, "--account", group, "--json").expect(1)
        assert "providers connect" in told.err
        assert told.out == ""


def test_disconnect_forgets_the_key(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    told = providers("disconnect", "--account", group, "--json").expect(0)
    assert told.json == {"accountGroupId": group, "disconnected": True}
    assert row(database, group) is None
    assert group not in providers("list").expect(0).out
    providers(*usual(group, fake)).expect(0)
    told = providers("disconnect", "--account", group).expect(0)
    assert told.out == f"Disconnected account group {group}.\n"


def test_the_secret_is_changed_step_by_step(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    execute(database, "DELETE FROM provider_connections")
    providers(*usual(group, fake)).expect(0)
    both = f"{NEW_SECRET},{SECRET}"
    assert providers("reseal", "--json", secret_key=both).expect(0).json == {
        "resealed": 1,
        "unreadable": [],
    }
    sealed = row(database, group)["sealed_key"]
    assert Sealer(NEW_SECRET).open(bytes.fromhex(group), sealed) == KEY
    providers("check", "--account", group, secret_key=NEW_SECRET).expect(0)
    told = providers("reseal", "--json", secret_key=SECRET).expect(1)
    assert told.json == {"resealed": 0, "unreadable": [group]}
    assert group in told.err
    assert row(database, group)["sealed_key"] == sealed
    assert "1" in providers("reseal", secret_key=both).expect(0).out
