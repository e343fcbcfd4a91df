"""House rule: imports go downward only, as the contracts in pyproject.toml say."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from support.rules import ROOT, SOURCE


def test_imports_keep_their_contracts() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_room_is_under_contract() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (rooms,) = [contract for contract in contracts if contract["id"] == "rooms"]
    there = {f"houselist.{path.parent.name}" for path in SOURCE.glob("*/shapes.py")}
    assert there <= set(rooms["containers"])


def test_the_benchmarks_still_import() -> None:
    """They run too seldom to tell that something they need has moved."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    modules = sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))
    code = "\n".join(f"import benchmarks.{module}" for module in modules)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
