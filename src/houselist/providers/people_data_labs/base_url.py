"""Where People Data Labs is: the address as it is kept, so that one key has one budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from houselist.providers.addresses import check_address
from houselist.providers.people_data_labs.limits import BASE_URL

if TYPE_CHECKING:
    from houselist.providers.addresses import UrlPolicy

_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}


def base_url(address: str | None, api_version: str, policy: UrlPolicy) -> str:
    """One text for each address, however it is written; nobody needs to give one.

    `sandbox.api.peopledatalabs.com` is made-up people that cost nothing. Raises BadAddress.
    """
    url = check_address(BASE_URL if address is None else address, policy)
    parts = urlsplit(url.removesuffix(f"/{api_version}"))
    host = parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}{parts.path}"
