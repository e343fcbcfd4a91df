"""Unipile, which reads LinkedIn for an account that is connected there; versions 1 and 2 of it.

Nothing here keeps state: the caller decides what is requested again, and counts it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from houselist.providers.base import UserError
from houselist.providers.provider_type import ProviderType
from houselist.providers.unipile.base_url import base_url
from houselist.providers.unipile.calls import UnipileAccount
from houselist.providers.unipile.limits import BUDGETS, NAME, SOURCES
from houselist.providers.unipile.v1 import V1
from houselist.providers.unipile.v2 import V2

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.providers.base import Provider
    from houselist.providers.wire import Client

__all__ = ["UNIPILE", "open_account"]

_SUFFIXES: Final = {"v1": "/api/v1", "v2": "/v2"}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def open_account(
    client: Client,
    *,
    base_url: str,
    account_id: str,
    key: str,
    api_version: str,
    now: Callable[[], datetime] = _utc_now,
) -> Provider:
    """The port for one account; nothing is requested yet.

    `base_url` is as check_address gives it, with or without `/api/v1` or `/v2`; `client` is of
    make_client. Raises UserError for a key or id that can't be right, and for an address of
    the other version.
    """
    account = UnipileAccount(client, _base(base_url, api_version), account_id, key, now)
    return V1(account) if api_version == "v1" else V2(account)


def _base(base_url: str, api_version: str) -> str:
    bare = base_url.rstrip("/")
    for version, suffix in _SUFFIXES.items():
        if bare.endswith(suffix):
            if version != api_version:
                raise UserError(f"The base URL is that of {version}, not of {api_version}.")
            return bare
    return bare + _SUFFIXES[api_version]


UNIPILE: Final = ProviderType(
    name=NAME,
    title="Unipile",
    sources=SOURCES,
    budgets=BUDGETS,
    api_versions=("v1", "v2"),
    has_accounts=True,
    sends_addresses=True,
    base_url=base_url,
    open=open_account,
)
