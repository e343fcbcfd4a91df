"""Opening an account group's provider: its connection, else its directory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from houselist.connections import store
from houselist.connections.accounts import DIRECTORY, Account, RetryPolicy
from houselist.connections.gate import Gate
from houselist.connections.secrets import CannotOpen, Sealer
from houselist.directory import store as directory
from houselist.postgres import db
from houselist.providers.base import ReconnectNeeded, UserError
from houselist.providers.directory import Directory
from houselist.providers.registry import PROVIDERS
from houselist.providers.wire import Timeouts, make_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.config import Settings
    from houselist.connections.pace import Pace
    from houselist.connections.shapes import Stored
    from houselist.providers.base import Kind, Provider
    from houselist.providers.wire import Client


class NoProvider(Exception):
    """No provider is connected, and the directory is empty."""


@dataclass(frozen=True, slots=True)
class ProviderClients:
    """What one process shares to reach providers."""

    pool: db.Pool
    gate: Gate
    client: Client
    sealer: Sealer | None
    retry_policy: RetryPolicy


@asynccontextmanager
async def provider_clients(
    settings: Settings, dsn: str, pool: db.Pool, retry_policy: RetryPolicy
) -> AsyncGenerator[ProviderClients]:
    """What a process needs to ask providers, for as long as the block runs."""
    gate = Gate(dsn, settings.job_takeover)
    sealer = Sealer(settings.secret_key) if settings.secret_key else None
    # Requests that wait here are told soon when a provider can't be reached.
    timeouts = Timeouts(connect=min(Timeouts().connect, retry_policy.max_wait))
    async with make_client(settings.provider_url_policy, timeouts=timeouts) as client:
        try:
            yield ProviderClients(pool, gate, client, sealer, retry_policy)
        finally:
            await gate.close()


async def find_account(shared: ProviderClients, account_group_id: bytes) -> Account:
    """The account group's provider: what it is connected to, else its directory.

    Raises NoProvider, ReconnectNeeded (its key can't be read) or Upstream.
    """
    async with db.acquire(shared.pool) as connection:
        stored = await store.find(connection, account_group_id)
        if stored is None and not await directory.has_people(connection, account_group_id):
            raise NoProvider
    if stored is not None:
        return account_of(shared, account_group_id, stored)
    provider = Directory(shared.pool, account_group_id)
    return Account(
        shared.pool,
        shared.gate,
        shared.retry_policy,
        account_group_id,
        provider,
        {},
        DIRECTORY,
        provider.concurrency,
    )


def account_of(shared: ProviderClients, account_group_id: bytes, stored: Stored) -> Account:
    """What a connection leads to; nothing is asked yet. Raises ReconnectNeeded, as open_stored."""
    provider = open_stored(shared, account_group_id, stored)
    _refuse_unknown_zone(stored.pace)
    return Account(
        shared.pool,
        shared.gate,
        shared.retry_policy,
        account_group_id,
        provider,
        {**_defaults(provider), **stored.daily_limits},
        name_of(stored),
        stored.concurrency or provider.concurrency,
        is_connected=stored.status == "connected",
        pace=stored.pace,
    )


def _refuse_unknown_zone(pace: Pace) -> None:
    """Raises ReconnectNeeded: hosts know time zones from packages of their own."""
    if pace.hours is None:
        return
    try:
        ZoneInfo(pace.hours.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ReconnectNeeded(
            f"The time zone {pace.hours.time_zone} of the working hours is not known here. Update"
            " the package tzdata, or connect the account again with another one."
        ) from None


def _defaults(provider: Provider) -> dict[Kind, int]:
    budgets = provider.budgets.items()
    return {kind: budget.limit for kind, budget in budgets if budget.limit is not None}


def name_of(stored: Stored) -> str:
    """What tells accounts apart: a cursor belongs to one of them."""
    return f"{stored.provider} {stored.api_version} {stored.provider_account_id} {stored.base_url}"


def open_stored(shared: ProviderClients, account_group_id: bytes, stored: Stored) -> Provider:
    """The provider behind a connection.

    Raises ReconnectNeeded when its key can't be read, or its settings can't be right.
    """
    if shared.sealer is None:
        raise ReconnectNeeded(
            "The provider's key can't be read because HOUSELIST_SECRET_KEY is not set here. Set the"
            " secret it was sealed with."
        )
    try:
        key = shared.sealer.open(account_group_id, stored.sealed_key)
    except CannotOpen:
        raise ReconnectNeeded(
            "The provider's key can't be read with this HOUSELIST_SECRET_KEY. Set the secret it was"
            " sealed with, or connect the account again."
        ) from None
    try:
        return PROVIDERS[stored.provider].open(
            shared.client,
            base_url=stored.base_url,
            account_id=stored.provider_account_id,
            key=key,
            api_version=stored.api_version,
        )
    except UserError as error:
        raise ReconnectNeeded(str(error)) from error
