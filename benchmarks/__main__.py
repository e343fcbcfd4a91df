"""`make bench`: builds the data, measures, prints the table and writes build/bench.json."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import tempfile
from pathlib import Path

from benchmarks import (
    combining,
    console,
    dataset,
    exporting,
    growth,
    imports,
    members,
    providing,
    reads,
    search,
    starting,
    uploading,
)
from benchmarks.databases import fresh_database
from benchmarks.report import show
from houselist.postgres.embedded import Server

_PARTS = (
    "reads",
    "search",
    "members",
    "combine",
    "export",
    "console",
    "uploads",
    "import",
    "dry-run",
    "undo",
    "providers",
    "growth",
    "start",
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--prospects", type=int, default=1_000_000, help="in the large audience")
    parser.add_argument("--grown", type=int, default=10_000_000, help="in the larger one")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the imported file")
    parser.add_argument("--rounds", type=int, default=5, help="of every read")
    parser.add_argument("--import-rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=200, help="of an import from a provider")
    parser.add_argument("--only", choices=_PARTS)
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    return parser.parse_args()


async def _on_data(
    name: str, arguments: argparse.Namespace, dsn: str, postmaster: int
) -> dict | list:
    """The figures of a part that needs an audience of many people."""
    prospects, rounds = arguments.prospects, arguments.rounds
    if name == "uploads":
        data = await dataset.build(dsn, 1_000)
        return await uploading.measure(dsn, data, arguments.rows, arguments.import_rounds)
    data = await dataset.build(dsn, prospects)
    if name == "reads":
        return await reads.measure(dsn, postmaster, data, prospects, rounds)
    if name == "search":
        return await search.measure(dsn, data, prospects, rounds)
    if name == "members":
        return await members.measure(dsn, data, prospects, rounds)
    if name == "console":
        return await console.measure(dsn, data, rounds)
    return await exporting.measure(dsn, postmaster, data, rounds)


async def _measure(arguments: argparse.Namespace, server: Server, postmaster: int) -> dict:
    figures: dict = {"python": platform.python_version(), "machine": platform.machine()}
    only = arguments.only
    for name in ("reads", "search", "members", "export", "console", "uploads"):
        if only in (None, name):
            async with fresh_database(server.dsn, f"bench_{name}") as dsn:
                figures[name] = await _on_data(name, arguments, dsn, postmaster)
    if only in (None, "import"):
        figures["import"] = await imports.measure(
            server.dsn, postmaster, arguments.rows, arguments.import_rounds
        )
    if only in (None, "dry-run", "undo"):
        figures["takingBack"] = await imports.measure_taking_back(
            server.dsn, postmaster, arguments.rows, arguments.import_rounds
        )
    if only in (None, "providers"):
        figures["pace"] = await providing.pace(server.dsn, arguments.pages, arguments.rounds)
        figures["fairness"] = await providing.fairness(server.dsn, groups=50, jobs=4, pages=5)
    if only in (None, "combine"):
        figures["combine"] = await combining.measure(
            server.dsn, postmaster, arguments.prospects, arguments.import_rounds
        )
    if only == "growth":  # takes 15 GB of disk, so only when asked for
        sizes = [arguments.prospects, arguments.grown]
        figures["growth"] = await growth.measure(server.dsn, postmaster, sizes, arguments.rounds)
    return figures


def main() -> None:
    arguments = _arguments()
    if arguments.only == "start":
        _write(arguments, {"start": starting.measure(arguments.rounds)})
        return
    with tempfile.TemporaryDirectory(prefix="houselist-bench-") as folder:
        Path(folder).chmod(0o711)
        with Server.open(Path(folder) / "data") as server:
            pid_file = Path(folder) / "data" / "postgres" / "postmaster.pid"
            postmaster = int(pid_file.read_text().splitlines()[0])
            figures = asyncio.run(_measure(arguments, server, postmaster))
    if arguments.only is None:
        figures["start"] = starting.measure(arguments.rounds)
    _write(arguments, figures)


def _write(arguments: argparse.Namespace, figures: dict) -> None:
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(figures, indent=2) + "\n")
    show(figures)
    print(f"\nAll figures: {arguments.output}")


main()
