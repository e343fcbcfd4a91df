"""A connection, as stored and as shown. Pure."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - NamedTuple
from typing import Literal, NamedTuple, TypeAlias

import msgspec

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
    status: ConnectionStatus
    status_details: str | None


class Connected(msgspec.Struct, rename="camel", frozen=True):
    """A connection as shown. `used`: what is spent of today's budget, by kind."""

    account_group_id: str
    provider: str
    base_url: str
    provider_account_id: str
    api_version: str
    daily_limits: dict[Kind, int]
    used: dict[Kind, int]
    status: ConnectionStatus
    status_details: str | None
    checked_at: str
    created_at: str


class Spare(NamedTuple):
    """What was set aside of a day's budget and not needed."""

    day: date
    kind: Kind
    amount: int


class Spent(NamedTuple):
    """The day whose budget something was taken from; None where too little was left.

    `until`: when the next day's budget begins, by the same clock.
    """

    day: date | None
    until: datetime
