"""`houselist` tells what it can do, and refuses what it can't with words and exit code 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from houselist import __version__, cli

COMMANDS = {
    ("serve",): ("--host", "--port", "--workers", "--no-job-worker"),
    ("worker",): (),
    ("migrate",): (),
    ("accounts", "create"): ("NAME", "--json"),
    ("accounts", "list"): ("--json",),
    ("keys", "create"): ("--account", "--permissions", "--name", "--expires", "--json"),
    ("keys", "list"): ("--json",),
    ("keys", "revoke"): ("KEY_ID", "--json"),
    ("directory", "load"): ("FILE", "--account", "--map", "--list", "--json"),
    ("directory", "save-search"): ("NAME", "URL", "--account", "--json"),
    ("directory", "lists"): ("--account", "--json"),
    ("directory", "remove"): ("SOURCE_ID", "--account", "--json"),
    ("directory", "clear"): ("--account", "--list", "--json"),
    ("jobs", "list"): ("--account", "--status", "--limit", "--json"),
    ("jobs", "watch"): ("JOB_ID", "--account", "--json"),
    ("jobs", "cancel"): ("JOB_ID", "--account", "--json"),
    ("import",): ("FILE", "--audience", "--account", "--map", "--once", "--json"),
    ("export",): ("AUDIENCE", "--account", "--format", "--output", "--raw"),
}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([*command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in COMMANDS[command]), shown


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(command[0] in shown for command in COMMANDS)


def test_script_and_module_tell_the_version() -> None:
    script = Path(sys.executable).parent / "houselist"
    for command in ([str(script)], [sys.executable, "-m", "houselist"]):
        told = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert told.stdout.strip() == __version__


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve", "--nonsense"],
        ["serve", "--port", "many"],
        ["serve", "--port", "70000"],
        ["serve", "--workers", "0"],
        ["accounts", "create"],
        ["keys", "create", "--permissions", "all"],
        ["import", "people.csv"],
        ["import", "--audience", "People"],
        ["import", "people.csv", "--audience", "People", "--map", "no-equals-sign"],
        ["import", "people.csv", "--audience", "People", "--map", "Mail=nickname"],
        ["import", "people.csv", "--audience", "People", "--map", "A=email", "B=email"],
        ["import", "people.csv", "--audience", ""],
        ["import", "there-is-no-such-file.csv", "--audience", "People"],
        ["import", ".", "--audience", "People"],
        ["directory", "load"],
        ["directory", "load", "there-is-no-such-file.csv"],
        ["directory", "save-search", "CTOs"],
        ["directory", "save-search", "CTOs", "https://example.com/"],
        ["export", "People", "--format", "pdf"],
        ["export", "People", "--output", "no/such/folder/people.csv"],
        ["keys", "revoke", "hl_live_not-an-id"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_on_standard_error_with_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("houselist: ")
    assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "mysql://nowhere"), ("RATE_LIMIT", "lots"), ("JOB_BATCH", "0")],
)
def test_a_bad_setting_is_named_with_exit_code_2(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"HOUSELIST_{name}", value)
    assert cli.run(["accounts", "list"]) == 2
    assert f"HOUSELIST_{name}" in capsys.readouterr().err


def test_a_data_directory_that_cannot_be_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.delenv("HOUSELIST_DATABASE_URL", raising=False)
    monkeypatch.setenv("HOUSELIST_DATA_DIR", str(tmp_path / "file"))
    assert cli.run(["accounts", "list"]) == 2
    told = capsys.readouterr().err
    assert "data directory" in told
    assert "Traceback" not in told
