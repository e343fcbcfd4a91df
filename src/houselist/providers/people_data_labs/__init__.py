"""People Data Labs, a collection of people who can be searched and looked up by profile address.

Nothing here keeps state: the caller decides what is requested again, and counts it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from houselist.providers.people_data_labs.account import PeopleDataLabs
from houselist.providers.people_data_labs.base_url import base_url
from houselist.providers.people_data_labs.calls import PeopleDataLabsAccount
from houselist.providers.people_data_labs.limits import API_VERSION, BUDGETS, NAME, SOURCES, TITLE
from houselist.providers.provider_type import ProviderType

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.providers.base import Provider
    from houselist.providers.wire import Client

__all__ = ["PEOPLE_DATA_LABS", "open_account"]


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
    """The port for one key; nothing is requested yet. The key is the account, whatever its id.

    `base_url` is as check_address gives it, with or without `/v5`. Raises UserError for a key that
    can't be right.
    """
    del account_id
    base = base_url.rstrip("/").removesuffix(f"/{api_version}")
    return PeopleDataLabs(PeopleDataLabsAccount(client, base, key, now))


PEOPLE_DATA_LABS: Final = ProviderType(
    name=NAME,
    title=TITLE,
    sources=SOURCES,
    budgets=BUDGETS,
    api_versions=(API_VERSION,),
    has_accounts=False,
    sends_addresses=False,
    base_url=base_url,
    open=open_account,
)
