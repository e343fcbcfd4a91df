"""`houselist providers` with People Data Labs, whose key is the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakes.people_data_labs.server import FakePeopleDataLabs
from fakes.people_data_labs.world import World
from houselist.connections.secrets import Sealer
from houselist.ids import new_id
from support.cli import execute
from support.connecting import in_thread, row
from support.provided import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.cli import Ended

    Command = Callable[..., Ended]


@pytest.fixture
def pdl() -> Iterator[FakePeopleDataLabs]:
    """It knows a few people."""
    fake = FakePeopleDataLabs(World(people=5, credits=1342))
    with in_thread(fake):
        yield fake


def connecting(group: str, fake: FakePeopleDataLabs, *more: str) -> list[str]:
    return ["connect", "people_data_labs", "--account", group, "--dsn", fake.url, *more]


def test_connect_needs_the_key_alone_and_costs_nothing(
    providers: Command, database: str, group: str, pdl: FakePeopleDataLabs
) -> None:
    told = providers(*connecting(group, pdl, "--json")).expect(0).json
    assert (told["provider"], told["apiVersion"]) == ("people_data_labs", "v5")
    assert told["baseUrl"] == pdl.url
    assert "1,342 credits" in told["statusDetails"]
    kept = row(database, group)
    assert kept["provider_account_id"].startswith("key-")
    assert KEY not in str(kept)
    assert Sealer(SECRET).open(bytes.fromhex(group), kept["sealed_key"]) == KEY
    assert providers("check", "--account", group).expect(0).out.startswith("It works.")
    assert pdl.credits() == {}


def test_one_key_belongs_to_one_account_group(
    providers: Command, database: str, group: str, pdl: FakePeopleDataLabs
) -> None:
    providers(*connecting(group, pdl)).expect(0)
    other = new_id().hex()
    execute(database, f"INSERT INTO account_groups VALUES ('\\x{other}', 'Other', now())")
    for dsn in (pdl.url, f"{pdl.url}/v5/"):
        told = providers("connect", "people_data_labs", "--account", other, "--dsn", dsn)
        assert "Another account group uses it" in told.expect(1).err
    providers(*connecting(other, pdl), provider_api_key="another-key").expect(0)


def test_it_has_kinds_of_its_own_for_the_day(
    providers: Command, database: str, group: str, pdl: FakePeopleDataLabs
) -> None:
    daily = ["--daily", "searchCredits=50", "--daily", "lookUpCredits=7"]
    told = providers(*connecting(group, pdl, *daily, "--json")).expect(0).json
    assert told["dailyLimits"] == {"searchCredits": 50, "lookUpCredits": 7}
    wrong = providers(*connecting(group, pdl, "--daily", "profiles=5")).expect(2)
    assert "searchCredits, lookUpCredits" in wrong.err
    # What another provider was asked for earlier in the day is still shown.
    for kind, count in (("profiles", 12), ("lookUpCredits", 1200)):
        execute(
            database,
            "INSERT INTO provider_budgets VALUES"
            f" ('\\x{group}', (now() AT TIME ZONE 'utc')::date, '{kind}', {count})",
        )
    (line,) = [each for each in providers("list").expect(0).out.splitlines() if group in each]
    assert "people_data_labs v5" in line
    assert "1,200 credits for look-ups" in line
    assert "12 profiles" in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["people_data_labs", "--account-id", "x"], "People Data Labs has no accounts"),
        (["people_data_labs", "--api-version", "v1"], "People Data Labs has v5"),
        (["people_data_labs", "--dsn", "ftp://x.example"], "--dsn"),
        (["unipile", "--dsn", "https://x.example"], "--account-id is missing"),
        (["unipile", "--account-id", "x", "--api-version", "v5"], "Unipile has v1 or v2"),
        (["people data labs"], "people_data_labs"),
    ],
)
def test_wrong_usage_is_told_before_the_key_is_asked_for(
    providers: Command, database: str, group: str, arguments: list[str], words: str
) -> None:
    told = providers("connect", *arguments, "--account", group, provider_api_key="").expect(2)
    assert words in told.err
    assert row(database, group) is None


def test_its_address_is_known(providers: Command, group: str) -> None:
    told = providers("connect", "people_data_labs", "--account", group, "--unchecked", "--json")
    assert told.expect(0).json["baseUrl"] == "https://api.peopledatalabs.com"


def test_a_wrong_key_is_told_with_what_to_do(
    providers: Command, database: str, group: str, pdl: FakePeopleDataLabs
) -> None:
    pdl.control.keys = {"another"}
    told = providers(*connecting(group, pdl)).expect(1)
    assert "does not accept the API key" in told.err
    assert row(database, group) is None


def test_a_key_without_credits_is_connected_and_said_to_have_none(
    providers: Command, group: str, pdl: FakePeopleDataLabs
) -> None:
    pdl.records.credits = 0
    assert "credits of its plan are used up" in providers(*connecting(group, pdl)).expect(0).out


@pytest.mark.parametrize(
    ("fault", "words"),
    [("html", "status 400"), ("503", "api_error"), ("elsewhere", "base URL")],
)
def test_a_provider_that_cannot_be_asked_is_told_as_such(
    providers: Command, group: str, pdl: FakePeopleDataLabs, fault: str, words: str
) -> None:
    pdl.control.next(fault, fault, fault)
    told = providers(*connecting(group, pdl)).expect(1)
    assert "can't be asked" in told.err
    assert words in told.err
