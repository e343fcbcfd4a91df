"""Where People Data Labs is: the address as it is kept, so that one key has one budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.providers.addresses import check_address, without_version
from houselist.providers.people_data_labs.limits import BASE_URL

if TYPE_CHECKING:
    from houselist.providers.addresses import UrlPolicy


def base_url(address: str | None, api_version: str, policy: UrlPolicy) -> str:
    """One text for each address, however it is written; nobody needs to give one.

    `sandbox.api.peopledatalabs.com` is made-up people that cost nothing. Raises BadAddress.
    """
    url = check_address(BASE_URL if address is None else address, policy)
    return without_version(url, f"/{api_version}")
