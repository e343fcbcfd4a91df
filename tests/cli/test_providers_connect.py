"""`houselist providers connect`: what is kept, and what becomes of each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from houselist.connections.secrets import Sealer
from houselist.ids import new_id
from support.cli import execute
from support.connecting import FIELDS, SETTINGS, row, usual
from support.provided import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.unipile.server import FakeUnipile
    from support.cli import Ended

    Command = Callable[..., Ended]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_connect_checks_and_keeps_the_key_sealed(
    providers: Command, database: str, group: str, fake: FakeUnipile, version: str
) -> None:
    told = providers(*usual(group, fake, "--api-version", version, "--json")).expect(0)
    assert list(told.json) == FIELDS
    assert told.err == ""
    assert told.json["accountGroupId"] == group
    assert told.json["baseUrl"] == fake.url
    assert told.json["status"] == "connected"
    assert told.json["used"] == {}
    assert fake.stats.keys == {KEY}
    kept = row(database, group)
    assert KEY not in str(kept)
    assert Sealer(SECRET).open(bytes.fromhex(group), kept["sealed_key"]) == KEY


def test_without_json_it_says_so_in_words(
    providers: Command, group: str, fake: FakeUnipile
) -> None:
    told = providers(*usual(group, fake)).expect(0)
    assert told.out.startswith(f"Connected account group {group}.")
    assert told.out.count("\n") == 1


def test_limits_and_concurrency_are_kept_and_replaced_the_next_time(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    more = ["--daily", "profiles=50", "--daily", "pages=7", "--concurrency", "2", "--json"]
    told = providers(*usual(group, fake, *more)).expect(0)
    assert told.json["dailyLimits"] == {"profiles": 50, "pages": 7}
    assert row(database, group)["concurrency"] == 2
    assert providers(*usual(group, fake, "--json")).expect(0).json["dailyLimits"] == {}
    assert row(database, group)["concurrency"] is None


@pytest.mark.parametrize(
    ("daily", "words"),
    [
        ("profiles", "kind=number"),
        ("profiles=", "kind=number"),
        ("profiles=-1", "kind=number"),
        ("profiles=1.5", "kind=number"),
        ("profiles=\u0663", "kind=number"),
        ("people=5", "searchRows"),
        ("profiles=0", "from 1"),
        ("profiles=1000001", "1,000,000"),
        (f"profiles={'9' * 5000}", "1,000,000"),
    ],
)
def test_a_bad_limit_is_wrong_usage(
    providers: Command, database: str, group: str, fake: FakeUnipile, *, daily: str, words: str
) -> None:
    told = providers(*usual(group, fake, "--daily", daily)).expect(2)
    assert words in told.err
    assert row(database, group) is None


def test_a_limit_that_is_there_twice_is_wrong_usage(
    providers: Command, group: str, fake: FakeUnipile
) -> None:
    more = ["--daily", "pages=5", "--daily", "pages=6"]
    assert "twice" in providers(*usual(group, fake, *more)).expect(2).err


@pytest.mark.parametrize(
    ("dsn", "words"),
    [
        ("", "empty"),
        ("https://", "host"),
        ("ftp://api.example.com", "https"),
        ("https://user:pw@api.example.com", "name and password"),
        ("https://api.example.com/?x=1", "?"),
        ("https://api.example.com:0", "Port 0"),
        ("https://api.example.com:99999", "address"),
        ("http://169.254.169.254", "not an address on the internet"),
        ("https://api.example.com/v2", "v2"),
        ("https://a b.example", "space"),
    ],
)
def test_a_bad_address_is_wrong_usage(
    providers: Command, database: str, group: str, dsn: str, words: str
) -> None:
    told = providers(
        "connect", "unipile", "--account", group, "--dsn", dsn, "--account-id", "acc_1"
    ).expect(2)
    assert words in told.err
    assert row(database, group) is None


@pytest.mark.parametrize("dsn", ["http://127.0.0.1:1", "https://localhost:1", "https://10.1.2.3"])
def test_an_address_of_ones_own_network_is_refused_unless_the_policy_allows_it(
    providers: Command, group: str, dsn: str
) -> None:
    told = providers(
        "connect",
        "unipile",
        "--account",
        group,
        "--dsn",
        dsn,
        "--account-id",
        "acc_1",
        provider_url_policy="public",
    ).expect(2)
    assert "--dsn" in told.err
    assert "https" in told.err or "HOUSELIST_PROVIDER_URL_POLICY" in told.err


def test_the_same_place_written_otherwise_is_the_same_account(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake), "--unchecked").expect(0)
    for dsn in (f"{fake.url}/", f"{fake.url}/api/v1", f"{fake.url}/api/v1/"):
        other = ["connect", "unipile", "--account", group, "--dsn", dsn, "--account-id", "a"]
        providers(*other, "--unchecked").expect(0)
        assert row(database, group)["base_url"] == fake.url
    for dsn in ("API.example.com:443", "https://api.example.com/api/v1"):
        other = ["connect", "unipile", "--account", group, "--dsn", dsn, "--account-id", "a"]
        providers(*other, "--unchecked").expect(0)
        assert row(database, group)["base_url"] == "https://api.example.com"


def test_version_1_has_no_address_of_its_own(providers: Command, group: str) -> None:
    told = providers("connect", "unipile", "--account", group, "--account-id", "acc_1").expect(2)
    assert "--dsn" in told.err


def test_version_2_needs_no_address(providers: Command, group: str) -> None:
    told = providers(
        "connect",
        "unipile",
        "--account",
        group,
        "--account-id",
        "acc_1",
        "--api-version",
        "v2",
        "--unchecked",
        "--json",
    ).expect(0)
    assert told.json["baseUrl"].startswith("https://api.")
    assert told.json["statusDetails"] == "Not checked yet."


@pytest.mark.parametrize("account_id", ["", "../x", "a b", "ä", "x" * 256])
def test_an_account_id_that_cannot_be_is_wrong_usage_though_unchecked(
    providers: Command, database: str, group: str, fake: FakeUnipile, account_id: str
) -> None:
    told = providers(
        "connect",
        "unipile",
        "--account",
        group,
        "--dsn",
        fake.url,
        f"--account-id={account_id}",
        "--unchecked",
    ).expect(2)
    assert "account id" in told.err
    assert row(database, group) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["connect", "linkedin", "--account-id", "x"], "unipile"),
        (["connect", "--account-id", "x"], "PROVIDER"),
        (["connect", "unipile"], "--account-id"),
        (["connect", "unipile", "--account-id", "x", "--api-version", "v3"], "v1"),
        (["connect", "unipile", "--account-id", "x", "--concurrency", "0"], ">= 1"),
        (["connect", "unipile", "--account-id", "x", "--concurrency", "many"], "int"),
        (["check", "--account", "nonsense"], "accounts list"),
        (["check", "--account", "0123456789abcdef01234567"], "accounts list"),
        (["disconnect", "--account", "0123456789abcdef01234567"], "accounts list"),
    ],
)
def test_other_wrong_usage(providers: Command, arguments: list[str], words: str) -> None:
    assert words in providers(*arguments).expect(2).err


@pytest.mark.parametrize(
    ("key", "words"),
    [("", "HOUSELIST_PROVIDER_API_KEY"), ("two words", "characters"), ("schlüssel", "characters")],
)
def test_a_key_that_is_missing_or_cannot_be_is_wrong_usage(
    houselist: Command, database: str, group: str, fake: FakeUnipile, *, key: str, words: str
) -> None:
    settings = {**SETTINGS, "provider_api_key": key}
    told = houselist("providers", *usual(group, fake), **settings).expect(2)
    assert words in told.err
    assert not key or key not in told.err
    assert row(database, group) is None


def test_a_database_of_ones_own_wants_a_secret(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    for arguments in (usual(group, fake), ["check", "--account", group], ["reseal"]):
        told = providers(*arguments, secret_key="").expect(2)
        assert "HOUSELIST_SECRET_KEY" in told.err
        assert "openssl rand" in told.err
    assert row(database, group)["status"] == "connected"
    assert "HOUSELIST_SECRET_KEY" in providers(*usual(group, fake), secret_key="x").expect(2).err


def test_an_account_is_connected_once(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    providers(*usual(group, fake)).expect(0)
    other = new_id().hex()
    execute(database, f"INSERT INTO account_groups VALUES ('\\x{other}', 'Other', now())")
    theirs = usual(other, fake)
    theirs[-1] = f"acc_{group}"
    assert "Another account group uses it" in providers(*theirs).expect(1).err
    assert row(database, other) is None


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_wrong_key_is_told_in_the_providers_words_and_nothing_changes(
    providers: Command, database: str, group: str, fake: FakeUnipile, version: str
) -> None:
    version = ["--api-version", version]
    fake.control.keys = {"another"}
    told = providers(*usual(group, fake, *version)).expect(1)
    assert "does not work: Unipile" in told.err
    assert row(database, group) is None
    # Nor is a connection that works harmed by one that does not.
    fake.control.keys = None
    providers(*usual(group, fake, *version)).expect(0)
    before = row(database, group)
    fake.control.keys = {KEY}
    told = providers(*usual(group, fake, *version), provider_api_key="unipile-key-2").expect(1)
    assert "unipile-key-2" not in told.err
    assert row(database, group) == before


def test_a_disconnected_account_is_told_as_such(
    providers: Command, database: str, group: str, fake: FakeUnipile
) -> None:
    fake.control.disconnected.add(f"acc_{group}")
    told = providers(*usual(group, fake)).expect(1)
    assert "does not work" in told.err
    assert row(database, group) is None
    # One that is connected all the same is known to be so by its first job.
    providers(*usual(group, fake, "--unchecked")).expect(0)
    assert row(database, group)["status"] == "connected"


@pytest.mark.parametrize(
    ("fault", "words"),
    [("html", "not as documented"), ("elsewhere", "base URL"), ("501", "Not implemented")],
)
def test_a_provider_that_cannot_be_asked_is_told_as_such(
    providers: Command, group: str, fake: FakeUnipile, fault: str, words: str
) -> None:
    fake.control.next(fault)
    told = providers(*usual(group, fake)).expect(1)
    assert "can't be asked" in told.err
    assert words in told.err
