"""`houselist export`."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from pyarrow import parquet

from support.cli import COMMAND, environ, execute, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.cli import Ended

    Command = Callable[..., Ended]

COUNT = 4_500  # more than two pages


@pytest.fixture(scope="module")
def audience(database: str, account: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of an audience "Staff"."""
    people = tmp_path_factory.mktemp("export") / "people.ndjson"
    with people.open("w") as file:
        for n in range(COUNT):
            person = {
                "email": f"p{n}@example.com",
                "headline": f"Line {n}",
                "company": 'Häuser, "Groß"\n& Co',
            }
            file.write(json.dumps(person) + "\n")
        for n, headline in enumerate(("=1+1", "+1", "-1", "@SUM(A1)")):
            file.write(
                json.dumps({"email": f"x{n}@example.com", "headline": headline, "tag": "=2"}) + "\n"
            )
    env = environ(database_url=database)
    done = run(
        "import",
        str(people),
        "--audience",
        "Staff",
        "--map",
        "company=company.name",
        "--json",
        env=env,
    )
    return done.expect(0).json["audienceId"]


def test_csv_has_everybody_once_in_the_order_they_joined(houselist: Command, audience: str) -> None:
    rows = list(csv.DictReader(io.StringIO(houselist("export", "  STAFF ").expect(0).out)))
    assert [row["email"] for row in rows[:COUNT]] == [f"p{n}@example.com" for n in range(COUNT)]
    assert len(rows) == COUNT + 4
    assert rows[0]["company.name"] == 'Häuser, "Groß"\n& Co'
    assert rows[-1]["tag"] == "'=2"
    assert list(rows[0])[:4] == ["\ufeffid", "firstName", "lastName", "name"]
    assert list(rows[0])[-2:] == ["addedAt", "tag"]


def test_formulas_are_defused_unless_raw_is_asked_for(houselist: Command, audience: str) -> None:
    def headlines(*more: str) -> list[str]:
        out = houselist("export", audience, *more).expect(0).out
        return [row["headline"] for row in csv.DictReader(io.StringIO(out))][COUNT:]

    assert headlines() == ["'=1+1", "'+1", "'-1", "'@SUM(A1)"]
    assert headlines("--raw") == ["=1+1", "+1", "-1", "@SUM(A1)"]


def test_the_mark_of_utf_8_can_be_left_out(houselist: Command, audience: str) -> None:
    assert houselist("export", audience).expect(0).out.startswith("\ufeffid,")
    assert houselist("export", audience, "--no-bom").expect(0).out.startswith("id,")


def test_ndjson_has_the_prospects_as_the_api_shows_them(houselist: Command, audience: str) -> None:
    lines = houselist("export", audience, "--format", "ndjson").expect(0).out.splitlines()
    people = [json.loads(line) for line in lines]
    assert len(people) == COUNT + 4
    assert people[0]["company"]["name"] == 'Häuser, "Groß"\n& Co'
    assert people[-1]["attributes"] == {"tag": "=2"}
    assert people[0]["linkedinUrl"] is None


def test_fields_choose_columns_and_their_order(houselist: Command, audience: str) -> None:
    out = houselist("export", audience, "--fields", "tag,email", "--no-bom").expect(0).out
    assert out.splitlines()[0] == "tag,email"
    assert out.splitlines()[-1] == "'=2,x3@example.com"
    told = houselist("export", audience, "--fields", "tag,Birthday").expect(1).err
    assert "'Birthday'" in told
    assert "more than once" in houselist("export", audience, "--fields", "a,a").expect(2).err


def test_workbooks_and_parquet_are_written_by_the_same_code(
    houselist: Command, audience: str, tmp_path: Path
) -> None:
    for format_ in ("xlsx", "parquet"):
        target = tmp_path / f"people.{format_}"
        houselist("export", audience, "--output", str(target)).expect(0)
        assert target.stat().st_mode & 0o777 == 0o600
    assert parquet.read_table(tmp_path / "people.parquet")["email"].to_pylist()[:2] == [
        "p0@example.com",
        "p1@example.com",
    ]
    sheet = openpyxl.load_workbook(tmp_path / "people.xlsx", read_only=True).active
    assert sum(1 for _ in sheet.iter_rows()) == COUNT + 5
    assert {each.name for each in tmp_path.iterdir()} == {"people.xlsx", "people.parquet"}


