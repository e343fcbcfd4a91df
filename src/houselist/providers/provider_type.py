"""What there is to know of a provider before an account of it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.providers.addresses import UrlPolicy
    from houselist.providers.base import Budget, Kind, Provider, QueryKind
    from houselist.providers.wire import Client


class Open(Protocol):
    """Opens an account of a provider; nothing is requested yet.

    Raises UserError for a key, id or address that can't be right.
    """

    def __call__(
        self, client: Client, *, base_url: str, account_id: str, key: str, api_version: str
    ) -> Provider: ...


class BaseUrl(Protocol):
    """One text for each address of a provider, however it is written. Raises BadAddress."""

    def __call__(self, address: str | None, api_version: str, policy: UrlPolicy) -> str: ...


class ProviderType(NamedTuple):
    """A provider: its name in commands and in the database, and its title for people.

    `api_versions`: those that are spoken, the default first. `has_accounts`: whether a key serves
    several accounts, one of which is connected; else the key is the account. `sends_addresses`: it
    is sent the address of a search as it is, so it depends on LinkedIn what that finds.
    """

    name: str
    title: str
    sources: frozenset[QueryKind]
    budgets: Mapping[Kind, Budget]
    api_versions: tuple[str, ...]
    has_accounts: bool
    sends_addresses: bool
    base_url: BaseUrl
    open: Open
