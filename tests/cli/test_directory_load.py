"""`houselist directory load`: people from files, each of them once."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from houselist.ids import new_id
from support.cli import COMMAND, environ, eventually, execute, fresh_database, run, start
from support.clock import PATIENCE
from support.directory import counts, names, people, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.cli import Ended

    Command = Callable[..., Ended]


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


def test_a_first_load_makes_the_account_group_and_tells_what_became_of_the_rows(
    server_dsn: str, tmp_path: Path
) -> None:
    file = write(tmp_path / "people.csv", "badge,Name,Shoe size\nB1,Ada,38\nB2,Bob,44\n,Nobody,1\n")
    with fresh_database(server_dsn) as dsn:
        command = ["directory", "load", file, "--map", "badge=providerId"]
        first = run(*command, env=environ(database_url=dsn, data_dir=str(tmp_path))).expect(0)
        assert f"  Key file       {tmp_path}/first-key\n" in first.out
        assert "3 rows for the directory: 2 added, 0 changed, 0 unchanged, 1 refused." in first.out
        assert "  row 3: has no LinkedIn URL, providerId or e-mail address" in first.out
        assert "Columns that were not used: Shoe size." in first.out
        assert "3 of 3 rows done" in first.err
        again = run(*command, env=environ(database_url=dsn)).expect(0)
        assert "0 added, 0 changed, 2 unchanged, 1 refused" in again.out


def test_json_is_one_object_and_nothing_else(
    directory: Command, account: str, tmp_path: Path
) -> None:
    file = write(tmp_path / "people.csv", "Email,Name,Degree\na@example.com,Ada,9th\n,Bob,\n")
    done = directory("load", file, "--list", "Buyers", "--json").expect(0)
    assert done.err == ""
    assert done.json == {
        "accountGroupId": account,
        "leadListId": "1",
        "counts": counts(added=1, refused=1),
        "refused": [
            {
                "row": 2,
                "reason": "has no LinkedIn URL, providerId or e-mail address, so it cannot be told who it is",
            }
        ],
        "notes": [{"row": 1, "reason": "Degree: is none of F, S and O (or 1st, 2nd and 3rd)"}],
        "unusedColumns": [],
    }


def test_loading_again_fills_and_replaces_and_blanks_nothing(
    directory: Command, database: str, account: str, tmp_path: Path
) -> None:
    before = "LinkedIn URL,Name,Title,Email\nlinkedin.com/in/ada,Ada,CTO,ada@old.example\n"
    after = "LinkedIn URL,Name,Title,Email,Location,Network\nlinkedin.com/in/ada,Ada L.,,ada@new.example,Berlin,2nd\n"
    directory("load", write(tmp_path / "1.csv", before)).expect(0)
    done = directory("load", write(tmp_path / "2.csv", after), "--json").expect(0)
    assert done.json["counts"] == counts(changed=1)
    (ada,) = people(database, account)
    assert json.loads(ada["person"]) == {
        "public_identifier": "ada",
        "linkedin_url": "https://www.linkedin.com/in/ada",
        "name": "Ada L.",
        "title": "CTO",
        "email": "ada@new.example",
        "location": "Berlin",
    }
    assert (ada["email"], ada["network"]) == ("ada@new.example", "S")
    assert "'t:cto'" in ada["document"]
    assert "'o:berlin'" in ada["document"]
    again = directory("load", write(tmp_path / "3.csv", before), "--json").expect(0)
    assert again.json["counts"] == counts(changed=1)
    assert people(database, account)[0]["network"] == "S"


def test_a_person_is_there_once_by_whatever_they_are_known(
    directory: Command, database: str, account: str, tmp_path: Path
) -> None:
    token = "ACoAAO5rKAEB91KFacTQhVJB1mvymKHhqh_MMoE"
    text = f"""\
