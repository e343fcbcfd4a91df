"""What the fake Unipile answers, as far as its two versions have it in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from fakes.unipile.faults import REFUSALS, refusal
from fakes.unipile.shapes import ODD, found
from fakes.unipile.world import index_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.unipile.faults import Control, Request, Stats
    from fakes.unipile.world import Source, World

_POST = re.compile(r"(?:urn:li:(ugcPost|share):)?(\d+)")
_SHIFT = {"classic": "searchRows", "sales": "salesRows", "recruiter": "salesRows"}
CEILING = {"classic": 50, "sales": 100, "recruiter": 100}


class Reply(NamedTuple):
    """An answer before it goes on its way."""

    status: int
    body: bytes
    headers: dict[str, str] = {}


class Refuse(Exception):
    """An answer that is no success; `name` is one of REFUSALS."""

    def __init__(self, name: str, detail: str | None = None) -> None:
        super().__init__(name)
        self.name, self.detail = name, detail


@dataclass(slots=True)
class Call:
    """One request, by which account, and how it is to misbehave."""

    version: str
    account: str
    request: Request
    fault: str | None = None

    @property
    def limit(self) -> int:
        return int(self.request.one("limit") or (10 if self.version == "v1" else 20))


@dataclass(slots=True)
class Routes:
    """The answers; counts what it gives."""

    world: World
    control: Control
    stats: Stats

    def answer(self, call: Call, rest: str) -> Reply:
        """The answer to a path without version and account. Raises Refuse."""
        self._admit(call)
        body = self.body(call, rest.strip("/").split("/"))
        return Reply(200, body if isinstance(body, bytes) else msgspec.json.encode(body))

    def body(self, call: Call, parts: list[str]) -> Any:
        """A version's own: the body, as JSON or before it."""
        raise NotImplementedError

    def refused(self, refuse: Refuse, version: str) -> Reply:
        status, headers, body = refusal(refuse.name, version, self.control)
        if refuse.detail:
            body["detail"] = refuse.detail
        return Reply(status, msgspec.json.encode(body), headers)

    def kind(self, rest: str) -> str:
        """What a path is, for faults and counts."""
        if rest.startswith("/users/"):
            return "profile"
        if rest.startswith("/accounts/"):
            return "account"
        if "/comments" in rest:
            return "comments"
        if rest.startswith("/posts/"):
            return "post"
        return "names" if rest.endswith(("/parameters", "/lead-lists")) else "search"

    def only(self, call: Call, *documented: str) -> None:
        """Refuses parameters that the documents do not have, and pages that are too large."""
        largest = self.control.largest
        if "limit" in documented and largest is not None and call.limit > largest:
            raise Refuse("too-high")
        if unknown := call.request.query.keys() - set(documented):
            raise Refuse("400", f"Unknown parameters: {', '.join(sorted(unknown))}")

    def _admit(self, call: Call) -> None:
        control, account = self.control, call.account
        key = call.request.headers.get("x-api-key", "")
        self.stats.keys.add(key)
        if control.keys is not None and key not in control.keys:
            raise Refuse("disconnected", f"Invalid key {key}")
        if account in control.unknown:
            raise Refuse("gone", "Account not found")
        if account in control.disconnected:
            raise Refuse("disconnected")
        if account in control.restricted:
            raise Refuse("restricted")
        if account in control.spent:
            raise Refuse("quota")
        if call.fault in REFUSALS:
            raise Refuse(call.fault)

    def count(self, call: Call, kind: str, rows: int) -> None:
        self.stats.served[call.account][self.control.today()][kind] += rows

    def turn(self, call: Call, start: int, length: int) -> tuple[int, int, int]:
        """Where the page begins, where the next one does, and the total that is told."""
        after, total = start + call.limit, length
        if call.fault == "total":
            # Like LinkedIn's: never below what is on the page, and right again the next time.
            total = max(after, length) + 7
        if call.fault == "empty":
            return length, start, total
        if call.fault == "twice" and start:
            return max(0, start - call.limit), start, total
        return start, after, total

    def people(self, call: Call, product: str, rows: list[int]) -> list[bytes]:
        self.count(call, _SHIFT[product], len(rows))
        if call.fault == "odd":
            # The last is what JavaScript makes of a name that is cut within an emoji.
            return [
                *map(msgspec.json.encode, ODD),
                b'{"id":"\\ud83d","name":"cut \\ud83d","public_identifier":"cut-short"}',
            ]
        return [found(call.version, product, index) for index in rows]

    def profile(
        self,
        call: Call,
        identifier: str,
        product: str,
        sections: list[str],
        make: Callable[..., dict[str, Any]],
    ) -> dict[str, Any]:
        known = index_of(identifier, self.world.people)
        if known is None:
            raise Refuse("gone")
        form, index = known
        if form not in (product, "slug") or (form == "slug" and product != "classic"):
            raise Refuse("400", "Invalid User ID")
        self.count(call, "profiles", 1)
        throttled = call.fault == "throttled" or index in self.control.throttled
        if call.fault == "somebody-else":
            index = (index + 1) % self.world.people
        return make(index, product, sections, throttled=throttled)

    def post(self, name: str) -> str:
        """Which post an activity's number or another's URN names."""
        match = _POST.fullmatch(name)
        for post in (f"{match[1]}:{match[2]}", match[2]) if match else ():
            if post in self.world.posts:
                return post
        raise Refuse("gone")

    def social_id(self, post: str) -> str:
        """What the comments of a post are found by, and by nothing else."""
        return f"urn:li:activity:{post.rpartition(':')[2]}"

    def by_social_id(self, social: str) -> str:
        for post in self.world.posts:
            if self.social_id(post) == social:
                return post
        raise Refuse("gone")

    def named(self, held: dict[str, Source], number: object) -> Source:
        if not isinstance(number, str) or number not in held:
            raise Refuse("gone")
        return held[number]


def json_object(raw: bytes) -> dict[str, Any]:
    """A body or cursor; what is no object is refused."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise Refuse("400", "Malformed body")
    return found
