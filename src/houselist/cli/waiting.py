"""What `providers` says of the jobs of an account group that wait."""

from __future__ import annotations

from datetime import datetime

import msgspec

from houselist.connections import store
from houselist.connections.shapes import Connected
from houselist.envelope import for_people
from houselist.jobs import waiting_store
from houselist.jobs.waiting import Waiting, WaitReason
from houselist.postgres import db

# What people are told of each.
WORDS: dict[WaitReason, str] = {
    "connection": "for the account to be connected",
    "budget": "for the next day's budget",
    "pace": "until the account's pace allows the next request",
    "throttled": "because the provider throttles the account",
    "failed": "because the provider failed",
}


class Shown(Connected, frozen=True):
    """A connection, and what its account group's jobs wait for."""

    waiting: list[Waiting]


async def describe(connection: db.Connection, account_group_id: bytes) -> Shown | None:
    """The account group's connection as shown, if it has one."""
    found = await store.describe(connection, account_group_id)
    if found is None:
        return None
    waiting = await waiting_store.get_waiting(connection, account_group_id)
    return Shown(**msgspec.structs.asdict(found), waiting=waiting)


def say_waiting(found: Shown) -> str:
    """A sentence for each thing that jobs wait for, to follow others; empty where none waits."""
    ends = "" if (found.status_details or "").endswith(".") else "."
    sentences = " ".join(map(_sentence, found.waiting))
    return f"{ends} {sentences}" if sentences else ""


def _sentence(each: Waiting) -> str:
    until = for_people(datetime.fromisoformat(each.until))
    if each.jobs == 1:
        return f"1 job waits {WORDS[each.reason]}, until {until}."
    return f"{each.jobs:,} jobs wait {WORDS[each.reason]}, the first of them until {until}."
