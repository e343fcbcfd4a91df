"""What a terminal would obey is written out, wherever the command line shows what came from elsewhere."""

from __future__ import annotations

import ast
import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.cli import out
from houselist.cli.neutral import neutral, neutral_cell
from houselist.cli.tables import say_table
from support.cli import COMMAND, environ, run
from support.rules import SOURCE, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TITLE = "\x1b]0;owned\x07"
HIDDEN = (
    "\x9b31m",
    "\x1b[2J",
    "\x08",
    "\r",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u2028",
    "\U000e0041",
    "\x7f",
)


@pytest.mark.parametrize("odd", [TITLE, *HIDDEN])
def test_what_a_terminal_obeys_is_written_out(odd: str) -> None:
    shown = neutral(f"a{odd}b")
    assert shown.startswith("a\\u")
    assert shown.endswith("b")
    assert odd not in shown


@pytest.mark.parametrize(
    "text",
    ["Zoë 李 Иван 👩\u200d🚀 ❤\ufe0f", "می\u200cخواهم", "two\nlines\tand a tab", "", "C:\\new"],
)
def test_what_people_write_stays(text: str) -> None:
    assert neutral(text) == text


@given(st.text())
def test_nothing_is_left_and_json_stays_the_same(text: str) -> None:
    shown = neutral(text)
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert neutral(shown) == shown
    assert json.loads(neutral(json.dumps(text, ensure_ascii=False))) == text
    assert "\n" not in neutral_cell(text)


def test_tables_lines_and_errors_are_neutral(capsys: pytest.CaptureFixture[str]) -> None:
    out.say(f"a{TITLE}")
    out.tell(f"b{TITLE}")
    out.say_json({"name": TITLE, "c1": "\x9b"})
    say_table(("ID", "NAME"), [("1", f"x{TITLE}\nforged  row"), ("2", "y")])
    told = capsys.readouterr()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", told.out + told.err)
    assert json.loads(told.out.splitlines()[1]) == {"name": TITLE, "c1": "\x9b"}
    assert len(told.out.splitlines()) == 5


def at_a_terminal(*arguments: str, env: dict[str, str]) -> str:
    """All that a command writes to the terminal it is run at."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([*COMMAND, *arguments], env=env, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        told = b"".join(_pieces(ours))
        process.wait()
    os.close(ours)
    return told.decode()


def _pieces(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            piece = os.read(terminal, 1 << 16)
        except OSError:  # nobody writes to it any more
            return
        if not piece:
            return
        yield piece


@pytest.mark.skipif(sys.platform != "linux", reason="other systems end a terminal in other ways")
def test_a_files_sequences_never_reach_the_terminal(database: str, tmp_path: Path) -> None:
    env = environ(database_url=database)
    people = tmp_path / f"people{TITLE}.csv"
    honest = "".join(f"B{number},Somebody {number},ordinary\n" for number in range(2, 400))
    people.write_text(
        f"badge,First Name,{TITLE}\n{honest}B1,Ada{TITLE},x\x9b31m\n,{TITLE},{TITLE}\n"
    )
    told = at_a_terminal(
        "import", str(people), "--audience", "Staff", "--map", "badge=providerId", env=env
    )
    told += at_a_terminal("export", "Staff", env=env)
    told += at_a_terminal(
        "import", str(people), "--audience", "Staff", "--map", "no=email", env=env
    )
    told += at_a_terminal("import", str(people), "--audience", f"S{TITLE}", env=env)
    told += at_a_terminal("export", f"None{TITLE}", env=env)
    assert "400 rows" in told, told
    assert "\x1b]0;" not in told
    assert "\x07" not in told
    assert "\x9b" not in told
    # Elsewhere what is exported is what was read.
    assert "B1" in run("export", "Staff", env=env).expect(0).out


def test_everything_is_told_by_one_module() -> None:
    """`print`, or a stream of its own, would go past it."""
    streams = {"stdout", "stderr"}
    found = {
        path.name
        for path in (SOURCE / "cli").rglob("*.py")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Name) and node.id == "print")
        or (isinstance(node, ast.Attribute) and node.attr in streams)
    }
    # They only ask whether it is a terminal, and set its encoding.
    assert found == {"out.py", "__init__.py", "first.py", "progress.py"}
