"""`houselist accounts plan` and `houselist accounts credits`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import support.cli as support_cli
from houselist.ids import new_id
from support.cli import execute

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.cli import Ended

    Command = Callable[..., Ended]

MOST = 10**12


@pytest.fixture
def group(database: str) -> str:
    """An account group without a plan, one of several."""
    group = new_id().hex()
    support_cli.execute(
        database, f"INSERT INTO account_groups VALUES ('\\x{group}', 'Acme', now())"
    )
    return group


def stored(database: str, group: str) -> list[Any]:
    """All that is kept of a plan and its credits."""
    where = f"WHERE account_group_id = '\\x{group}'"
    return [
        *execute(database, f"SELECT max_results, metered, credits FROM account_plans {where}"),
        *execute(database, f"SELECT number, amount, note FROM credit_entries {where} ORDER BY 1"),
    ]


def test_an_account_group_is_unlimited_unless_set(
    houselist: Command, group: str, database: str
) -> None:
    plan = {"accountGroupId": group, "maxResults": None, "metered": False, "credits": 0}
    assert houselist("accounts", "plan", "--account", group, "--json").expect(0).json == plan
    told = houselist("accounts", "credits", "--account", group, "--json").expect(0)
    assert told.json == {**plan, "entries": []}
    assert told.err == ""
    words = f"Account group {group}: any number of results a job, unlimited credits.\n"
    assert houselist("accounts", "plan", "--account", group).expect(0).out == words
    assert houselist("accounts", "credits", "--account", group).expect(0).out == words
    # Looking makes nothing.
    assert stored(database, group) == []


def test_max_results_is_set_and_lifted_again(houselist: Command, group: str) -> None:
    def plan(*more: str) -> Any:
        return houselist("accounts", "plan", "--account", group, *more, "--json").expect(0).json

    assert plan("--max-results", "2000")["maxResults"] == 2000
    assert plan("--credits", "on") == {
        "accountGroupId": group,
        "maxResults": 2000,
        "metered": True,
        "credits": 0,
    }
    assert plan() == plan("--max-results", "2000")
    assert plan("--max-results", "None")["maxResults"] is None
    assert plan("--max-results", "1", "--credits", "off") == {
        "accountGroupId": group,
        "maxResults": 1,
        "metered": False,
        "credits": 0,
    }
    words = houselist("accounts", "plan", "--account", group).expect(0).out
    assert words == f"Account group {group}: at most 1 results a job, unlimited credits.\n"


@pytest.mark.parametrize(
    "more",
    [
        ("--max-results", "0"),
        ("--max-results", "-5"),
        ("--max-results", "1.5"),
        ("--max-results", "1000000001"),
        ("--max-results", "9" * 5000),
        ("--max-results", "many"),
        ("--max-results", "١٠٠"),
        ("--max-results", ""),
        ("--max-results",),
        ("--credits", "maybe"),
        ("--max-result", "5"),
    ],
)
def test_what_is_no_plan_changes_nothing(
    houselist: Command, group: str, database: str, more: tuple[str, ...]
) -> None:
    refused = houselist("accounts", "plan", "--account", group, *more, "--json").expect(2)
    assert more[0] in refused.err
    assert refused.out == ""
    assert stored(database, group) == []


def test_the_first_grant_makes_credits_count_and_off_ends_that(
    houselist: Command, group: str
) -> None:
    def credits_(*more: str) -> Any:
        found = houselist("accounts", "credits", *more, "--account", group, "--json").expect(0).json
        return found["metered"], found["credits"]

    assert credits_("add", "500") == (True, 500)
    assert credits_("take", "120") == (True, 380)
    assert credits_("set", "1000") == (True, 1000)
    assert credits_("set", "0") == (True, 0)
    assert credits_("set", "7") == credits_("set", "7") == (True, 7)
    houselist("accounts", "plan", "--account", group, "--credits", "off").expect(0)
    assert credits_("take", "1") == (False, 6)
    words = houselist("accounts", "credits", "--account", group).expect(0).out
    assert "unlimited credits (6 are kept for when they count again)" in words
    assert credits_("add", "1") == (True, 7)


def test_each_movement_is_an_entry_with_its_note(houselist: Command, group: str) -> None:
    def run(*more: str) -> Any:
        return houselist("accounts", "credits", "--account", group, *more)

    run("add", "1500", "--note", "  invoice 17 ").expect(0)
    run("take", "500").expect(0)
    run("set", "1000").expect(0)  # as many as there are: nothing moves
    told = run("--json").expect(0).json
    entries = [
        {key: entry[key] for key in ("number", "kind", "amount", "balance", "jobId", "note")}
        for entry in told["entries"]
    ]
    assert entries == [
        {
            "number": 2,
            "kind": "grant",
            "amount": -500,
            "balance": 1000,
            "jobId": None,
            "note": None,
        },
        {
            "number": 1,
            "kind": "grant",
            "amount": 1500,
            "balance": 1500,
            "jobId": None,
            "note": "invoice 17",
        },
    ]
    assert re.fullmatch(r"\d{4}-.*\.\d{3}Z", told["entries"][0]["createdAt"])
    newest = run("--entries", "1", "--json").expect(0).json["entries"]
    assert newest == told["entries"][:1]
    lines = run().expect(0).out.splitlines()
    assert lines[0].endswith("any number of results a job, 1,000 credits left.")
    assert lines[1].split() == ["NUMBER", "TIME", "KIND", "AMOUNT", "LEFT", "JOB", "NOTE"]
    assert lines[2].split()[0::3] == ["2", "-500", "-"]
    assert lines[3].split()[2:] == ["grant", "+1,500", "1,500", "-", "invoice", "17"]
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("add",), "How many"),
        (("add", "-5"), "`take` takes"),
        (("add", "0"), "from 1 to 1,000,000,000,000"),
        (("take", "0"), "from 1 to"),
        (("set", "-1"), "from 0 to"),
        (("add", str(MOST + 1)), "1,000,000,000,000"),
        (("set", "9" * 5000), "1,000,000,000,000"),
        (("add", "1.5"), "1.5"),
        (("add", "1e3"), "1e3"),
        (("add", "0x10"), "0x10"),
        (("add", "five"), "five"),
        (("give", "5"), "give"),
        (("5",), "5"),
        (("add", "5", "6"), "6"),
        (("take", "11"), "10 credits left"),
        (("add", str(MOST)), "too many"),
        (("--note", "what for?"), "--note"),
        (("add", "5", "--note", ""), "--note"),
        (("add", "5", "--note", "x" * 201), "--note"),
        (("add", "5", "--note", "a\x07b"), "--note"),
        (("--entries", "-1"), "entries"),
        (("--entries", "10001"), "entries"),
        (("add", "5", "--account", "0" * 24), "multiple times"),
    ],
)
def test_wrong_input_moves_nothing(
    houselist: Command, group: str, database: str, more: tuple[str, ...], told: str
) -> None:
    houselist("accounts", "credits", "add", "10", "--account", group).expect(0)
    before = stored(database, group)
    refused = houselist("accounts", "credits", "--account", group, *more, "--json").expect(2)
    assert told in refused.err
    assert refused.out == ""
    assert stored(database, group) == before


def test_taking_where_nothing_was_granted_leaves_no_plan(
    houselist: Command, group: str, database: str
) -> None:
    refused = houselist("accounts", "credits", "take", "1", "--account", group).expect(2)
    assert "0 credits left" in refused.err
    assert stored(database, group) == []


@pytest.mark.parametrize("unknown", ["f" * 24, "Acme", ""])
def test_an_unknown_account_group_is_refused(houselist: Command, unknown: str) -> None:
    for command in (("plan", "--credits", "on"), ("credits", "add", "5")):
        refused = houselist("accounts", *command, "--account", unknown).expect(2)
        assert unknown in refused.err
        assert "houselist accounts list" in refused.err


def test_where_there_are_several_account_groups_one_must_be_named(
    houselist: Command, group: str, account: str
) -> None:
    for command in (("plan",), ("credits", "add", "5")):
        assert "--account" in houselist("accounts", *command).expect(2).err


def test_an_import_for_which_the_credits_do_not_reach_fails_and_says_so(
    houselist: Command, group: str, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("LinkedIn URL\nlinkedin.com/in/a\nlinkedin.com/in/b\n")
    houselist("accounts", "credits", "set", "1", "--account", group).expect(0)
    arguments = ("import", str(file), "--audience", "Buyers", "--account", group)
    refused = houselist(*arguments).expect(1)
    assert "may cost 2 credits; the account group has 1 credit left" in refused.err
    assert "houselist accounts credits add" in refused.err
    for table in ("audiences", "uploads", "upload_chunks"):
        where = f"WHERE account_group_id = '\\x{group}'"
        assert execute(database, f"SELECT 1 FROM {table} {where}") == []
    houselist("accounts", "credits", "add", "1", "--account", group).expect(0)
    houselist(*arguments).expect(0)
    told = houselist("accounts", "credits", "--account", group, "--json").expect(0).json
    assert [(each["kind"], each["amount"]) for each in told["entries"]] == [
        ("settle", 0),
        ("reserve", -2),
        ("grant", 1),
        ("grant", 1),
    ]
