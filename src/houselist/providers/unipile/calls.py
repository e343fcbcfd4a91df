"""One request to Unipile for one account: address, key, JSON in and out, the port's errors."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote, urlencode

from houselist.providers.base import Broken, UserError
from houselist.providers.fields import Json, decoded
from houselist.providers.unipile.failures import NothingLeft, failure, not_as_documented
from houselist.providers.unipile.unconfirmed import BEHIND_THE_LAST
from houselist.providers.wire import HEADER_VALUE, call_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from houselist.providers.wire import Client

_MAX_SEGMENT: Final = 1_000
_ACCOUNT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


@dataclass(frozen=True, slots=True)
class UnipileAccount:
    """An account at Unipile, and how to reach it. `base` ends in the version, without a slash."""

    client: Client = field(repr=False)
    base: str
    account_id: str
    key: str = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)

    def __post_init__(self) -> None:
        if not HEADER_VALUE.fullmatch(self.key):
            raise UserError("The key is not one of Unipile's: copy it again from its dashboard.")
        if not _ACCOUNT_ID.fullmatch(self.account_id):
            raise UserError("The account id is not one of Unipile's: copy it from its dashboard.")

    async def get(
        self, path: str, params: Sequence[tuple[str, str]] = (), *, behind: bool = False
    ) -> Json:
        """The object in the response. Raises the port's errors.

        `behind`: the page may lie behind the last one, so that a 400 is NothingLeft.
        """
        return await self._ask("GET", path, params, None, behind=behind)

    async def post(
        self, path: str, params: Sequence[tuple[str, str]], body: Json, *, behind: bool = False
    ) -> Json:
        """The same, with a body."""
        return await self._ask("POST", path, params, body, behind=behind)

    async def _ask(
        self,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        body: Json | None,
        *,
        behind: bool,
    ) -> Json:
        url = f"{self.base}{path}" + (f"?{urlencode(params)}" if params else "")
        response = await call_json(self.client, method, url, key=self.key, body=body)
        if not 200 <= response.status <= 299:
            error = failure(response, self.now(), secret=self.key)
            # Subclasses have meanings of their own.
            is_end = response.status == BEHIND_THE_LAST.value and type(error) is UserError
            if behind and is_end:
                raise NothingLeft(str(error))
            raise error
        return _object(response.body)


def segment(text: str) -> str:
    """A text as one segment of a path. Raises Broken for one that would lead elsewhere."""
    if text in {"", ".", ".."} or len(text) > _MAX_SEGMENT:
        raise Broken("Unipile sent an id that can't be requested.", again=False)
    return quote(text, safe=":(),")


def _is_cut(body: bytes) -> bool:
    """Whether it may be the beginning of an object."""
    if body.lstrip()[:1] not in {b"", b"{"}:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return False
    return True


def _object(body: bytes) -> Json:
    found = decoded(body)
    if isinstance(found, dict):
        return cast("Json", found)
    if found is None and _is_cut(body):
        raise Broken("Unipile's response is cut off.", again=True, undelivered=True)
    raise not_as_documented()
