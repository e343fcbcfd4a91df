"""Reads, ours against the limit's, in turns: CPU a request, requests a CPU second, latency."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks import load
from benchmarks.processes import cpu_of, serving
from houselist.paging import sign_number

if TYPE_CHECKING:
    from benchmarks.dataset import DataSet

# No request is refused, but every one is counted.
_RATE = "1000000/second"
_PAGE = 100
# Clients at once: alone, as in the measurement of CPU, and more than the pool has connections.
_CROWDS = (1, 4, 16)
_TIMED = 2_000


# By name: port, process id and key.
Servers = dict[str, tuple[int, int, str]]


@dataclass
class Case:
    """One read and its twin."""

    name: str
    ours: str
    limit: str
    requests: int


@dataclass
class Side:
    """The measured rounds of one side."""

    server_cpu: list[float]
    postgres_cpu: list[float]
    p50: list[float]
    p99: list[float]


def cases(data: DataSet, prospects: int) -> list[Case]:
    base = f"/v1/accounts/{data.group}/audiences"
    scope = f"prospects/{data.group}/{data.audience}"
    deep = max(0, prospects - _PAGE)
    people = f"{base}/{data.audience}/prospects?limit={_PAGE}"
    bare = f"/prospects/{data.group}/{data.audience}?limit={_PAGE}"
    return [
        Case(
            "audience", f"{base}/{data.audience}", f"/audience/{data.group}/{data.audience}", 4000
        ),
        Case("prospects, first page", people, f"{bare}&after=0", 600),
        Case(
            "prospects, 10,000th page",
            f"{people}&cursor={sign_number(scope, deep)}",
            f"{bare}&after={deep}",
            600,
        ),
        Case("navigation", f"{base}/navigation", f"/all/{data.group}", 24),
    ]


async def measure(
    dsn: str, postmaster: int, data: DataSet, prospects: int, rounds: int
) -> list[dict[str, Any]]:
    """One row of figures for every case."""
    with (
        serving("houselist.app:from_environment", dsn, HOUSELIST_RATE_LIMIT=_RATE) as (port, ours),
        serving("benchmarks.limit_app:create", dsn) as (limit_port, limit),
    ):
        servers: Servers = {
            "limit": (limit_port, limit.pid, ""),
            "ours": (port, ours.pid, data.token),
        }
        found = [await _case(case, servers, postmaster, rounds) for case in cases(data, prospects)]
        audience = cases(data, prospects)[0]
        found[0]["tails"] = [await _tail(audience, servers, each, rounds) for each in _CROWDS]
        return found


async def _tail(case: Case, servers: Servers, connections: int, rounds: int) -> dict[str, Any]:
    """How long requests take with so many clients at once: medians of the rounds."""
    sides = {name: Side([], [], [], []) for name in servers}
    for number in range(rounds + 1):
        for name, (port, _, token) in servers.items():
            path = case.ours if name == "ours" else case.limit
            done = await load.run(port, path, requests=_TIMED, connections=connections, token=token)
            if number:
                sides[name].p50.append(done.quantile(0.50))
                sides[name].p99.append(done.quantile(0.99))
    ours, limit = sides["ours"], sides["limit"]
    return {
        "connections": connections,
        "requests": _TIMED,
        **{name: _latencies(side) for name, side in sides.items()},
        **_latency_ratios(ours, limit),
    }


def _latencies(side: Side) -> dict[str, float]:
    return {
        "p50Millis": statistics.median(side.p50) * 1e3,
        "p99Millis": statistics.median(side.p99) * 1e3,
    }


def _latency_ratios(ours: Side, limit: Side) -> dict[str, float]:
    """Of medians: each round's own tail is a few requests, and a ratio of two of them is noise."""
    own, bare = _latencies(ours), _latencies(limit)
    return {
        "p50Ratio": own["p50Millis"] / bare["p50Millis"],
        "p99Ratio": own["p99Millis"] / bare["p99Millis"],
    }


async def _case(case: Case, servers: Servers, postmaster: int, rounds: int) -> dict[str, Any]:
    sides = {name: Side([], [], [], []) for name in servers}
    # The first round warms both up and is not counted.
    for number in range(rounds + 1):
        for name, (port, pid, token) in servers.items():
            path = case.ours if name == "ours" else case.limit
            before, before_pg = cpu_of(pid), cpu_of(postmaster)
            done = await load.run(port, path, requests=case.requests, connections=4, token=token)
            if number:
                side, asked = sides[name], len(done.latencies)
                side.server_cpu.append((cpu_of(pid) - before) / asked)
                side.postgres_cpu.append((cpu_of(postmaster) - before_pg) / asked)
                side.p50.append(done.quantile(0.50))
                side.p99.append(done.quantile(0.99))
    return {"case": case.name, "rounds": rounds, "requests": case.requests, **_figures(sides)}


def _figures(sides: dict[str, Side]) -> dict[str, Any]:
    median = statistics.median
    figures: dict[str, Any] = {}
    for name, side in sides.items():
        figures[name] = {
            "serverCpuMicros": median(side.server_cpu) * 1e6,
            "postgresCpuMicros": median(side.postgres_cpu) * 1e6,
            **_latencies(side),
        }
    ours, limit = sides["ours"], sides["limit"]
    pairs = list(zip(ours.server_cpu, limit.server_cpu, strict=True))
    figures["requestsPerServerCpuSecond"] = median(theirs / own for own, theirs in pairs)
    both = [
        (tc + tp) / (oc + op)
        for oc, op, tc, tp in zip(
            ours.server_cpu, ours.postgres_cpu, limit.server_cpu, limit.postgres_cpu, strict=True
        )
    ]
    figures["requestsPerCpuSecond"] = median(both)
    return {**figures, **_latency_ratios(ours, limit)}
