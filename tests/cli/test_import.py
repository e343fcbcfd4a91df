"""`houselist import`: the main job on a file, without a running service."""

from __future__ import annotations

import csv
import io
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from support.cli import environ, eventually, execute, fresh_database, run, start
from support.clock import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.cli import Ended

    Command = Callable[..., Ended]


def write_people(path: Path, count: int) -> Path:
    """People whom their `badge` tells apart."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["badge", "First Name", "Shoe size"])
        rows.writerows([f"B{n}", f"Name {n}", str(n % 12 + 35)] for n in range(count))
    return path


def audience(dsn: str, name: str) -> Any:
    (found,) = execute(dsn, f"SELECT * FROM audiences WHERE name = '{name}'")
    return found


def test_a_first_import_makes_account_group_key_and_audience(
    server_dsn: str, tmp_path: Path
) -> None:
    people = write_people(tmp_path / "people.csv", 30)
    with fresh_database(server_dsn) as dsn:
        command = ["import", str(people), "--audience", "Staff", "--map", "badge=providerId"]
        env = environ(database_url=dsn, data_dir=str(tmp_path))
        first = run(*command, env=env).expect(0)
        assert (tmp_path / "first-key").exists()
        assert (
            "30 rows for the audience 'Staff': 30 added, 0 already in it, 0 duplicates, 0 invalid"
            in first.out
        )
        assert "30 of 30 rows done" in first.err
        again = run(*command, env=env).expect(0)
        assert "first-key" not in again.out
        assert "0 added, 30 already in it" in again.out
        found = audience(dsn, "Staff")
        assert (found["prospect_count"], found["active_job_id"]) == (30, None)
        (person,) = execute(dsn, "SELECT * FROM prospects WHERE provider_id = 'B7'")
        assert (person["first_name"], person["attributes"]) == ("Name 7", '{"Shoe size": "42"}')


def test_json_is_one_object_and_nothing_else(
    houselist: Command, account: str, tmp_path: Path
) -> None:
    people = write_people(tmp_path / "people.csv", 5)
    done = houselist(
        "import", str(people), "--audience", "Json", "--map", "badge=providerId", "--json"
    ).expect(0)
    assert done.err == ""
    assert done.json["accountGroupId"] == account
    assert done.json["status"] == "completed"
    assert done.json["counts"] == {
        "rows": 5,
        "added": 5,
        "alreadyMember": 0,
        "duplicate": 0,
        "invalid": 0,
        "overLimit": 0,
    }


def test_refused_rows_are_told_with_their_reasons_and_where_the_rest_is(
    houselist: Command, account: str, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("Email,Name\nada@example.com,Ada\n" + ",Nobody\n" * 12)
    done = houselist("import", str(people), "--audience", "Refused").expect(0)
    assert (
        "13 rows for the audience 'Refused': 1 added, 0 already in it, 0 duplicates, 12 invalid"
        in done.out
    )
    assert re.search(r"^  row 2: has no LinkedIn URL", done.out, re.MULTILINE)
    assert "  row 11: " in done.out
    assert "  row 12: " not in done.out
    assert "and 2 more" in done.out
    assert re.search(
        rf"GET \S+/v1/accounts/{account}/prospecting/[0-9a-f]{{24}}/rows\?outcome=invalid", done.out
    )


def test_it_is_read_as_it_is_said_and_leaves_out_what_is_said(
    houselist: Command, database: str, tmp_path: Path
) -> None:
    people = tmp_path / "people.txt"
    people.write_text("Email~Name, first~Birthday\nada@said.example~Ada, A.~1815-12-10\n")
    command = ["import", str(people), "--audience", "Said", "--map", "Birthday=leaveOut"]
    houselist(*command, "--delimiter", "~").expect(0)
    (found,) = execute(
        database, "SELECT attributes FROM prospects WHERE email = 'ada@said.example'"
    )
    assert found["attributes"] == '{"Name, first": "Ada, A."}'
    wrong = houselist(*command, "--delimiter", "ab").expect(2)
    assert "--delimiter 'ab': give one character" in wrong.err


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(
    houselist: Command, account: str, database: str, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("Email\nada@dry.example\nADA@dry.example\nnonsense\n")
    done = houselist("import", str(people), "--audience", "Dry", "--dry-run").expect(0)
    assert (
        "Dry run: 3 rows for the audience 'Dry': 1 would be added, 0 already in it, 1 duplicates,"
        " 1 invalid" in done.out
    )
    assert re.search(r"^  row 3: ", done.out, re.MULTILINE)
    assert "Nothing was written." in done.out
    assert not execute(database, "SELECT FROM audiences WHERE name = 'Dry'")
    told = houselist("import", str(people), "--audience", "Dry", "--dry-run", "--json").expect(0)
    assert (told.json["dryRun"], told.json["audienceId"]) == (True, None)


def test_on_known_update_replaces_what_is_known(
    houselist: Command, account: str, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    for title in ("CTO", "CEO"):
        people.write_text(f"Email,Headline\nada@replaced.example,{title}\n")
        houselist(
            "import", str(people), "--audience", f"Replaced {title}", "--on-known", "update"
        ).expect(0)
    assert "CEO" in houselist("export", "Replaced CTO").expect(0).out


def test_a_file_that_nobody_can_be_known_from_fails(
    houselist: Command, account: str, tmp_path: Path
) -> None:
    nameless = tmp_path / "nameless.csv"
    nameless.write_text("Name\nAda\n")
    done = houselist("import", str(nameless), "--audience", "Nobody").expect(1)
    assert "no column tells who the people are" in done.err
    assert "Columns of the file: 'Name'." in done.err
    assert "--map" in done.err


def test_several_columns_tell_who_somebody_is_in_the_order_given(
    houselist: Command, account: str, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("Home,Desk\nann@home.example,ann@desk.example\nbo@home.example,\n")
    mapping = ("--map", "Desk=email", "--map", "Home=email")
    houselist("import", str(people), "--audience", "Several", *mapping).expect(0)
    rows = list(csv.DictReader(io.StringIO(houselist("export", "Several").expect(0).out)))
    assert [row["email"] for row in rows] == ["ann@desk.example", "bo@home.example"]
    assert rows[0]["Home"] == "ann@home.example"
    done = houselist(
        "import", str(people), "--audience", "X", "--map", "Desk=name", "--map", "Home=name"
    ).expect(2)
    assert "mapped twice" in done.err


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"Email\n", "no rows"), (b"%PDF-1.7", "PDF"), (b"PK\x03\x04", "xlsx")],
)
def test_a_file_without_rows_fails_and_leaves_nothing(
    houselist: Command, database: str, tmp_path: Path, content: bytes, words: str
) -> None:
    before = execute(database, "SELECT count(*) FROM uploads")
    (tmp_path / "file.csv").write_bytes(content)
    done = houselist("import", str(tmp_path / "file.csv"), "--audience", "Empty").expect(1)
    assert words in done.err
    assert not execute(database, "SELECT 1 FROM audiences WHERE name = 'Empty'")
    assert execute(database, "SELECT count(*) FROM uploads") == before


@pytest.mark.parametrize("name", ["people.csv", "people.ndjson"])
def test_a_mapped_column_that_is_not_there_is_wrong_usage(
    houselist: Command, account: str, database: str, tmp_path: Path, name: str
) -> None:
    before = execute(database, "SELECT count(*) FROM uploads")
    people = tmp_path / name
    people.write_text('{"badge": "B1"}\n' if name.endswith("ndjson") else "badge\nB1\n")
    done = houselist("import", str(people), "--audience", "X", "--map", "bage=providerId").expect(2)
    assert "Is it 'badge'?" in done.err
    assert execute(database, "SELECT count(*) FROM uploads") == before


def test_once_leaves_an_audience_alone_that_is_there(
    houselist: Command, account: str, tmp_path: Path
) -> None:
    people = write_people(tmp_path / "people.csv", 3)
    command = ["import", str(people), "--audience", "Once", "--map", "badge=providerId", "--once"]
    assert "3 added" in houselist(*command).expect(0).out
    assert "nothing was imported" in houselist(*command).expect(0).out


def test_the_account_group_must_be_named_where_there_are_several(
    houselist: Command, server_dsn: str, tmp_path: Path
) -> None:
    people = write_people(tmp_path / "people.csv", 3)
    with fresh_database(server_dsn) as dsn:
        command = ["import", str(people), "--audience", "X", "--map", "badge=providerId", "--json"]
        first, second = "0" * 23 + "1", "0" * 23 + "2"
        for group in (first, second):
            execute(dsn, f"INSERT INTO account_groups VALUES ('\\x{group}', 'A', now())")
        assert "--account" in houselist(*command, database_url=dsn).expect(2).err
        assert (
            houselist(*command, "--account", second, database_url=dsn)
            .expect(0)
            .json["accountGroupId"]
            == second
        )
        assert (
            houselist(*command, "--once", database_url=dsn).expect(0).json["accountGroupId"]
            == first
        )
        assert (
            "no account group"
            in houselist(*command, "--account", "0" * 24, database_url=dsn).expect(2).err
        )


def test_ctrl_c_ends_it_in_words_and_the_job_can_go_on(
    database: str, account: str, tmp_path: Path
) -> None:
    people = write_people(tmp_path / "people.csv", 60_000)
    command = ["import", str(people), "--audience", "Long", "--map", "badge=providerId"]
    env = environ(database_url=database, job_batch="200")
    running = start(*command, env=env)

    def under_way() -> bool:
        assert running.poll() is None
        rows = execute(
            database, "SELECT 1 FROM prospecting_jobs WHERE position > 0 AND status = 'running'"
        )
        return bool(rows)

    eventually(under_way)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert "Traceback" not in err
    assert "is not over" in err
    (job,) = execute(database, "SELECT * FROM prospecting_jobs WHERE status = 'running'")
    assert audience(database, "Long")["prospect_count"] == job["position"] == job["added"] < 60_000
