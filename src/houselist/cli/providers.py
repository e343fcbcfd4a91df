"""`houselist providers`: the outside account that an account group's jobs read people from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number

from houselist import config
from houselist.cli import connecting
from houselist.cli.database import transaction
from houselist.cli.groups import find, find_all, for_account
from houselist.cli.options import Account, Json
from houselist.cli.out import CommandError, misuse, show
from houselist.cli.pacing import NO_PACE_TYPED, PaceTyped
from houselist.cli.tables import show_items
from houselist.connections import resealing, store
from houselist.connections.opening import ProviderClients, account_of, name_of
from houselist.connections.shapes import Connected, Stored
from houselist.envelope import for_people
from houselist.jobs import waiting_store as waiting
from houselist.jobs.waiting import Waiting, WaitReason
from houselist.postgres import db
from houselist.providers.addresses import BadAddress
from houselist.providers.base import ReconnectNeeded
from houselist.providers.registry import PROVIDERS

app = App(name="providers")

# What is counted, whatever provider the account group had earlier in the day.
_WORDS = {
    kind: budget.words for each in PROVIDERS.values() for kind, budget in each.budgets.items()
}
_NOT_CONNECTED = "The account group is not connected: run `houselist providers connect`."
# What a new connection of the same account changes; it is throttled as before.
_NEWLY_CONNECTED: tuple[WaitReason, ...] = ("connection", "budget", "pace", "failed")
# What people are told of each reason to wait.
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


@app.command
async def connect(
    provider: Literal["unipile", "people_data_labs"],
    /,
    *,
    account: Account = None,
    dsn: str | None = None,
    account_id: str | None = None,
    api_version: Literal["v1", "v2", "v5"] | None = None,
    daily: list[str] | None = None,
    concurrency: Annotated[int, Parameter(validator=Number(gte=1, lte=100))] | None = None,
    typed: PaceTyped = NO_PACE_TYPED,
    unchecked: bool = False,
    json: Json = False,
) -> None:
    """Connect an account group to a provider's account. Jobs that waited for it continue.

    The provider's key comes from HOUSELIST_PROVIDER_API_KEY; without that variable, the command
    asks for it. The key is stored sealed. A new connection replaces the old one, with its --daily,
    --concurrency, --pace and working hours.

    Args:
        provider: Name of the provider.
        dsn: The provider's address: for Unipile v1, the DSN on its dashboard. Others need none.
        account_id: ID of the account at the provider: for Unipile, that of the LinkedIn account.
            People Data Labs has none: its key is the account.
        api_version: Version of the provider's API that the key is for: by default v1 of Unipile.
        daily: kind=number: how much of a kind a day may use, instead of the default. Kinds of
            Unipile: searchRows, salesRows, profiles, pages. Of People Data Labs: searchCredits,
            lookUpCredits. Repeat it for more of them.
        concurrency: How many calls at once the account can take: 1 by default, of a key alone 2.
        unchecked: Connect without asking the provider whether the account works.
    """
    settings = config.load()
    type_ = PROVIDERS[provider]
    version = connecting.read_version(type_, api_version, account_id)
    with misuse(BadAddress, words="--dsn: {}".format):
        url = type_.base_url(dsn, version, settings.provider_url_policy)
    limits = connecting.read_limits(type_, daily or [])
    pace = typed.read()
    connecting.refuse_without_secret(settings)
    key = connecting.ask_for_key()
    whose = connecting.account_of_key(type_, key) if account_id is None else account_id
    new = Stored(provider, url, whose, version, b"", limits, concurrency, pace=pace)
    made = await _connect(settings, account, new, key, unchecked=unchecked)
    words = f"Connected account group {made.account_group_id}. {made.status_details}"
    show(made, f"{words}{_say_waiting(made)}", json=json)


async def _connect(
    settings: config.Settings, account: str | None, new: Stored, key: str, *, unchecked: bool
) -> Shown:
    """Keeps the connection, and lets jobs continue that waited for it or for what it changes."""
    async with connecting.asking_providers(settings) as (shared, sealer):
        async with db.acquire(shared.pool) as connection:
            group = await find(connection, account)
        new = new._replace(sealed_key=sealer.seal(group, key))
        with misuse(ReconnectNeeded):
            opened = account_of(shared, group, new)
        words = "Not checked yet."
        if not unchecked:
            try:
                words = await connecting.ask_whether_it_works(opened)
            except ReconnectNeeded as error:
                raise CommandError(f"The account does not work: {error}") from error
        async with db.transaction(shared.pool) as connection:
            old = await store.find(connection, group)
            await store.save(connection, group, new, words)
            is_same = old is not None and name_of(old) == name_of(new)
            reasons = _NEWLY_CONNECTED if is_same else (*_NEWLY_CONNECTED, "throttled")
            return await _resume(connection, group, reasons)


async def _resume(
    connection: db.Connection, group: bytes, reasons: tuple[WaitReason, ...] = ("connection",)
) -> Shown:
    """Lets jobs that waited for these continue. Raises CommandError without a connection."""
    await waiting.resume(connection, group, reasons)
    found = await _describe(connection, group)
    if found is None:
        raise CommandError(_NOT_CONNECTED)
    return found


@app.command(name="list")
async def list_(*, json: Json = False) -> None:
    """List what account groups are connected to, without keys."""
    async with transaction() as connection:
        found = [await _describe(connection, group) for group in await find_all(connection)]
    account = "ACCOUNT GROUP", "PROVIDER", "ACCOUNT", "ADDRESS", "STATUS"
    header = *account, "USED TODAY", "PACE", "WORKING HOURS"
    show_items([each for each in found if each is not None], header, _row, json=json)


def _row(each: Shown) -> tuple[str, ...]:
    provider = f"{each.provider} {each.api_version}"
    used = ", ".join(f"{count:,} {_WORDS[kind]}" for kind, count in each.used.items())
    account = each.provider_account_id, each.base_url, each.status
    hours = " ".join(filter(None, (each.working_hours, each.working_days, each.time_zone)))
    pace = f"{each.pace} s" if each.pace else "-"
    return each.account_group_id, provider, *account, used or "-", pace, hours or "-"


@app.command
async def check(*, account: Account = None, json: Json = False) -> None:
    """Ask the provider whether an account group's account works.

    If so, jobs that waited for the account to be connected continue. Others, such as those of a
    throttled account, wait as long as before. A check costs nothing of the day's budget.
    """
    async with connecting.asking_providers(config.load()) as (shared, _):
        async with db.acquire(shared.pool) as connection:
            group = await find(connection, account)
            stored = await store.find(connection, group)
        if stored is None:
            raise CommandError(_NOT_CONNECTED)
        words = await _check(shared, group, stored)
        async with db.transaction(shared.pool) as connection:
            await store.note_status(connection, group, "connected", words, checked=True)
            found = await _resume(connection, group)
    show(found, f"It works. {found.status_details}{_say_waiting(found)}", json=json)


async def _check(shared: ProviderClients, group: bytes, stored: Stored) -> str:
    """What the provider says; an account that does not work is noted as such."""
    refused = "The account can't be opened"  # its key can't be read
    try:
        account = account_of(shared, group, stored)
        refused = "The account does not work"
        return await connecting.ask_whether_it_works(account)
    except ReconnectNeeded as error:
        async with db.acquire(shared.pool) as connection:
            await store.note_status(connection, group, "disconnected", str(error), checked=True)
        raise CommandError(f"{refused}: {error}") from error


@app.command
async def reseal(*, json: Json = False) -> None:
    """Seal the keys of all connections again, with the first secret of HOUSELIST_SECRET_KEY.

    Afterwards the other secrets are no longer needed.
    """
    async with (
        connecting.asking_providers(config.load()) as (shared, sealer),
        db.transaction(shared.pool) as connection,
    ):
        groups = await find_all(connection)
        resealed, failed = await resealing.reseal(connection, sealer, groups)
    unreadable = [group.hex() for group in failed]
    told = {"resealed": resealed, "unreadable": unreadable}
    show(told, f"Keys sealed again: {resealed}.", json=json)
    if unreadable:
        raise CommandError(
            "None of the secrets can read the keys of these account groups:"
            f" {', '.join(unreadable)}. Add the secret that sealed them, or connect them again."
        )


@app.command
async def disconnect(*, account: Account = None, json: Json = False) -> None:
    """Forget an account group's connection and its key. Jobs that need it wait for another."""
    async with for_account(account) as (connection, group):
        if not await store.remove(connection, group):
            raise CommandError(_NOT_CONNECTED)
    told = {"accountGroupId": group.hex(), "disconnected": True}
    show(told, f"Disconnected account group {group.hex()}.", json=json)


async def _describe(connection: db.Connection, account_group_id: bytes) -> Shown | None:
    """The account group's connection as shown, if it has one."""
    found = await store.describe(connection, account_group_id)
    if found is None:
        return None
    waits = await waiting.get_waiting(connection, account_group_id)
    return Shown(**msgspec.structs.asdict(found), waiting=waits)


def _say_waiting(found: Shown) -> str:
    """A sentence for each thing that jobs wait for, to follow others; empty where none waits."""
    ends = "" if (found.status_details or "").endswith(".") else "."
    sentences = " ".join(map(_sentence, found.waiting))
    return f"{ends} {sentences}" if sentences else ""


def _sentence(each: Waiting) -> str:
    until = for_people(datetime.fromisoformat(each.until))
    if each.jobs == 1:
        return f"1 job waits {WORDS[each.reason]}, until {until}."
    return f"{each.jobs:,} jobs wait {WORDS[each.reason]}, the first of them until {until}."
