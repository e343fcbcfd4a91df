"""What is told of plans and credits, and what a job costs. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

EntryKind: TypeAlias = Literal["grant", "reserve", "settle", "refund"]


class Plan(msgspec.Struct, rename="camel", frozen=True):
    """What an account group may do.

    `max_results` caps that of each job; None: no cap. `credits` is what is left; it bounds jobs
    only where `metered`.
    """

    max_results: int | None
    metered: bool
    credits: int


class Entry(msgspec.Struct, rename="camel", frozen=True):
    """One movement of credits; `balance` is what was left after it.

    A grant is what an operator added or took away. A job's reserve is closed by its settle
    (completed) or refund (cancelled, failed), which give back what it did not cost, maybe nothing.
    """

    number: int
    kind: EntryKind
    amount: int
    balance: int
    job_id: str | None
    note: str | None
    created_at: str


def price(*, search_emails: bool) -> int:
    """Credits for each prospect that a job adds."""
    return 2 if search_emails else 1


def in_words(credits_: int) -> str:
    """`1 credit`, `1,200 credits`."""
    return f"{credits_:,} credit{'' if credits_ == 1 else 's'}"
