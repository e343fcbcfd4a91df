"""`houselist directory`: the lead lists and saved searches, and how people are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from houselist.ids import new_id
from support.cli import execute
from support.directory import counts, people, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.cli import Ended

    Command = Callable[..., Ended]

SEARCH = "https://www.linkedin.com/search/results/people/?keywords=cto"


@pytest.fixture
def account(database: str) -> str:
    """An account group of a test's own."""
    group = new_id().hex()
    execute(database, f"INSERT INTO account_groups VALUES ('\\x{group}', 'Acme', now())")
    return group


@pytest.fixture
def directory(houselist: Command, account: str) -> Command:
    """`houselist directory …` for that account group."""

    def run(name: str, *arguments: str) -> Ended:
        return houselist("directory", name, *arguments, "--account", account)

    return run


def test_a_lead_list_grows_by_whoever_is_new_on_it(
    directory: Command, database: str, account: str, tmp_path: Path
) -> None:
    one = write(tmp_path / "1.csv", "Email\na@example.com\nb@example.com\na@example.com\n")
    two = write(tmp_path / "2.csv", "Email\nb@example.com\nc@example.com\n")
    first = directory("load", one, "--list", "Buyers", "--json").expect(0).json
    directory("load", two)
    second = directory("load", two, "--list", "BUYERS", "--json").expect(0).json
    assert second["leadListId"] == first["leadListId"]
    assert second["counts"] == counts(changed=1, unchanged=1)
    shown = directory("lists", "--json").expect(0).json
    assert shown["people"] == 3
    (buyers,) = shown["items"]
    assert (buyers["name"], buyers["kind"], buyers["people"]) == ("Buyers", "leadList", 3)
    assert "Buyers" in directory("lists").expect(0).out


def test_a_list_is_emptied_or_removed_and_its_people_stay(
    directory: Command, database: str, account: str, tmp_path: Path
) -> None:
    file = write(tmp_path / "1.csv", "Email\na@example.com\nb@example.com\n")
    list_id = directory("load", file, "--list", "Buyers", "--json").expect(0).json["leadListId"]
    directory("load", file, "--list", "Others").expect(0)
    assert directory("clear", "--list", "buyers", "--json").expect(0).json == {"removed": 2}
    items = directory("lists", "--json").expect(0).json["items"]
    assert [(each["name"], each["people"]) for each in items] == [("Buyers", 0), ("Others", 2)]
    assert all(f"'s:{list_id}'" not in row["document"] for row in people(database, account))
    assert "lists" in directory("clear", "--list", "Nobody's").expect(2).err
    done = directory("remove", items[1]["id"], "--json").expect(0)
    assert done.json["removed"]["name"] == "Others"
    assert [row["list_ids"] for row in people(database, account)] == [[], []]
    again = directory("load", file, "--list", "Others", "--json").expect(0).json
    assert int(again["leadListId"]) > int(items[1]["id"]), "an id is never given twice"
    for nothing in ("999999", "x", "9" * 30, items[1]["id"]):
        assert "lists" in directory("remove", nothing).expect(2).err


def test_clear_removes_everybody_and_numbers_go_on(
    directory: Command, houselist: Command, database: str, account: str, tmp_path: Path
) -> None:
    other = new_id().hex()
    execute(database, f"INSERT INTO account_groups VALUES ('\\x{other}', 'Other', now())")
    file = write(tmp_path / "1.csv", "Email\na@example.com\nb@example.com\n")
    houselist("directory", "load", file, "--account", other).expect(0)
    directory("load", file, "--list", "Buyers").expect(0)
    last = people(database, account)[-1]["number"]
    assert "Removed 2 people" in directory("clear").expect(0).out
    assert directory("lists", "--json").expect(0).json["people"] == 0
    assert len(people(database, other)) == 2
    directory("load", file).expect(0)
    assert people(database, account)[0]["number"] > last
    assert directory("clear", "--json").expect(0).json == {"removed": 2}
    assert directory("clear", "--json").expect(0).json == {"removed": 0}


def test_a_search_is_saved_and_saved_anew_under_its_name(directory: Command) -> None:
    saved = directory("save-search", "CTOs", f" {SEARCH}&industry=4 ", "--json").expect(0).json
    assert saved["savedSearch"]["searchUrl"] == f"{SEARCH}&industry=4"
    assert saved["notes"] == ["The directory cannot use the filter industry (4)."]
    told = directory("save-search", "ctos", SEARCH).expect(0).out
    assert told == f"Saved search {saved['savedSearch']['id']} (ctos).\n"
    (item,) = directory("lists", "--json").expect(0).json["items"]
    assert item | {"createdAt": None} == {
        "id": saved["savedSearch"]["id"],
        "kind": "savedSearch",
        "name": "ctos",
        "searchUrl": SEARCH,
        "people": None,
        "createdAt": None,
    }


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("cto in Berlin", "space"),
        ("https://example.com/?keywords=cto", "not on linkedin.com"),
        ("https://www.linkedin.com/sales/lists/people/71", "own address"),
        ("https://www.linkedin.com/talent/search?searchContextId=x", "Recruiter"),
        (f"{SEARCH[:-12]}schoolFilter=17", "schoolFilter (17)"),
        (
            "https://www.linkedin.com/sales/search/people?query=(filters:List((type:",
            "Copy the whole",
        ),
    ],
)
def test_a_search_that_cannot_be_heeded_is_not_saved(
    directory: Command, url: str, words: str
) -> None:
    assert words in directory("save-search", "X", url).expect(2).err
    assert directory("lists", "--json").expect(0).json["items"] == []
