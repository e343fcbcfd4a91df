"""A connection, as stored and as shown. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from houselist.connections.pace import Pace
from houselist.providers.base import Kind

ConnectionStatus: TypeAlias = Literal["connected", "disconnected"]


class Stored(NamedTuple):
    """A connection as the database keeps it. `sealed_key` is read by secrets.py alone."""

    provider: str
    base_url: str
    provider_account_id: str
    api_version: str
    sealed_key: bytes
    daily_limits: dict[Kind, int]
    concurrency: int | None
    status: ConnectionStatus = "connected"
    status_details: str | None = None
    pace: Pace = Pace()


class Connected(msgspec.Struct, rename="camel", frozen=True):
    """A connection as shown.

    `used`: what is spent of today's budget, by kind. `pace`: seconds between two requests of jobs,
    such as `20-60`; `working_hours`, such as `09:00-18:00`, are those of the `time_zone`.
    """

    account_group_id: str
    provider: str
    base_url: str
    provider_account_id: str
    api_version: str
    daily_limits: dict[Kind, int]
    used: dict[Kind, int]
    pace: str | None
    working_hours: str | None
    working_days: str | None
    time_zone: str | None
    status: ConnectionStatus
    status_details: str | None
    checked_at: str
    created_at: str


class Spare(NamedTuple):
    """What was set aside of a day's budget and may be given back."""

    day: date
    kind: Kind
    amount: int


class Spent(NamedTuple):
    """What was taken of a day's budget. `day`: None where too little was left, and nothing taken.

    `used`: what is gone of it; where nothing was taken, what was just before. `until`: when the
    next day's budget begins, by the same clock.
    """

    day: date | None
    taken: int
    used: int
    until: datetime
