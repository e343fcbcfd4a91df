"""One request to People Data Labs: address, key, JSON in and out, the port's errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from houselist.providers.base import Broken, UserError
from houselist.providers.fields import Json, decoded
from houselist.providers.people_data_labs.failures import failure
from houselist.providers.people_data_labs.limits import API_VERSION, TITLE
from houselist.providers.wire import HEADER_VALUE, call_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from houselist.providers.wire import Client, ProviderResponse


@dataclass(frozen=True, slots=True)
class PeopleDataLabsAccount:
    """A key at People Data Labs, and how to reach it. `base` has no version and no slash."""

    client: Client = field(repr=False)
    base: str
    key: str = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)

    def __post_init__(self) -> None:
        if not HEADER_VALUE.fullmatch(self.key):
            raise UserError(f"The key is not one of {TITLE}: copy it again from its dashboard.")

    async def get(self, path: str) -> ProviderResponse:
        """The response, whatever its status. Raises Broken."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, body: Json) -> object:
        """What the response says, as JSON. Raises the port's errors."""
        response = await self._ask("POST", path, body)
        if not 200 <= response.status <= 299:
            raise failure(response, self.now(), secret=self.key)
        found = decoded(response.body)
        if found is None:
            raise Broken(
                f"{TITLE}'s response is cut off or is no JSON.", again=True, undelivered=True
            )
        return found

    async def _ask(self, method: str, path: str, body: Json | None) -> ProviderResponse:
        url = f"{self.base}/{API_VERSION}{path}"
        return await call_json(self.client, method, url, key=self.key, body=body)


def not_as_documented() -> Broken:
    """For a response that is none of those on the pages."""
    return Broken(f"{TITLE}'s response is not as documented.", again=False, undelivered=True)
