"""Where Unipile is: the address as it is kept, so that one account has one budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.providers.addresses import BadAddress, check_address, without_version

if TYPE_CHECKING:
    from houselist.providers.addresses import UrlPolicy

# Version 2 has one address for everybody, version 1 one for each customer.
_V2_URL = "https://api.unipile.com"
_SUFFIXES = {"v1": "/api/v1", "v2": "/v2"}


def base_url(address: str | None, api_version: str, policy: UrlPolicy) -> str:
    """One text for each address, however it is written. Raises BadAddress."""
    if address is None and api_version == "v1":
        raise BadAddress("Give the one on Unipile's dashboard, such as api1.unipile.com:13111.")
    url = check_address(_V2_URL if address is None else address, policy)
    return without_version(url, _SUFFIXES[api_version])
