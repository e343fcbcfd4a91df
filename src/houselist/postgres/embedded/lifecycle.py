"""Bringing the server up and down, to be called in one's turn (the `turn` lock).

The `server` lock is inherited by all of PostgreSQL's processes, initdb's too: when it is free,
none of them lives. Neither a reused process id nor a zombie can fool it.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from houselist.postgres.embedded import cluster
from houselist.postgres.embedded.account import run, send_signal
from houselist.postgres.embedded.binaries import find_binaries, major_version, remove_other_copies
from houselist.postgres.embedded.errors import EmbeddedError
from houselist.postgres.embedded.layout import SOCKET, own_folder, socket_place
from houselist.postgres.embedded.locks import POLL_SECONDS, take_if_free
from houselist.postgres.embedded.processes import answers, log_since, processes, read_postmaster

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from houselist.postgres.embedded.account import Account
    from houselist.postgres.embedded.layout import Layout

START_SECONDS = 600.0  # replaying a few gigabytes of log after a crash takes its time
FAST_STOP_SECONDS = 60.0  # then without a checkpoint, which the next start makes up for
ORPHAN_SECONDS = 1.0  # a dead postmaster's children leave by themselves, save a busy one
DEAF_SECONDS = 15.0  # a postmaster that nobody can reach: its socket was removed
IN_BACKGROUND = '"$@" &'  # by a shell that leaves at once, so the server is nobody's child


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, where, and as whom."""

    layout: Layout
    account: Account
    own_binaries: Path | None
    settings: Mapping[str, str]


def bring_up(plan: Plan) -> tuple[Path, bool]:
    """Have a server that is ready. Its socket's folder, and whether it had to be started."""
    free = _settle(plan)
    started = free is not None
    if free is not None:
        try:
            log_offset = _launch(plan, free)
        finally:
            os.close(free)  # from here on the server's processes alone hold it
        free = _settle(plan)
        if free is not None:
            os.close(free)
            said = cluster.tail(log_since(plan.layout, log_offset))
            raise EmbeddedError(
                f"PostgreSQL did not start. Its log {plan.layout.log} ends with: {said}"
            )
    return _ready(plan), started


def stop(plan: Plan) -> None:
    """End the server and wait until all its processes are gone."""
    free = _settle(plan, stopping=True)
    if free is not None:
        os.close(free)
    place = socket_place(plan.layout, plan.account)
    if plan.layout.root not in place.parents:
        with contextlib.suppress(OSError):  # litter at worst
            place.rmdir()


def _settle(plan: Plan, *, stopping: bool = False) -> int | None:
    """Wait until a server is ready (None), or none is left: then its lock, taken.

    With `stopping` it is told to end, as is one that somebody told to end at its leisure.
    """
    layout, account = plan.layout, plan.account
    since = time.monotonic()
    sent: set[str] = set()
    while (free := take_if_free(layout.server_lock)) is None:
        waited = time.monotonic() - since
        postmaster = read_postmaster(layout)
        if postmaster is None or not answers(postmaster.socket_folder):
            _end_unreachable(plan, waited)
        elif stopping or postmaster.status == "stopping":
            signal = "INT" if waited < FAST_STOP_SECONDS else "QUIT"
            if signal not in sent:
                send_signal(account, signal, [postmaster.pid])
                sent.add(signal)
        elif postmaster.status == "ready":
            return None
        if waited > START_SECONDS:
            raise EmbeddedError(
                f"PostgreSQL has been neither ready nor gone for {waited:.0f} seconds:"
                f" see its log {layout.log}."
            )
        time.sleep(POLL_SECONDS)
    return free


def _end_unreachable(plan: Plan, waited: float) -> None:
    """Kill what a dead postmaster left behind, so that its shared memory comes free.

    A living one listens before it has children: where children are found and still nobody
    listens after that, it is dead.
    """
    if waited < ORPHAN_SECONDS:
        return
    deaf = waited > DEAF_SECONDS
    left = processes(plan.layout, plan.account.uid, postmaster=deaf)
    postmaster = read_postmaster(plan.layout)
    if postmaster is None or not answers(postmaster.socket_folder):
        send_signal(plan.account, "KILL", left)


def _launch(plan: Plan, lock: int) -> int:
    """With no process of an earlier server left, start one. The log's size before that."""
    layout, account = plan.layout, plan.account
    binaries = find_binaries(layout, account, plan.own_binaries)
    major = major_version(binaries, account)
    if not cluster.check_cluster(layout, account, major):
        initdb = cluster.initdb_command(layout, binaries, major, plan.settings)
        cluster.create_cluster(layout, account, initdb, lock)
    remove_other_copies(layout, binaries)
    cluster.write_access_rules(layout, account)
    place = socket_place(layout, account)
    own_folder(place, account, mode=0o700, for_server=True)
    # The process id in a stale lock file may be a zombie's or another program's by now, and
    # PostgreSQL would take that for a living server. It still guards its shared memory itself.
    for stale in (layout.pgdata / "postmaster.pid", place / SOCKET, place / f"{SOCKET}.lock"):
        stale.unlink(missing_ok=True)
    command = cluster.start_command(layout, binaries, place, plan.settings)
    log = cluster.open_log(layout)
    try:
        offset = os.fstat(log).st_size
        run(account, ["/bin/sh", "-c", IN_BACKGROUND, "sh", *command], log=log, keep=lock)
    finally:
        os.close(log)
    return offset


def _ready(plan: Plan) -> Path:
    """See that the ready server has our database; its socket's folder."""
    postmaster = read_postmaster(plan.layout)
    if postmaster is None:
        raise EmbeddedError("The embedded database ended right after its start: try again.")
    if not plan.layout.has_database.exists():
        binaries = find_binaries(plan.layout, plan.account, plan.own_binaries)
        cluster.create_database(plan.layout, plan.account, binaries, postmaster.socket_folder)
    return postmaster.socket_folder
