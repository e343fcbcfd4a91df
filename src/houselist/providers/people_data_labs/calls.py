"""One request to People Data Labs: address, key, JSON in and out, the port's errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from houselist.providers.base import Broken, UserError
from houselist.providers.fields import Json, decoded
from houselist.providers.people_data_labs.failures import failure
from houselist.providers.people_data_labs.limits import API_VERSION, TITLE
from houselist.providers.wire import call

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from houselist.providers.wire import Client, ProviderResponse

# What a header may hold. h11 would repeat the key in its error for anything else.
_KEY: Final = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True, slots=True)
class PeopleDataLabsAccount:
    """A key at People Data Labs, and how to reach it. `base` has no version and no slash."""

    client: Client = field(repr=False)
    base: str
    key: str = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
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
        headers = {"x-api-key": self.key}
        if body is not None:
            headers["content-type"] = "application/json"
        return await call(
            self.client,
            method,
            f"{self.base}/{API_VERSION}{path}",
            headers=headers,
            content=None if body is None else msgspec.json.encode(body),
        )


def not_as_documented() -> Broken:
    """For a response that is none of those on the pages."""
    return Broken(f"{TITLE}'s response is not as documented.", again=False, undelivered=True)
