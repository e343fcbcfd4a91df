"""`houselist jobs`: the list, and following a job over the database alone."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.cli import COMMAND, environ, eventually, execute, start
from support.clock import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.cli import Ended

    Command = Callable[..., Ended]

NO_SUCH_ID = "0123456789abcdef01234567"
WAITS = "The daily limit of 80 profiles is used up; it goes on at 2026-11-26T00:00:00.000Z."


@pytest.fixture
def imported(houselist: Command, account: str, tmp_path: Path) -> Any:
    """A completed job, as JSON."""
    people = tmp_path / "people.csv"
    people.write_text("Email\n" + "".join(f"p{number}@example.com\n" for number in range(4)))
    name = f"Imported {time.monotonic_ns()}"
    return houselist("import", str(people), "--audience", name, "--json").expect(0).json


@pytest.fixture
def put(database: str, imported: Any) -> Callable[..., None]:
    """Sets columns of that job: `put(status="'running'", position=2)`."""

    def put(**columns: object) -> None:
        values = ", ".join(f"{name} = {value}" for name, value in columns.items())
        execute(
            database, f"UPDATE prospecting_jobs SET {values} WHERE id = '\\x{imported['jobId']}'"
        )

    return put


@pytest.fixture
def running(put: Callable[..., None]) -> Callable[..., None]:
    """The same, with the job made a running one first."""
    put(
        status="'running'",
        import_status="'running'",
        enrichment_status="'queued'",
        enrichment_details="NULL",
        progress=0.25,
        position=1,
        enriched_row=0,
    )
    return put


@pytest.fixture
def later() -> Iterator[Callable[..., None]]:
    """Has things done beside a command, one after the other."""
    threads: list[threading.Thread] = []

    def start(*steps: Callable[[], object]) -> None:
        def work() -> None:
            for step in steps:
                time.sleep(0.4)  # the command reads a job every 0.2 s, and is to see each step
                step()

        threads.append(threading.Thread(target=work))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


def complete(put: Callable[..., None]) -> Callable[[], None]:
    done = dict.fromkeys(("status", "import_status", "enrichment_status"), "'completed'")
    return lambda: put(**done, position=4, waiting_for="NULL")


def test_a_job_is_followed_to_its_end_with_what_it_waits_for(
    houselist: Command, imported: Any, running: Callable[..., None], later: Callable[..., None]
) -> None:
    later(
        lambda: running(import_status="'completed'", enrichment_status="'running'"),
        lambda: running(waiting_for=f"'{WAITS}'", position=4),
        complete(running),
    )
    done = houselist("jobs", "watch", imported["jobId"]).expect(0)
    told = done.err.splitlines()
    assert told[0] == "Import 25%, Enrichment 0%, 1 row, 4 added"
    assert f"Enrichment: {WAITS}" in told
    assert done.out == (
        f"Job {imported['jobId']} completed: 4 rows, 4 added, 0 already in the audience,"
        " 0 duplicates, 0 invalid, 0 over the limit.\n"
    )


def test_counts_alone_are_told_once_and_again_at_the_end(
    houselist: Command, imported: Any, running: Callable[..., None], later: Callable[..., None]
) -> None:
    looking = {"import_status": "'completed'", "enrichment_status": "'running'"}
    many = {"to_look_up": 2300, "look_ups_a_day": 100}
    later(
        lambda: running(**looking, **many, looked_up=3),
        lambda: running(**looking, **many, looked_up=64),
        lambda: running(**looking, **many, looked_up=164),
        lambda: (running(to_look_up=170, looked_up=170), complete(running)()),
    )
    done = houselist("jobs", "watch", imported["jobId"]).expect(0)
    assert [line for line in done.err.splitlines() if line.startswith("Enrichment: ")] == [
        "Enrichment: 3 looked up, 0 not found, 2,297 left: about 23 days at 100 a day.",
        "Enrichment: 164 looked up, 0 not found, 2,136 left: about 22 days at 100 a day.",
        "Enrichment: 170 looked up, 0 not found.",
    ]


def test_look_ups_that_stopped_are_told_of_and_listed(
    houselist: Command, imported: Any, put: Callable[..., None]
) -> None:
    put(enrichment_status="'failed'", enrichment_details="'The look-ups stopped: no.'", looked_up=2)
    done = houselist("jobs", "watch", imported["jobId"]).expect(0)
    assert "Enrichment: 2 looked up, 0 not found. The look-ups stopped: no." in done.err
    assert "Not everybody was looked up" in done.err
    listed = houselist("jobs", "list").expect(0).out.splitlines()[1].split()
    assert listed[4:6] == ["100%", "failed"]


def test_json_is_one_object_at_the_end_and_nothing_else(
    houselist: Command,
    account: str,
    imported: Any,
    running: Callable[..., None],
    later: Callable[..., None],
) -> None:
    later(complete(running))
    done = houselist("jobs", "watch", imported["jobId"], "--account", account, "--json").expect(0)
    assert done.err == ""
    assert done.json["status"] == "completed"
    assert done.json.keys() == imported.keys()


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_job_that_did_not_complete_has_exit_code_1(
    houselist: Command, imported: Any, put: Callable[..., None], status: str
) -> None:
    put(status=f"'{status}'", error_code="'UPSTREAM_ERROR'", error_message="'Nobody answered.'")
    done = houselist("jobs", "watch", imported["jobId"]).expect(1)
    assert f"Job {imported['jobId']} {status}" in done.out
    assert "houselist: Nobody answered." in done.err
    assert houselist("jobs", "watch", imported["jobId"], "--json").expect(1).json["error"]


def test_a_queued_job_says_what_it_needs(
    houselist: Command, imported: Any, put: Callable[..., None], later: Callable[..., None]
) -> None:
    put(status="'queued'", import_status="'queued'", enrichment_status="'queued'", progress=0)
    later(complete(put))
    assert "`houselist worker` takes it up" in houselist("jobs", "watch", imported["jobId"]).err


@pytest.mark.parametrize("command", ["watch", "cancel"])
@pytest.mark.parametrize("job_id", [NO_SUCH_ID, "x", "", NO_SUCH_ID.upper()])
def test_an_unknown_job_has_exit_code_2(
    houselist: Command, account: str, command: str, job_id: str
) -> None:
    assert "houselist jobs list" in houselist("jobs", command, job_id).expect(2).err


def test_a_job_of_another_account_group_is_unknown(houselist: Command, imported: Any) -> None:
    other = houselist("accounts", "create", "Other", "--json").expect(0).json["id"]
    try:
        houselist("jobs", "watch", imported["jobId"], "--account", other).expect(2)
        assert "--account" in houselist("jobs", "watch", imported["jobId"]).expect(2).err
    finally:
        execute(
            os.environ["HOUSELIST_DATABASE_URL"],
            f"DELETE FROM account_groups WHERE id = '\\x{other}'",
        )


def test_on_a_terminal_it_draws_a_bar_for_each_stage(
    database: str, imported: Any, running: Callable[..., None]
) -> None:
    running(waiting_for="'[bold] It waits.'")
    main, side = pty.openpty()
    command = [*COMMAND, "jobs", "watch", imported["jobId"]]
    env = {**environ(database_url=database), "TERM": "xterm", "COLUMNS": "100"}
    watching = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=side)
    os.close(side)

    def read() -> bytes:
        """What was written; nothing once nobody writes any more."""
        assert select.select([main], [], [], PATIENCE)[0], "nothing is shown any more"
        try:
            return os.read(main, 4096)
        except OSError:  # what Linux says at the end
            return b""

    shown = b""
    while b"25%" not in shown:
        shown += read() or pytest.fail(repr(shown))
    complete(running)()
    while more := read():
        shown += more
    os.close(main)
    assert watching.wait(PATIENCE) == 0
    assert b"Import: [bold] It waits." in shown
    assert shown.count(b"100%") >= 2
    assert b"Enrichment" in shown


def test_interrupted_it_leaves_the_job_alone(
    database: str, imported: Any, running: Callable[..., None]
) -> None:
    watching = start("jobs", "watch", imported["jobId"], env=environ(database_url=database))
    listening = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'houselist listener'"
    eventually(lambda: execute(database, listening))
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=PATIENCE)
    assert (watching.returncode, out) == (130, "")
    assert "Traceback" not in err
    status = f"SELECT status FROM prospecting_jobs WHERE id = '\\x{imported['jobId']}'"
    assert execute(database, status)[0][0] == "running"


def test_the_list_is_newest_first_and_can_be_narrowed(
    houselist: Command, imported: Any, running: Callable[..., None]
) -> None:
    lines = houselist("jobs", "list").expect(0).out.splitlines()
    assert lines[0].split() == [
        "ID",
        "CREATED",
        "SOURCE",
        "STATUS",
        "IMPORT",
        "ENRICHMENT",
        "ROWS",
        "ADDED",
    ]
    expected = [imported["jobId"], imported["createdAt"], "file_upload", "running", "25%", "0%"]
    assert lines[1].split() == [*expected, "1", "4"]
    for status, there in (("running", True), ("completed", False)):
        found = houselist("jobs", "list", "--status", status, "--json").expect(0).json
        assert (imported["jobId"] in [job["jobId"] for job in found["items"]]) == there
        assert all(job["status"] == status for job in found["items"])
    assert "--status" in houselist("jobs", "list", "--status", "sleeping").expect(2).err


def test_a_list_that_was_cut_says_so(
    houselist: Command, imported: Any, database: str, account: str
) -> None:
    execute(
        database,
        f"""
        INSERT INTO prospecting_jobs
        SELECT (jsonb_populate_record(job, jsonb_build_object(
            'id', '\\x' || lpad(to_hex(number), 24, '0'), 'status', 'failed',
            'created_at', '2020-01-01'))).*
        FROM prospecting_jobs job, generate_series(1, 300) number
        WHERE id = '\\x{imported["jobId"]}'
    """,
    )
    try:
        command = ["jobs", "list", "--status", "failed", "--account", account]
        cut = houselist(*command, "--limit", "260").expect(0)
        assert "--limit 2600" in cut.err
        assert len(cut.out.splitlines()) == 261
        found = houselist(*command, "--limit", "1000", "--json").expect(0)
        assert found.json["hasMore"] is False
        assert len({job["jobId"] for job in found.json["items"]}) >= 300
        assert found.err == ""
        for limit in ("0", "-1", "x"):
            houselist(*command, "--limit", limit).expect(2)
    finally:
        execute(database, "DELETE FROM prospecting_jobs WHERE created_at < '2021-01-01'")


def test_a_job_can_be_cancelled_once(
    houselist: Command, imported: Any, running: Callable[..., None]
) -> None:
    assert "Cancelled job" in houselist("jobs", "cancel", imported["jobId"]).expect(0).out
    assert "is over" in houselist("jobs", "cancel", imported["jobId"]).expect(1).err
    houselist("jobs", "watch", imported["jobId"]).expect(1)


def test_cancel_can_print_json(
    houselist: Command, imported: Any, running: Callable[..., None]
) -> None:
    done = houselist("jobs", "cancel", imported["jobId"], "--json").expect(0)
    assert done.json == {"jobId": imported["jobId"], "status": "cancelled"}


def test_undo_takes_a_job_back_and_says_what_left(
    houselist: Command, database: str, imported: Any
) -> None:
    done = houselist("jobs", "undo", imported["jobId"]).expect(0)
    assert f"4 rows of job {imported['jobId']}, 4 removed, 0 kept." in done.out
    assert "No longer known: " in done.err
    assert "4 removed, 0 kept" in done.err
    audience = f"SELECT prospect_count FROM audiences WHERE id = '\\x{imported['audienceId']}'"
    assert execute(database, audience)[0]["prospect_count"] == 0
    again = houselist("jobs", "undo", imported["jobId"]).expect(1)
    assert "undone already" in again.err


def test_undo_with_json_is_one_object(houselist: Command, account: str, imported: Any) -> None:
    done = houselist("jobs", "undo", imported["jobId"], "--json").expect(0)
    assert done.err == ""
    assert (done.json["accountGroupId"], done.json["sourceType"]) == (account, "undo")
    assert (done.json["undoesJobId"], done.json["counts"]["removed"]) == (imported["jobId"], 4)
    assert "There is no job" in houselist("jobs", "undo", NO_SUCH_ID).expect(2).err