linkedinUrl,publicIdentifier,providerId,email,Name
,,,ada@example.com,By e-mail
linkedin.com/in/ada,,,ada@example.com,By address
linkedin.com/in/{token},ada,,,By internal id
,,P1,,Somebody else
linkedin.com/in/{token},ada-new,P1,,Address changed
,ada-new,,,Found by it
,ada,,,Whoever has the old one
"""
    done = directory("load", write(tmp_path / "p.csv", text), "--json").expect(0)
    assert done.json["counts"] == counts(added=3, changed=4)
    assert names(database, account) == ["Found by it", "Somebody else", "Whoever has the old one"]
    ada, _, other = people(database, account)
    assert (ada["public_identifier"], ada["linkedin_id"]) == ("ada-new", f"id:{token}")
    assert (ada["provider_id"], ada["email"]) == ("P1", "ada@example.com")
    assert other["public_identifier"] == "ada"


def test_an_address_can_pass_from_one_to_another_in_one_batch(
    directory: Command, database: str, account: str, tmp_path: Path
) -> None:
    first, second = (
        "ACoAAO5rKAEB91KFacTQhVJB1mvymKHhqh_MMoE",
        "ACoAAO5rKAEB91KFacTQhVJB1mvymKHhqh_MMoF",
    )
    head = "linkedinUrl,publicIdentifier\n"
    before = f"{head}linkedin.com/in/{first},x\nlinkedin.com/in/{second},y\n"
    after = f"{head}linkedin.com/in/{second},z\nlinkedin.com/in/{first},y\n"
    directory("load", write(tmp_path / "1.csv", before)).expect(0)
    directory("load", write(tmp_path / "2.csv", after)).expect(0)
    assert [row["public_identifier"] for row in people(database, account)] == ["y", "z"]


def test_people_whom_a_stronger_identity_tells_apart_may_share_a_weaker_one(
    directory: Command, database: str, account: str, tmp_path: Path
) -> None:
    text = "linkedinUrl,email\n" + "".join(
        f"linkedin.com/in/p{n},info@example.com\n" for n in range(300)
    )
    file = write(tmp_path / "p.csv", text)
    for expected in (counts(added=300), counts(unchanged=300)):
        assert directory("load", file, "--json").expect(0).json["counts"] == expected
    assert len(people(database, account)) == 300


@pytest.mark.parametrize("kind", ["ndjson", "xlsx", "tsv", "utf-16"])
def test_every_format_of_an_import_can_be_loaded(
    directory: Command, database: str, account: str, tmp_path: Path, kind: str
) -> None:
    rows = [
        ["Email", "Name", "Job"],
        ["ada@example.com", "Ada", ""],
        ["bob@example.com", "Bob", "CTO"],
    ]
    path = tmp_path / f"people.{'csv' if kind == 'utf-16' else kind}"
    if kind == "ndjson":
        # The second object brings a column of its own.
        path.write_text(
            '{"Email": "ada@example.com", "Name": "Ada"}\n{"Email": "bob@example.com", "Name": "Bob", "Job": "CTO"}\n'
        )
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(path)
    else:
        with path.open("w", newline="", encoding="utf-16" if kind == "utf-16" else "utf-8") as file:
            csv.writer(file, delimiter="\t").writerows(rows)
    done = directory("load", str(path), "--map", "Job=title", "--json").expect(0)
    assert done.json["counts"] == counts(added=2)
    assert names(database, account) == ["Ada", "Bob"]
    assert json.loads(people(database, account)[1]["person"])["title"] == "CTO"


def test_what_comes_through_a_pipe_is_loaded_too(
    database: str, account: str, tmp_path: Path
) -> None:
    command = [*COMMAND, "directory", "load", "/dev/stdin", "--account", account, "--json"]
    done = subprocess.run(
        command,
        input=b"Email\nada@example.com\n",
        env=environ(database_url=database),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["counts"] == counts(added=1)


def test_a_network_column_is_named_or_known_by_its_name(
    directory: Command, database: str, account: str, tmp_path: Path
) -> None:
    text = "Email,How close,Degree\na@example.com,F,3\nb@example.com,,2\n"
    file = write(tmp_path / "p.csv", text)
    done = directory("load", file, "--map", "How close=network", "--json").expect(0)
    assert done.json["unusedColumns"] == ["Degree"]
    assert [row["network"] for row in people(database, account)] == ["F", None]
    done = directory("load", file, "--json").expect(0)
    assert done.json["unusedColumns"] == ["How close"]
    assert [row["network"] for row in people(database, account)] == ["O", "S"]
    done = directory("load", file, "--map", "Degree=", "--json").expect(0)
    assert done.json["unusedColumns"] == ["How close", "Degree"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"Email\n", "no rows"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "xlsx"),
        (b"Name\nAda\n", "--map"),
        (b"Email\n" + b"x" * 2_000_000, ""),
    ],
)
def test_a_file_without_anybody_fails_and_leaves_nothing(
    directory: Command, tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "file.csv").write_bytes(content)
    done = directory("load", str(tmp_path / "file.csv")).expect(1)
    assert words in done.err
    assert directory("lists", "--json").expect(0).json == {"people": 0, "items": []}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["there-is-no-such-file.csv"], "can't be read"),
        (["{file}", "--map", "Mail=email"], "Is it 'E-Mail'?"),
        (["{file}", "--map", "E-Mail=nickname"], "network"),
        (["{file}", "--map", "E-Mail"], "column=field"),
        (["{file}", "--list", " "], "name"),
    ],
)
def test_wrong_usage_is_told(
    directory: Command, tmp_path: Path, arguments: list[str], words: str
) -> None:
    file = write(tmp_path / "people.csv", "E-Mail\nada@example.com\n")
    done = directory("load", *(each.format(file=file) for each in arguments)).expect(2)
    assert words in done.err
    assert directory("lists", "--json").expect(0).json == {"people": 0, "items": []}


def test_an_account_group_must_be_named_and_be_there(
    houselist: Command, account: str, database: str, tmp_path: Path
) -> None:
    execute(database, f"INSERT INTO account_groups VALUES ('\\x{new_id().hex()}', 'B', now())")
    file = write(tmp_path / "people.csv", "Email\nada@example.com\n")
    assert "--account" in houselist("directory", "load", file).expect(2).err
    done = houselist("directory", "load", file, "--account", "0" * 24).expect(2)
    assert "no account group" in done.err


def test_two_loads_at_once_know_each_person_once(
    database: str, account: str, tmp_path: Path
) -> None:
    rows = [f"p{n}@example.com,Name {n}\n" for n in range(4_000)]
    files = [
        write(tmp_path / "1.csv", "Email,Name\n" + "".join(rows)),
        write(tmp_path / "2.csv", "Email,Name\n" + "".join(reversed(rows))),
    ]

    def load(file: str) -> Any:
        command = ["directory", "load", file, "--account", account, "--list", "All", "--json"]
        return run(*command, env=environ(database_url=database)).expect(0).json["counts"]

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(load, files))
    assert sum(each["added"] for each in done) == 4_000
    assert sum(each["unchanged"] for each in done) == 4_000
    found = people(database, account)
    assert [row["number"] for row in found] == sorted({row["number"] for row in found})
    (kept,) = execute(
        database, f"SELECT * FROM directories WHERE account_group_id = '\\x{account}'"
    )
    (listed,) = execute(
        database, f"SELECT * FROM directory_sources WHERE account_group_id = '\\x{account}'"
    )
    assert kept["people"] == listed["people"] == len(found) == 4_000


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_load_that_is_cut_off_is_gone_on_with(
    database: str, account: str, tmp_path: Path, how: signal.Signals
) -> None:
    rows = "".join(f"p{n}@example.com,Name {n}\n" for n in range(14_000))
    file = write(tmp_path / "1.csv", "Email,Name\n" + rows)
    command = ["directory", "load", file, "--account", account, "--json"]
    env = environ(database_url=database)
    running = start(*command, env=env)
    where = f"FROM directories WHERE account_group_id = '\\x{account}'"
    eventually(lambda: execute(database, f"SELECT 1 {where} AND people > 0"))
    running.send_signal(how)
    _, err = running.communicate(timeout=PATIENCE)
    assert "Traceback" not in err
    (kept,) = execute(database, f"SELECT people {where}")
    assert kept["people"] == len(people(database, account)) < 14_000
    if how == signal.SIGINT:
        assert running.returncode == 130
        assert f"{kept['people']:,} rows are in" in err
    done = run(*command, env=env).expect(0).json["counts"]
    assert done == counts(added=14_000 - kept["people"], unchanged=kept["people"])
