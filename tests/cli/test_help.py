"""`houselist` tells what it can do, and refuses what it can't with words and exit code 2."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from houselist import __version__, cli
from houselist.postgres.revision import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclopts import App

HEAVY = {"asyncpg", "sqlalchemy", "alembic", "pgqueuer", "granian", "httpx", "uvloop", "structlog"}
AFRESH = "import sys; from houselist import cli; cli.run(sys.argv[1:]); print(*sys.modules)"


def commands(group: App, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as the application has them."""
    for name in group:
        if name.startswith("-"):
            continue
        if group[name].default_command is None:
            yield from commands(group[name], *before, name)
        else:
            yield *before, name


COMMANDS = list(commands(cli.app))


def help_of(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """What `--help` prints, as one line without its frames."""
    assert cli.run([*command, "--help"]) == 0
    return re.sub(r"[\s│]+", " ", capsys.readouterr().out)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = help_of(capsys, *command)
    app = reduce(lambda group, name: group[name], command, cli.app)
    summary = app.help.partition("\n\n")[0].replace("`", "")
    assert summary.endswith(".")
    assert " ".join(summary.split()) in shown
    arguments = [
        each for each in app.assemble_argument_collection(parse_docstring=True) if each.show
    ]
    for argument in arguments:
        assert argument.parameter.help, argument.name
        assert argument.name in shown


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(COMMANDS) >= 25
    groups = {command[:length] for command in COMMANDS for length in range(len(command))}
    for group in groups:
        shown = help_of(capsys, *group)
        for command in COMMANDS:
            if command[: len(group)] == group:
                assert re.search(rf" {command[len(group)]} [A-Z]", shown), command


def imported(*arguments: str) -> set[str]:
    """The modules that a command has imported at its end, in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-c", AFRESH, *arguments], capture_output=True, text=True, check=True
    )
    return set(told.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", ["--help", "--version"])
def test_what_runs_no_command_imports_none(arguments: str) -> None:
    found = imported(arguments)
    assert "houselist.cli.commands" in found
    assert not found & HEAVY
    assert not {
        name for name in found if re.match(r"houselist\.cli\.(?!commands|neutral|out)", name)
    }


def test_a_command_imports_only_what_it_needs() -> None:
    found = imported("accounts", "list", "--help")
    assert {"houselist.cli.accounts", "asyncpg"} <= found
    assert not found & (HEAVY - {"asyncpg"})
    assert not {"houselist.cli.imports", "houselist.cli.serve", "houselist.cli.keys"} & found


def test_script_and_module_tell_the_version() -> None:
    script = Path(sys.executable).parent / "houselist"
    for command in ([str(script)], [sys.executable, "-m", "houselist"]):
        told = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
        assert told.stdout.strip() == f"{__version__} (schema revision {HEAD})"


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
