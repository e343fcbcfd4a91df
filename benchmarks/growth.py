"""Whether reads grow with an audience: the same reads of a small and a large one, in turns.

Each request of a kind asks for another page, person or rows, spread over the whole audience, so
that the large one can't be answered from the few pages that PostgreSQL has in its memory.
"""

from __future__ import annotations

import statistics
import time
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks import dataset, load
from benchmarks.databases import fresh_database
from benchmarks.processes import cpu_of, serving
from houselist.paging import sign_number

if TYPE_CHECKING:
    from collections.abc import Callable

_RATE = "1000000/second"
_PAGE = 100
_CONNECTIONS = 4
# A prime, so that requests go everywhere.
_STRIDE = 7_919
_WANTED = 1.2


@dataclass
class Side:
    """One audience and the server that reads it."""

    members: int
    data: dataset.DataSet
    port: int
    pid: int

    def path(self, rest: str = "") -> str:
        return f"/v1/accounts/{self.data.group}/{rest}"

    def spread(self, number: int, of: int) -> int:
        """Where the request of this number looks: a position in the audience."""
        return (number * _STRIDE) % of * (self.members - _PAGE) // of


def _cases() -> dict[str, tuple[Callable[[Side, int], str], int]]:
    """By name: what a request of some number asks for, and how many requests a round has."""

    def page(side: Side, after: int) -> str:
        scope = f"prospects/{side.data.group}/{side.data.audience}"
        cursor = sign_number(scope, after)
        return side.path(f"audiences/{side.data.audience}/prospects?limit={_PAGE}&cursor={cursor}")

    def rows(side: Side, number: int) -> str:
        scope = f"rows/{side.data.group}/{side.data.audience}/None"
        cursor = sign_number(scope, side.spread(number, 400))
        return side.path(f"prospecting/{side.data.audience}/rows?limit={_PAGE}&cursor={cursor}")

    return {
        "one audience": (lambda side, _: side.path(f"audiences/{side.data.audience}"), 2_000),
        "first page": (lambda side, _: page(side, 0), 400),
        "pages all over": (lambda side, number: page(side, side.spread(number, 400)), 400),
        "last page": (lambda side, _: page(side, side.members - _PAGE), 400),
        "a job's rows all over": (rows, 400),
        "a person by id": (
            lambda side, number: side.path(f"prospects/{1 + side.spread(number, 2_000):024x}"),
            2_000,
        ),
        "a person by provider's id": (
            lambda side, number: side.path(
                f"prospects/by-provider-id/S{1 + side.spread(number, 2_000)}"
            ),
            2_000,
        ),
        "audiences": (lambda side, _: side.path(f"audiences?limit={_PAGE}"), 400),
        "navigation": (lambda side, _: side.path("audiences/navigation"), 24),
    }


async def measure(
    server_dsn: str, postmaster: int, sizes: list[int], rounds: int
) -> list[dict[str, Any]]:
    """One row of figures for every read; `sizes` are the members of two audiences."""
    async with AsyncExitStack() as stack:
        sides = []
        for members in sizes:
            dsn = await stack.enter_async_context(fresh_database(server_dsn, f"growth_{members}"))
            started = time.perf_counter()
            data = await dataset.build(dsn, members)
            print(f"{members:,} members built in {time.perf_counter() - started:.0f} s", flush=True)
            sides.append(stack.enter_context(_served(dsn, members, data)))
        return await measure_sides(sides, postmaster, rounds)


async def measure_sides(sides: list[Side], postmaster: int, rounds: int) -> list[dict[str, Any]]:
    return [
        {"case": name, "requests": case[1], **await _case(*case, sides, postmaster, rounds)}
        for name, case in _cases().items()
    ]


@contextmanager
def _served(dsn: str, members: int, data: dataset.DataSet):
    """The side, while its server runs."""
    with serving("houselist.app:from_environment", dsn, HOUSELIST_RATE_LIMIT=_RATE) as found:
        port, process = found
        yield Side(members, data, port, process.pid)


async def _case(
    ask: Callable[[Side, int], str],
    requests: int,
    sides: list[Side],
    postmaster: int,
    rounds: int,
) -> dict[str, Any]:
    found: list[list[tuple[float, float]]] = [[] for _ in sides]
    # The first round warms both up and is not counted.
    for number in range(rounds + 1):
        for side, figures in zip(sides, found, strict=True):
            paths = [ask(side, each) for each in range(requests)]
            before = cpu_of(side.pid) + cpu_of(postmaster)
            done = await load.run_all(
                side.port, paths, connections=_CONNECTIONS, token=side.data.token
            )
            cpu = (cpu_of(side.pid) + cpu_of(postmaster) - before) / requests
            if number:
                figures.append((cpu, done.quantile(0.5)))
    small, large = found
    ratio = [
        statistics.median(more[each] / less[each] for less, more in zip(small, large, strict=True))
        for each in (0, 1)
    ]
    return {
        "rounds": rounds,
        **{
            f"{side.members}": {
                "cpuMicros": statistics.median(each[0] for each in figures) * 1e6,
                "p50Millis": statistics.median(each[1] for each in figures) * 1e3,
            }
            for side, figures in zip(sides, found, strict=True)
        },
        "cpuRatio": ratio[0],
        "p50Ratio": ratio[1],
    }


def show(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        small, large = (side for side in row.values() if isinstance(side, dict))
        verdict = "reached" if max(row["cpuRatio"], row["p50Ratio"]) <= _WANTED else "SHORT"
        print(
            f"  {row['case']:26} {small['cpuMicros']:6.0f} -> {large['cpuMicros']:6.0f} µs CPU"
            f" ({row['cpuRatio']:.2f}), p50 {small['p50Millis']:6.2f} -> {large['p50Millis']:6.2f}"
            f" ms ({row['p50Ratio']:.2f})   <= {_WANTED:.2f} {verdict}"
        )
