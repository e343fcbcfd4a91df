"""From `houselist serve` to ready: how long, on a database that exists and on none."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.processes import free_port

_LIMIT = 60.0
_POLL = 0.01


def measure(rounds: int) -> dict[str, Any]:
    """Seconds until /readyz says 200: in an empty data directory, and in the same again."""
    none, exists = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="houselist-start-") as folder:
            Path(folder).chmod(0o711)
            none.append(_start(Path(folder) / "data"))
            exists.append(_start(Path(folder) / "data"))
    return {
        "rounds": rounds,
        "noDatabaseSeconds": none,
        "databaseSeconds": exists,
        "noDatabaseMedian": statistics.median(none),
        "databaseMedian": statistics.median(exists),
    }


def _start(data: Path) -> float:
    port = free_port()
    command = [sys.executable, "-m", "houselist", "serve", "--port", str(port)]
    settings = {"HOUSELIST_DATA_DIR": str(data), "HOUSELIST_METRICS_LISTEN": "off"}
    environ = {name: value for name, value in os.environ.items() if name[:10] != "HOUSELIST_"}
    # An installed package is compiled.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        env=environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while not _is_ready(port):
                if process.poll() is not None or time.perf_counter() - started > _LIMIT:
                    raise RuntimeError("`houselist serve` did not become ready")
                time.sleep(_POLL)
            return time.perf_counter() - started
        finally:
            process.send_signal(signal.SIGTERM)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as response:
            return response.status == 200
    except OSError:
        return False
