"""`houselist providers`: the account outside that an account group's jobs read people from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from houselist import config
from houselist.accounts import store as account_groups
from houselist.cli import accounts
from houselist.cli.connecting import (
    NOT_CONNECTED,
    ask_for_key,
    ask_whether_it_works,
    described,
    open_new,
    read_address,
    read_limits,
    refuse_without_secret,
    sealer_of,
    with_outside,
)
from houselist.cli.database import with_pool
from houselist.cli.out import CommandError, say, say_json, say_table
from houselist.connections import store
from houselist.connections.accounts import WORDS
from houselist.connections.opening import account_of
from houselist.connections.secrets import CannotOpen
from houselist.connections.shapes import Stored
from houselist.jobs import store as jobs
from houselist.postgres import db
from houselist.providers.base import ReconnectNeeded

if TYPE_CHECKING:
    from houselist.connections.opening import ProviderClients
    from houselist.connections.shapes import Connected
    from houselist.postgres.db import Pool

app = App(name="providers", help="Connect account groups to providers of people.")


@app.command
def connect(
    provider: Literal["unipile"],
    /,
    *,
    account: str | None = None,
    dsn: str | None = None,
    account_id: str,
    api_version: Literal["v1", "v2"] = "v1",
    daily: list[str] | None = None,
    concurrency: Annotated[int, Parameter(validator=Number(gte=1, lte=100))] | None = None,
    unchecked: bool = False,
    json: bool = False,
) -> None:
    """Connect an account group to a provider's account. Jobs that waited for one go on.

    The provider's key comes from HOUSELIST_PROVIDER_API_KEY, else it is asked for. It is kept
    sealed. What the account group was connected to is replaced, --daily and --concurrency too.

    Parameters
    ----------
    provider
        Which one.
    account
        Id of the account group; needed where there are several.
    dsn
        The provider's address: for Unipile v1 the DSN of its dashboard. v2 needs none.
    account_id
        The account at the provider: for Unipile that of the LinkedIn account.
    api_version
        The version of the provider's API that the key is for.
    daily
        kind=number: what a day may cost, where that is not the default. Kinds: searchRows,
        salesRows, profiles, pages. Again for more of them.
    concurrency
        How many calls at once the account bears; 1 by default.
    unchecked
        Connect without asking the provider whether it works.
    json
        Print one JSON object and nothing else.
    """
    settings = config.load()
    url = read_address(dsn, api_version, settings)
    limits = read_limits(daily or [])
    refuse_without_secret(settings)
    key = ask_for_key()

    async def work(shared: ProviderClients) -> Connected:
        async with db.acquire(shared.pool) as connection:
            group = await accounts.find(connection, account)
        sealed = sealer_of(shared).seal(group, key)
        new = Stored(
            provider, url, account_id, api_version, sealed, limits, concurrency, "connected", None
        )
        return await _connect(shared, group, new, unchecked=unchecked)

    made = with_outside(settings, work)
    if json:
        say_json(made)
    else:
        say(f"Connected account group {made.account_group_id}. {made.status_details}")


async def _connect(
    shared: ProviderClients, group: bytes, new: Stored, *, unchecked: bool
) -> Connected:
    """Keeps a connection that can be right, and works where that is asked for."""
    opened = open_new(shared, group, new)
    words = "Not checked yet." if unchecked else await ask_whether_it_works(opened)
    async with db.transaction(shared.pool) as connection:
        await store.save(connection, group, new, words)
        await jobs.resume(connection, group)
        return await described(connection, group)


@app.command(name="list")
def list_(*, json: bool = False) -> None:
    """List what account groups are connected to, without keys.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """

    async def work(pool: Pool) -> list[Connected]:
        async with db.acquire(pool) as connection:
            groups = [bytes.fromhex(each.id) for each in await account_groups.get_all(connection)]
            found = [await store.describe(connection, group) for group in groups]
        return [each for each in found if each is not None]

    found = with_pool(work)
    if json:
        say_json({"items": found})
        return
    say_table(
        ("ACCOUNT GROUP", "PROVIDER", "ACCOUNT", "ADDRESS", "STATUS", "USED TODAY"),
        [
            (
                each.account_group_id,
                f"{each.provider} {each.api_version}",
                each.provider_account_id,
                each.base_url,
                each.status,
                _used(each),
            )
            for each in found
        ],
    )


def _used(connected: Connected) -> str:
    return ", ".join(f"{count:,} {WORDS[kind]}" for kind, count in connected.used.items()) or "-"


@app.command
def check(*, account: str | None = None, json: bool = False) -> None:
    """Ask the provider whether an account group's account works. If so, jobs that wait go on.

    Parameters
    ----------
    account
        Id of the account group; needed where there are several.
    json
        Print one JSON object and nothing else.
    """
    settings = config.load()
    refuse_without_secret(settings)

    async def work(shared: ProviderClients) -> Connected:
        async with db.acquire(shared.pool) as connection:
            group = await accounts.find(connection, account)
            stored = await store.find(connection, group)
        if stored is None:
            raise CommandError(NOT_CONNECTED)
        words = await _check(shared, group, stored)
        async with db.transaction(shared.pool) as connection:
            await store.note_status(connection, group, "connected", words, checked=True)
            await jobs.resume(connection, group)
            return await described(connection, group)

    found = with_outside(settings, work)
    if json:
        say_json(found)
    else:
        say(f"It works. {found.status_details}")


async def _check(shared: ProviderClients, group: bytes, stored: Stored) -> str:
    """What the provider says; an account that does not work is noted as such."""
    try:
        return await ask_whether_it_works(account_of(shared, group, stored))
    except ReconnectNeeded as error:  # its key can't be read
        reason, words = str(error), f"The account can't be opened: {error}"
    except CommandError as error:
        if not isinstance(error.__cause__, ReconnectNeeded):
            raise
        reason, words = str(error.__cause__), str(error)
    async with db.acquire(shared.pool) as connection:
        await store.note_status(connection, group, "disconnected", reason, checked=True)
    raise CommandError(words)


@app.command
def reseal(*, json: bool = False) -> None:
    """Seal the keys of all connections anew, with the first secret of HOUSELIST_SECRET_KEY.

    After it the other secrets are not needed any more.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """
    settings = config.load()
    refuse_without_secret(settings)

    async def work(shared: ProviderClients) -> tuple[int, list[str]]:
        sealer, resealed, unreadable = sealer_of(shared), 0, list[str]()
        async with db.transaction(shared.pool) as connection:
            for each in await account_groups.get_all(connection):
                group = bytes.fromhex(each.id)
                stored = await store.find(connection, group)
                if stored is None:
                    continue
                try:
                    key = sealer.reseal(group, stored.sealed_key)
                except CannotOpen:
                    unreadable.append(each.id)
                    continue
                await store.replace_key(connection, group, stored.sealed_key, key)
                resealed += 1
        return resealed, unreadable

    resealed, unreadable = with_outside(settings, work)
    if json:
        say_json({"resealed": resealed, "unreadable": unreadable})
    else:
        say(f"Keys sealed anew: {resealed}.")
    if unreadable:
        raise CommandError(
            "The keys of these account groups can't be read with any of the secrets:"
            f" {', '.join(unreadable)}. Add the one they were sealed with, or connect them again."
        )


@app.command
def disconnect(*, account: str | None = None, json: bool = False) -> None:
    """Forget an account group's connection and its key. Jobs that need it wait for another.

    Parameters
    ----------
    account
        Id of the account group; needed where there are several.
    json
        Print one JSON object and nothing else.
    """

    async def work(pool: Pool) -> bytes:
        async with db.transaction(pool) as connection:
            group = await accounts.find(connection, account)
            if not await store.remove(connection, group):
                raise CommandError(NOT_CONNECTED)
        return group

    group = with_pool(work)
    if json:
        say_json({"accountGroupId": group.hex(), "disconnected": True})
    else:
        say(f"Disconnected account group {group.hex()}.")
