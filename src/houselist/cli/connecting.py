"""What `providers.py` needs: reading what is typed, and asking a provider."""

from __future__ import annotations

import getpass
import hashlib
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from houselist import config
from houselist.cli.database import database, make_pool
from houselist.cli.interrupts import interruptible
from houselist.cli.options import read_number
from houselist.cli.out import CommandError, UsageError
from houselist.connections.accounts import Account, RetryPolicy
from houselist.connections.opening import ProviderClients, provider_clients
from houselist.connections.secrets import Sealer
from houselist.envelope import for_people
from houselist.providers.base import Kind, ProviderError, ReconnectNeeded, TryLater
from houselist.providers.provider_type import ProviderType
from houselist.providers.wire import HEADER_VALUE

_RETRY_POLICY = RetryPolicy(attempts=2, max_wait=10)
_MAX_DAILY = 1_000_000
_CANNOT_SEAL = (
    "HOUSELIST_SECRET_KEY is not set, so providers' keys can be neither sealed nor read. Run"
    " `openssl rand -base64 32` once, and set the variable to what it prints, here and for every"
    " server and worker."
)


def read_version(provider: ProviderType, given: str | None, account_id: str | None) -> str:
    """The version of the provider's API, once the account is one that it has. Raises UsageError."""
    _check_account_id(provider, account_id)
    if given is None:
        return provider.api_versions[0]
    if given not in provider.api_versions:
        versions = " or ".join(provider.api_versions)
        raise UsageError(f"--api-version {given}: {provider.title} has {versions}.")
    return given


def _check_account_id(provider: ProviderType, given: str | None) -> None:
    """Raises UsageError for an account that is missing, or that there can't be."""
    if provider.has_accounts and given is None:
        raise UsageError(
            f"--account-id is missing: give the ID of the account at {provider.title}, as on its"
            " dashboard."
        )
    if given is not None and not provider.has_accounts:
        raise UsageError(
            f"--account-id: {provider.title} has no accounts. Its key is enough, so leave this out."
        )


def account_of_key(provider: ProviderType, key: str) -> str:
    """What stands for the account where the key is the account: a part of its hash.

    Keys are long and random, so that it tells nothing of them.
    """
    return f"key-{hashlib.sha256(f'{provider.name} {key}'.encode()).hexdigest()[:16]}"


def read_limits(provider: ProviderType, given: list[str]) -> dict[Kind, int]:
    """What --daily says, each as kind=number. Raises UsageError."""
    limits: dict[Kind, int] = {}
    for text in given:
        name, _, number = text.partition("=")
        if name not in provider.budgets:
            kinds = ", ".join(provider.budgets)
            raise UsageError(f"--daily {text!r}: write kind=number. Kinds: {kinds}.")
        if name in limits:
            raise UsageError(f"--daily {text!r}: {name} is given twice.")
        limits[name] = read_number(number, f"--daily {name}", 1, _MAX_DAILY, ", as kind=number")
    return limits


def ask_for_key() -> str:
    """The provider's key, from the environment or from the terminal. Raises UsageError."""
    key = os.environ.get("HOUSELIST_PROVIDER_API_KEY", "").strip()
    if not key and sys.stdin.isatty():
        try:
            with interruptible():
                key = getpass.getpass("The provider's key (not shown): ").strip()
        except EOFError:
            key = ""
    if not key:
        raise UsageError("The provider's key is missing: set HOUSELIST_PROVIDER_API_KEY.")
    if not HEADER_VALUE.fullmatch(key):
        raise UsageError("The provider's key has characters that no key has. Copy it again.")
    return key


@asynccontextmanager
async def asking_providers(
    settings: config.Settings,
) -> AsyncGenerator[tuple[ProviderClients, Sealer]]:
    """What asks providers, on the database that the environment names, and what seals their keys.

    Raises UsageError when keys could be neither sealed nor read.
    """
    refuse_without_secret(settings)
    async with (
        database(settings) as found,
        make_pool(found) as pool,
        provider_clients(found.settings, found.dsn, pool, _RETRY_POLICY) as shared,
    ):
        if shared.sealer is None:
            raise UsageError(_CANNOT_SEAL)
        yield shared, shared.sealer


def refuse_without_secret(settings: config.Settings) -> None:
    """Raises UsageError when keys could be neither sealed nor read."""
    # The embedded database brings its own secret (cli/database.py).
    if settings.database_url is not None and settings.secret_key is None:
        raise UsageError(_CANNOT_SEAL)


async def ask_whether_it_works(account: Account) -> str:
    """The provider's words for an account that works.

    Raises ReconnectNeeded for one that does not, and CommandError when it can't be asked.
    """
    try:
        return await account.check()
    except ReconnectNeeded:
        raise
    except TryLater as error:
        when = f" Try again at {for_people(error.at)}." if error.at else ""
        raise CommandError(
            f"The provider can't be asked: {error}{when} Waiting jobs go on by themselves."
        ) from error
    except ProviderError as error:
        raise CommandError(f"The provider can't be asked: {error}") from error
