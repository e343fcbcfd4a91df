"""`make bench-peers` on a few rows, where it has installed PocketBase."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POCKETBASE = ROOT / "build" / "peers" / "venv" / "bin" / "pocketbase"


@pytest.mark.skipif(
    not POCKETBASE.exists(), reason="`make bench-peers` has not installed PocketBase here"
)
def test_both_sides_import_and_read_the_same_rows(tmp_path: Path) -> None:
    output = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks.peers", "--pocketbase", str(POCKETBASE)]
    few = ["--prospects", "300", "--rounds", "1", "--requests", "20", "--output", str(output)]
    done = subprocess.run([*command, *few], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(output.read_text(encoding="utf-8"))
    for side in ("pocketbase", "houselist"):
        assert figures["import"][side]["rowsPerSecond"] > 0
        for what in ("one audience", "page of 100, first", "page of 100, last"):
            assert figures[what][side]["p50Millis"] > 0