def test_the_name_of_the_file_decides_what_is_written(
    houselist: Command, audience: str, tmp_path: Path
) -> None:
    starts = {
        "a.csv": b"\xef\xbb\xbfid,",
        "b.NDJSON": b'{"id":',
        "c.d.jsonl": b'{"id":',
        "e.xlsx": b"PK",
        "f.parquet": b"PAR1",
        "without": b"\xef\xbb\xbfid,",
        ".hidden": b"\xef\xbb\xbfid,",
    }
    for name, start in starts.items():
        houselist("export", audience, "--output", str(tmp_path / name)).expect(0)
        assert (tmp_path / name).read_bytes().startswith(start), name
    target = str(tmp_path / "people.txt")
    houselist("export", audience, "--format", "ndjson", "--output", target).expect(0)
    assert Path(target).read_bytes().startswith(b'{"id":')


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--output people.xlsx --format csv", "'people.xlsx' promises xlsx, not csv"),
        ("--output people.csv --format parquet", "'people.csv' promises csv, not parquet"),
        ("--output people.JSONL --format csv", "'people.JSONL' promises ndjson, not csv"),
        ("--output people.xls", "Which format is 'people.xls' to have?"),
        ("--output people.csv.gz", "Which format is 'people.csv.gz' to have?"),
        ("--output people.json", "Which format is 'people.json' to have?"),
    ],
)
def test_a_name_that_promises_something_else_is_refused(
    houselist: Command, audience: str, tmp_path: Path, options: str, told: str
) -> None:
    into = options.replace("--output ", f"--output {tmp_path}/")
    assert told in houselist("export", audience, *into.split()).expect(2).err
    assert list(tmp_path.iterdir()) == []


def test_a_file_takes_its_name_once_it_is_whole(
    houselist: Command, audience: str, database: str, tmp_path: Path
) -> None:
    target = tmp_path / "people.csv"
    target.write_text("what was there")
    assert houselist("export", audience, "--output", str(target)).expect(0).out == ""
    assert target.read_text().count("@example.com") == COUNT + 4
    assert target.stat().st_mode & 0o777 == 0o600
    before = target.read_bytes()
    houselist("export", "nobody", "--output", str(target)).expect(2)
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_not_there_or_not_ready_is_refused(
    houselist: Command, audience: str, database: str
) -> None:
    assert "'Nobody'" in houselist("export", "Nobody").expect(2).err
    for nothing in ("0" * 24, "", "a\udcff", "x" * 300):
        houselist("export", nothing).expect(2)
    houselist("export", audience, "--account", "0" * 24).expect(2)
    execute(
        database,
        "UPDATE audiences a SET active_job_id = j.id FROM prospecting_jobs j"
        f" WHERE j.audience_id = a.id AND a.id = '\\x{audience}'",
    )
    try:
        refused = houselist("export", audience).expect(1)
        assert "still being populated" in refused.err
        assert refused.out == houselist("export", "Staff").expect(1).out == ""
    finally:
        execute(database, f"UPDATE audiences SET active_job_id = NULL WHERE id = '\\x{audience}'")


def test_a_reader_that_has_seen_enough_is_no_error(audience: str, database: str) -> None:
    env = environ(database_url=database)
    writer = subprocess.Popen(
        [*COMMAND, "export", audience], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout
    assert writer.stderr
    assert writer.stdout.readline().startswith(b"\xef\xbb\xbfid,firstName")
    writer.stdout.close()
    assert writer.stderr.read() == b""
    assert writer.wait(timeout=20) == 0


def test_a_full_disk_is_told(houselist: Command, audience: str, database: str) -> None:
    assert "No space left" in houselist("export", audience, "--output", "/dev/full").expect(1).err
    with Path("/dev/full").open("w") as target:
        done = subprocess.run(
            [*COMMAND, "export", audience],
            env=environ(database_url=database),
            stdout=target,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("format_", ["csv", "ndjson", "xlsx"])
def test_an_export_is_imported_as_it_is(
    houselist: Command, audience: str, tmp_path: Path, format_: str
) -> None:
    target = tmp_path / f"people.{format_}"
    houselist("export", audience, "--format", format_, "--output", str(target)).expect(0)
    before = houselist("export", audience, "--format", "ndjson").expect(0).out
    again = houselist("import", str(target), "--audience", f"From {format_}", "--json").expect(0)
    counts = again.json["counts"]
    assert (counts["rows"], counts["added"], counts["invalid"]) == (COUNT + 4, COUNT + 4, 0)
    after = houselist("export", again.json["audienceId"], "--format", "ndjson").expect(0).out

    def shown(text: str) -> list[dict[str, object]]:
        return [json.loads(line) | {"addedAt": None} for line in text.splitlines()]

    assert shown(after) == shown(before)
