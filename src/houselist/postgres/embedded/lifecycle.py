"""Starting and stopping the server. The caller holds the lifecycle lock.

All of PostgreSQL's processes, initdb included, inherit the `server` lock: when it is free, none of
them is alive. Neither a reused process id nor a zombie can fool it.
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
from houselist.postgres.embedded.layout import SOCKET, own_folder, socket_folder
from houselist.postgres.embedded.locks import POLL_SECONDS, take_if_free
from houselist.postgres.embedded.processes import (
    is_listening,
    log_since,
    processes,
    read_postmaster,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from houselist.postgres.embedded.account import SystemUser
    from houselist.postgres.embedded.layout import Layout

START_SECONDS = 600.0  # replaying a few gigabytes of WAL after a crash takes long
FAST_STOP_SECONDS = 60.0  # after that, stop without a checkpoint; the next start replays the WAL
ORPHAN_SECONDS = 1.0  # a dead postmaster's children exit by themselves, unless they are busy
DEAF_SECONDS = 15.0  # a live postmaster that nobody can reach: its socket was removed
IN_BACKGROUND = '"$@" &'  # the shell exits at once, so the server is not our child


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, where, and as whom."""

    layout: Layout
    account: SystemUser
    own_binaries: Path | None
    settings: Mapping[str, str]


def bring_up(plan: Plan) -> tuple[Path, bool]:
    """See that a server is ready. Returns its socket's folder, and whether it had to be started."""
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
    folder = socket_folder(plan.layout, plan.account)
    if plan.layout.root not in folder.parents:
        with contextlib.suppress(OSError):  # litter at worst
            folder.rmdir()


def _settle(plan: Plan, *, stopping: bool = False) -> int | None:
    """Wait until the server is ready (returns None) or gone (returns its lock, held).

    With `stopping`, tells it to stop; likewise a server that is already stopping, but slowly.
    """
    layout, account = plan.layout, plan.account
    since = time.monotonic()
    sent: set[str] = set()
    while (free := take_if_free(layout.server_lock)) is None:
        waited = time.monotonic() - since
        postmaster = read_postmaster(layout)
        if postmaster is None or not is_listening(postmaster.socket_folder):
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
                f"PostgreSQL has neither started nor stopped within {waited:.0f} seconds:"
                f" see its log {layout.log}."
            )
        time.sleep(POLL_SECONDS)
    return free


def _end_unreachable(plan: Plan, waited: float) -> None:
    """Kill what a dead postmaster left behind, to free its shared memory.

    A live one listens before it has children: if there are children and still nobody listens, it
    is dead.
    """
    if waited < ORPHAN_SECONDS:
        return
    deaf = waited > DEAF_SECONDS
    left = processes(plan.layout, plan.account.uid, postmaster=deaf)
    postmaster = read_postmaster(plan.layout)
    if postmaster is None or not is_listening(postmaster.socket_folder):
        send_signal(plan.account, "KILL", left)


def _launch(plan: Plan, lock: int) -> int:
    """Start a server; no process of an earlier one is left. Returns the log's size before."""
    layout, account = plan.layout, plan.account
    binaries = find_binaries(layout, account, plan.own_binaries)
    major = major_version(binaries, account)
    if not cluster.check_cluster(layout, account, major):
        initdb = cluster.initdb_command(layout, binaries, major, plan.settings)
        cluster.create_cluster(layout, account, initdb, lock)
    remove_other_copies(layout, binaries)
    cluster.write_access_rules(layout, account)
    folder = socket_folder(layout, account)
    own_folder(folder, account, mode=0o700, for_server=True)
    # The process id in a stale lock file may by now be a zombie's or another program's, and
    # PostgreSQL would take that for a live server. It still guards its shared memory itself.
    for stale in (layout.pgdata / "postmaster.pid", folder / SOCKET, folder / f"{SOCKET}.lock"):
        stale.unlink(missing_ok=True)
    command = cluster.start_command(layout, binaries, folder, plan.settings)
    log = cluster.open_log(layout)
    try:
        offset = os.fstat(log).st_size
        run(account, ["/bin/sh", "-c", IN_BACKGROUND, "sh", *command], log=log, keep=lock)
    finally:
        os.close(log)
    return offset


def _ready(plan: Plan) -> Path:
    """See that the server has our database. Returns the folder of its socket."""
    postmaster = read_postmaster(plan.layout)
    if postmaster is None:
        raise EmbeddedError("The embedded database stopped right after it started: try again.")
    if not plan.layout.has_database.exists():
        binaries = find_binaries(plan.layout, plan.account, plan.own_binaries)
        cluster.create_database(plan.layout, plan.account, binaries, postmaster.socket_folder)
    return postmaster.socket_folder
