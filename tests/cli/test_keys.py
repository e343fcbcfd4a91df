"""`houselist keys`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from houselist.keys import tokens
from houselist.permissions import Permission
from support.cli import execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.cli import Ended

    Command = Callable[..., Ended]


def test_create_prints_the_key_once_and_stores_its_digest_alone(
    houselist: Command, account: str, database: str
) -> None:
    made = houselist(
        "keys",
        "create",
        "--account",
        account,
        "--permissions",
        "prospects:read,audiences:read",
        "--name",
        "CRM",
        "--expires",
        "2100-01-31",
        "--json",
    ).expect(0)
    assert list(made.json) == ["id", "key", "name", "permissions", "accountGroupIds", "expiresAt"]
    assert tokens.is_well_formed(made.json["key"])
    assert made.json["name"] == "CRM"
    assert made.json["permissions"] == ["audiences:read", "prospects:read"]
    assert made.json["accountGroupIds"] == [account]
    assert made.json["expiresAt"] == "2100-01-31T00:00:00.000Z"
    (stored,) = execute(database, f"SELECT digest FROM api_keys WHERE id = '\\x{made.json['id']}'")
    assert stored["digest"] == hashlib.sha256(made.json["key"].encode()).digest()
    listed = houselist("keys", "list", "--json").expect(0)
    assert made.json["key"] not in listed.out
    assert listed.json["items"][-1]["id"] == made.json["id"]


def test_all_means_every_permission_and_no_expiry_is_null(houselist: Command, account: str) -> None:
    made = houselist(
        "keys", "create", "--account", account, "--permissions", "all", "--json"
    ).expect(0)
    assert made.json["permissions"] == sorted(Permission)
    assert made.json["expiresAt"] is None


def test_one_key_may_open_several_account_groups(houselist: Command, account: str) -> None:
    other = houselist("accounts", "create", "Other", "--json").expect(0).json["id"]
    made = houselist(
        "keys", "create", "--account", account, "--account", other, "--permissions", "all", "--json"
    ).expect(0)
    assert made.json["accountGroupIds"] == sorted([account, other])


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("2100-06-01T12:30:00Z", "2100-06-01T12:30:00.000Z"),
        ("2100-06-01T12:30+02:00", "2100-06-01T10:30:00.000Z"),
    ],
)
def test_a_time_of_day_may_be_given(
    houselist: Command, account: str, date: str, shown: str
) -> None:
    made = houselist(
        "keys", "create", "--account", account, "--permissions", "all", "--expires", date, "--json"
    ).expect(0)
    assert made.json["expiresAt"] == shown


def test_a_past_expiry_is_made_with_a_note_beside_the_json(
    houselist: Command, account: str
) -> None:
    made = houselist(
        "keys",
        "create",
        "--account",
        account,
        "--permissions",
        "all",
        "--expires",
        "2020-01-01",
        "--json",
    ).expect(0)
    assert made.json["expiresAt"] == "2020-01-01T00:00:00.000Z"
    assert "expired already" in made.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--permissions", "audiences:read,audiences:fly"], "audiences:fly"),
        (["--permissions", ""], "permission"),
        (["--permissions", "all,audiences:read"], "'all'"),
        (["--permissions", "all", "--expires", "tomorrow"], "tomorrow"),
        (["--permissions", "all", "--expires", "2100-02-30"], "2100-02-30"),
        (["--permissions", "all", "--expires", "0001-01-01T00:00+10:00"], "0001-01-01"),
        (["--permissions", "all", "--name", " "], "name"),
        (["--permissions", "all", "--account", "f" * 24], "f" * 24),
        (["--permissions", "all", "--account", "Acme"], "Acme"),
    ],
)
def test_wrong_input_makes_no_key(
    houselist: Command, account: str, database: str, arguments: list[str], told: str
) -> None:
    before = execute(database, "SELECT count(*) FROM api_keys")
    refused = houselist("keys", "create", "--account", account, *arguments, "--json").expect(2)
    assert told in refused.err
    assert refused.out == ""
    assert execute(database, "SELECT count(*) FROM api_keys") == before


def test_revoking_ends_a_key_and_may_be_repeated(houselist: Command, account: str) -> None:
    key_id = houselist(
        "keys", "create", "--account", account, "--permissions", "all", "--json"
    ).json["id"]
    first = houselist("keys", "revoke", key_id, "--json").expect(0).json
    assert first["revokedAt"]
    assert (
        houselist("keys", "revoke", key_id, "--json").expect(0).json["revokedAt"]
        == first["revokedAt"]
    )
    lines = houselist("keys", "list").expect(0).out.splitlines()
    assert any(line.split()[:2] == [key_id, "revoked"] for line in lines)
    assert "no key" in houselist("keys", "revoke", "0" * 24).expect(2).err
