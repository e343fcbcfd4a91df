"""The table at the end of a benchmark, with what is wanted beside what was reached."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from benchmarks import combining, console, exporting, growth, members, search, uploading

if TYPE_CHECKING:
    from collections.abc import Callable

_WANTED_MEMORY = 30e6


def show(figures: dict[str, Any]) -> None:
    """Prints medians and ratios. Ratios come from pairs of one run; single times say little."""
    for row in figures.get("reads", []):
        _read(row)
    if reads := {row["case"]: row for row in figures.get("reads", [])}:
        first, deep = (
            reads[name]["ours"] for name in ("prospects, first page", "prospects, 10,000th page")
        )
        ratio = _cost(deep) / _cost(first)
        _line("10,000th page against the first, CPU", ratio, "<= 1.10", ratio <= 1.10)
    for part, show_part in _PARTS.items():
        if part in figures:
            show_part(figures[part])


def _cost(side: dict[str, float]) -> float:
    return side["serverCpuMicros"] + side["postgresCpuMicros"]


def _read(row: dict[str, Any]) -> None:
    print(f"\n{row['case']}  ({row['rounds']} rounds of {row['requests']} requests, 4 connections)")
    for name in ("limit", "ours"):
        side = row[name]
        print(
            f"  {name:6} server {side['serverCpuMicros']:9.0f} µs CPU, PostgreSQL"
            f" {side['postgresCpuMicros']:9.0f} µs CPU, p50 {side['p50Millis']:8.2f} ms,"
            f" p99 {side['p99Millis']:8.2f} ms"
        )
    if row["case"] == "navigation":
        ratio = row["p50Ratio"]
        _line("  time against the bare query", ratio, "<= 1.50", ratio <= 1.50)
        return
    wanted = 0.70 if row["case"] == "audience" else 0.75
    ratio = row["requestsPerCpuSecond"]
    _line("  requests a CPU second, with PostgreSQL's", ratio, f">= {wanted:.2f}", ratio >= wanted)
    _line("  the same of the server alone", row["requestsPerServerCpuSecond"])
    for tail in row.get("tails", []):
        _tail(tail)


def _tail(tail: dict[str, Any]) -> None:
    ours, limit, at_once = tail["ours"], tail["limit"], tail["connections"]
    print(
        f"  {at_once:2} at once: p50 {limit['p50Millis']:6.2f} ms, ours {ours['p50Millis']:6.2f};"
        f" p99 {limit['p99Millis']:6.2f} ms, ours {ours['p99Millis']:6.2f}"
    )
    what = f"  p99 against the limit's, {at_once} at once"
    _line(what, tail["p99Ratio"], "<= 3.00", tail["p99Ratio"] <= 3.00)


def _start(figures: dict[str, Any]) -> None:
    print(f"\n`houselist serve` until it is ready  ({figures['rounds']} rounds)")
    exists, none = figures["databaseMedian"], figures["noDatabaseMedian"]
    _line("  on a database that exists, seconds", exists, "<= 2.00", exists <= 2)
    _line("  on none, seconds", none, "<= 5.00", none <= 5)


def _import(figures: dict[str, Any]) -> None:
    rows = figures["rows"]
    rounds = list(zip(figures["import"], figures["again"], figures["copy"], strict=True))
    print(f"\nimport of {rows:,} rows  ({figures['rounds']} rounds)")
    for first, again, copy in rounds:
        print(
            f"  plain COPY {copy['copySeconds']:6.1f} s, PostgreSQL CPU"
            f" {copy['postgresCpuSeconds']:5.1f} s; upload {first['uploadSeconds']:5.1f} s"
        )
        for name, job in (("first", first), ("again", again)):
            print(
                f"  {name} job  {job['jobSeconds']:6.1f} s, PostgreSQL CPU"
                f" {job['postgresCpuSeconds']:5.1f} s, worker CPU {job['workerCpuSeconds']:5.1f} s"
            )
    ratio = statistics.median(copy["copySeconds"] / one["jobSeconds"] for one, _, copy in rounds)
    _line("  rows/s of the job against COPY", ratio, ">= 0.60", ratio >= 0.60)
    whole = statistics.median(
        copy["copySeconds"] / (one["jobSeconds"] + one["uploadSeconds"]) for one, _, copy in rounds
    )
    _line("  the same with the upload counted", whole, ">= 0.45", whole >= 0.45)
    again = statistics.median(one["jobSeconds"] / two["jobSeconds"] for one, two, _ in rounds)
    _line("  rows/s of the same file again against first", again, ">= 1.00", again >= 1.0)
    peak = max(job["peakMemoryBytes"] for name in ("import", "again") for job in figures[name])
    grown = peak - figures["small"]["peakMemoryBytes"]
    small = grown < _WANTED_MEMORY
    _line("  worker memory grown since 10,000 rows, MB", grown / 1e6, "< 30", small)


def _export(figures: dict[str, Any]) -> None:
    print(f"\nexport over HTTP  ({figures['rounds']} rounds)")
    copied = statistics.median(each["seconds"] for each in figures["copy"])
    print(f"  COPY of the same columns {copied:6.2f} s")
    for name, wanted in exporting.FORMATS.items():
        seconds = statistics.median(each["seconds"] for each in figures[name])
        cpu = statistics.median(each["serverCpuSeconds"] for each in figures[name])
        print(f"  {name:7} {seconds:6.2f} s, server CPU {cpu:6.2f} s")
        ratio = figures["ratios"][name]
        _line(f"  {name} against COPY", ratio, f">= {wanted:.2f}", ratio >= wanted)
    for name in ("parquet", "xlsx"):
        one = figures[name]
        print(
            f"  {name:7} {one['seconds']:6.2f} s, first byte after {one['firstByteSeconds']:.1f} s"
        )
    grown = figures["grownBytes"] / 1e6
    _line("  server memory grown since the first, MB", grown, "< 30", grown < 30)


def _taking_back(figures: dict[str, Any]) -> None:
    print(f"\ndry run, import and undo of {figures['rows']:,} rows")
    names = ("dryRun", "import", "undo")
    for jobs in zip(*(figures[name] for name in names), strict=True):
        for name, job in zip(names, jobs, strict=True):
            print(
                f"  {name:6} {job['jobSeconds']:6.1f} s, PostgreSQL CPU"
                f" {job['postgresCpuSeconds']:5.1f} s, worker CPU {job['workerCpuSeconds']:5.1f} s,"
                f" peak {job['peakMemoryBytes'] / 1e6:.0f} MB"
            )
    for name in ("dryRun", "undo"):
        ratio = statistics.median(
            one["jobSeconds"] / other["jobSeconds"]
            for one, other in zip(figures["import"], figures[name], strict=True)
        )
        _line(f"  rows/s of the {name} against the import's", ratio, ">= 1.00", ratio >= 1)


def _pace(figures: dict[str, Any]) -> None:
    pairs = list(zip(figures["import"], figures["bare"], strict=True))
    print(f"\nimport of {figures['pages']} pages of 100 from a provider that takes 20 ms for each")
    for ours, bare in pairs:
        print(f"  import stage {ours:6.2f} s, the same calls alone {bare:6.2f} s")
    ratio = statistics.median(bare / ours for ours, bare in pairs)
    _line("  the provider's share of the import's time", ratio, ">= 0.85", ratio >= 0.85)


def _fairness(figures: dict[str, Any]) -> None:
    median, largest = figures["medianSeconds"], figures["largestSeconds"]
    print(f"\n{figures['jobs']} jobs of {figures['groups']} account groups on two workers")
    print(f"  waits of account groups: median {median:.1f} s, largest {largest:.1f} s")
    _line("  largest wait against the median", largest / median, "<= 3.00", largest <= 3 * median)
    most = figures["mostCallsAtOnceOfAnAccount"]
    _line("  most calls at once of one account", most, "1", most == 1)


def _line(
    what: str,
    value: float,
    wanted: str = "",
    reached: bool | None = None,
) -> None:
    verdict = {True: "reached", False: "SHORT", None: ""}[reached]
    print(f"  {what:46} {value:8.2f}   {wanted:8} {verdict}")


_PARTS: dict[str, Callable[[Any], None]] = {
    "search": search.show,
    "members": lambda found: members.show(found, _line),
    "growth": growth.show,
    "start": _start,
    "uploads": lambda found: uploading.show(found, _line),
    "import": _import,
    "combine": combining.show,
    "export": _export,
    "console": lambda found: console.show(found, _line),
    "takingBack": _taking_back,
    "pace": _pace,
    "fairness": _fairness,
}
