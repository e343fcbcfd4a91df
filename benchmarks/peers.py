"""`make bench-peers`: the same work by Houselist and by PocketBase, in turns, on one machine.

CPU time of all processes of each side: of ours the server, its worker and PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks import dataset, load, pocketbase
from benchmarks.databases import fresh_database
from benchmarks.imports import Imports, write_csv
from benchmarks.processes import cpu_of, serving
from houselist.paging import sign_number
from houselist.postgres.embedded import Server

_RATE = "1000000/second"
_PAGE = 100
_CONNECTIONS = 4
# How many times less CPU, and in an import how many times more rows a second, are wanted.
_WANTED = {"one audience": 2.0, "page of 100, first": 8.0, "page of 100, last": 8.0, "import": 10.0}


@dataclass
class Side:
    """One of the two: where it listens, its key, and the processes whose CPU time counts."""

    port: int
    token: str
    pids: list[int]
    paths: dict[str, str]

    def cpu(self) -> float:
        return sum(cpu_of(pid) for pid in self.pids)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument(
        "--pocketbase", type=lambda text: Path(text).absolute(), required=True, help="its program"
    )
    parser.add_argument("--prospects", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=2_000, help="a round, of one audience")
    parser.add_argument("--output", type=Path, default=Path("build/bench-peers.json"))
    return parser.parse_args()


def _our_paths(data: dataset.DataSet, prospects: int) -> dict[str, str]:
    audience = f"/v1/accounts/{data.group}/audiences/{data.audience}"
    scope = f"prospects/{data.group}/{data.audience}"
    page = f"{audience}/prospects?limit={_PAGE}"
    last = sign_number(scope, prospects - _PAGE)
    return {
        "one audience": audience,
        "page of 100, first": page,
        "page of 100, last": f"{page}&cursor={last}",
    }


def _their_paths(prospects: int) -> dict[str, str]:
    # Keyset too, and without counting, which is more than most of its users do.
    page = f"/api/collections/members/records?perPage={_PAGE}&skipTotal=1&sort=position&filter="
    after = f"audience='{pocketbase.AUDIENCE}'&&position>"
    return {
        "one audience": f"/api/collections/audiences/records/{pocketbase.AUDIENCE}",
        "page of 100, first": page + quote(f"{after}0"),
        "page of 100, last": page + quote(f"{after}{prospects - _PAGE}"),
    }


async def _read(sides: dict[str, Side], what: str, requests: int, rounds: int) -> dict[str, Any]:
    """Medians of the rounds; the first warms both up and is not counted."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            before = side.cpu()
            done = await load.run(
                side.port,
                side.paths[what],
                requests=requests,
                connections=_CONNECTIONS,
                token=side.token,
            )
            cpu = (side.cpu() - before) / len(done.latencies)
            if number:
                found[name].append((cpu, done.quantile(0.5), done.quantile(0.99)))
    return {
        name: {
            "cpuMicros": statistics.median(each[0] for each in rounds_) * 1e6,
            "p50Millis": statistics.median(each[1] for each in rounds_) * 1e3,
            "p99Millis": statistics.median(each[2] for each in rounds_) * 1e3,
        }
        for name, rounds_ in found.items()
    }


async def _import_theirs(peer: pocketbase.PocketBase, people: int) -> dict[str, float]:
    before, started = cpu_of(peer.process.pid), time.perf_counter()
    await peer.fill(people)
    seconds = time.perf_counter() - started
    cpu = (cpu_of(peer.process.pid) - before) / people
    return {"rowsPerSecond": people / seconds, "cpuMicros": cpu * 1e6}


async def _import_ours(
    server: Server, postmaster: int, folder: Path, people: int
) -> dict[str, float]:
    """Upload and job together; nobody is known before."""
    write_csv(folder / "people.csv", people)
    async with fresh_database(server.dsn, "peers_import") as dsn:
        before = cpu_of(postmaster) + sum(os.times()[:4])
        async with Imports.open(dsn) as imports:
            uploaded = await imports.upload(folder / "people.csv")
            took = await imports.run(postmaster) | uploaded
        # The upload is read in this process and its child; the worker was a child that has ended.
        cpu = (cpu_of(postmaster) + sum(os.times()[:4]) - before) / people
    seconds = took["uploadSeconds"] + took["jobSeconds"]
    return {"rowsPerSecond": people / seconds, "cpuMicros": cpu * 1e6}


async def _measure(arguments: argparse.Namespace, folder: Path, server: Server) -> dict[str, Any]:
    people, rounds = arguments.prospects, arguments.rounds
    pid_file = folder / "ours" / "postgres" / "postmaster.pid"
    postmaster = int(pid_file.read_text().splitlines()[0])
    figures: dict[str, Any] = {
        "machine": platform.machine(),
        "prospects": people,
        "rounds": rounds,
        "pocketbase": _version(arguments.pocketbase),
    }
    (folder / "theirs").mkdir()
    with pocketbase.running(arguments.pocketbase, folder / "theirs") as peer:
        figures["import"] = {
            "pocketbase": await _import_theirs(peer, people),
            "houselist": await _import_ours(server, postmaster, folder, people),
        }
        async with fresh_database(server.dsn, "peers_reads") as dsn:
            data = await dataset.build(dsn, people)
            with serving("houselist.app:from_environment", dsn, HOUSELIST_RATE_LIMIT=_RATE) as (
                port,
                process,
            ):
                pids = [process.pid, postmaster]
                sides = {
                    "pocketbase": Side(
                        peer.port, peer.token, [peer.process.pid], _their_paths(people)
                    ),
                    "houselist": Side(port, data.token, pids, _our_paths(data, people)),
                }
                for what in sides["houselist"].paths:
                    share = 1 if what == "one audience" else 5
                    figures[what] = await _read(sides, what, arguments.requests // share, rounds)
    return figures


def _version(program: Path) -> str:
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout


def _show(figures: dict[str, Any]) -> None:
    print(
        f"{figures['pocketbase'].strip()}, {figures['prospects']:,} people,"
        f" {_CONNECTIONS} connections, medians of {figures['rounds']} rounds"
    )
    for what, wanted in _WANTED.items():
        ours, theirs = figures[what]["houselist"], figures[what]["pocketbase"]
        print(f"\n{what}")
        for name, side in (("PocketBase", theirs), ("Houselist", ours)):
            told = f"  {name:10} {side['cpuMicros']:8.0f} µs CPU"
            if what == "import":
                print(f"{told} a row, {side['rowsPerSecond']:8,.0f} rows/s")
            else:
                print(f"{told}, p50 {side['p50Millis']:7.2f} ms, p99 {side['p99Millis']:7.2f} ms")
        if what == "import":
            ratio = ours["rowsPerSecond"] / theirs["rowsPerSecond"]
        else:
            ratio = theirs["cpuMicros"] / ours["cpuMicros"]
        verdict = "reached" if ratio >= wanted else "SHORT"
        print(f"  ahead {ratio:6.2f} times, wanted {wanted:.0f}   {verdict}")


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="houselist-peers-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with Server.open(folder / "ours") as server:
            figures = asyncio.run(_measure(arguments, folder, server))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(figures, indent=2) + "\n")
    _show(figures)
    print(f"\nAll figures: {arguments.output}")


if __name__ == "__main__":
    main()
