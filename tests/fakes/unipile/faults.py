"""How the fake Unipile misbehaves, and what it remembers of what it was asked."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple

# What changes the answer's status: status, type without its family, title, Retry-After or not.
REFUSALS: dict[str, tuple[int, str, str]] = {
    "400": (400, "invalid_parameters", "Invalid parameters"),
    "429": (429, "too_many_requests", "Too many requests"),
    "429-seconds": (429, "too_many_requests", "Too many requests"),
    "429-date": (429, "too_many_requests", "Too many requests"),
    "429-provider": (429, "too_many_requests", "LinkedIn throttles the account"),
    "408": (408, "request_timeout", "Request timeout"),
    "500": (500, "unexpected_error", "Unexpected error"),
    "501": (501, "feature_not_implemented", "Not implemented"),
    "503": (503, "no_client_session", "No client session"),
    "504": (504, "request_timeout", "Request timeout"),
    "disconnected": (401, "disconnected_account", "Disconnected account"),
    "restricted": (403, "account_restricted", "Account restricted"),
    "not-subscribed": (403, "feature_not_subscribed", "Feature not subscribed"),
    "quota": (422, "limit_exceeded", "Limit exceeded"),
    "gone": (404, "resource_not_found", "Resource not found"),
    "no-permission": (403, "insufficient_permissions", "Insufficient permissions"),
    "too-high": (400, "limit_too_high", "Limit too high"),
    "key": (401, "missing_authorization", "Missing authorization"),
    "action": (403, "action_required", "Action required"),
    "proxy": (401, "proxy_auth_error", "Proxy authentication error"),
    "unreachable": (422, "provider_unreachable", "Provider unreachable"),
}
# What a page does; the server that makes it looks at the name.
PAGES = ("twice", "empty", "total", "odd")
# What happens to an answer on its way.
WAYS = ("slow", "drop", "cut", "truncated", "html", "array", "latin", "huge", "drip", "packed")
REDIRECTS = ("slash", "elsewhere", "circle")
# A job gets over all of these, so chaos is made of them.
PASSING = (
    "429",
    "429-seconds",
    "500",
    "503",
    "drop",
    "cut",
    "truncated",
    "twice",
    "empty",
    "total",
    "slash",
    "throttled",
)


class Fault(NamedTuple):
    """Something to do on the next call, or on the next of a kind."""

    name: str
    kind: str | None = None


@dataclass(slots=True)
class Control:
    """What the server does; everything can be changed while it runs.

    `delay` is seconds for each answer. `keys`: the ones that are known, None for any. The sets
    `disconnected`, `restricted` and `spent` hold account ids. `day` is what rows are counted under.
    `bare`: lists of v2 say neither how many there are nor whether more follow, and refuse an offset
    behind the last. `largest`: a page of more is refused, whatever the documents say.
    """

    delay: float = 0.0
    slow: float = 60.0
    retry_after: int = 1
    elsewhere: str = "http://127.0.0.1:9/"
    keys: set[str] | None = None
    disconnected: set[str] = field(default_factory=set)
    restricted: set[str] = field(default_factory=set)
    spent: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    throttled: set[int] = field(default_factory=set)
    status: str | None = None
    bare: bool = False
    largest: int | None = None
    day: str | None = None
    plan: deque[Fault] = field(default_factory=deque)
    chaos: random.Random | None = None
    probability: float = 0.0
    chaos_faults: tuple[str, ...] = PASSING

    def next(self, *names: str, kind: str | None = None) -> None:
        """The next calls (of a kind) misbehave so, one after the other; `fine` lets one pass."""
        self.plan.extend(Fault(name, kind) for name in names)

    def cause(self, seed: int, probability: float, faults: tuple[str, ...] = PASSING) -> None:
        """From now on each call misbehaves with this probability."""
        self.chaos, self.probability, self.chaos_faults = random.Random(seed), probability, faults

    def take(self, kind: str) -> str | None:
        """What this call does."""
        for fault in self.plan:
            if fault.kind in (None, kind):
                self.plan.remove(fault)
                return None if fault.name == "fine" else fault.name
        if self.chaos is not None and self.chaos.random() < self.probability:
            return self.chaos.choice(self.chaos_faults)
        return None

    def today(self) -> str:
        return self.day or datetime.now(UTC).date().isoformat()

    def change(self, said: dict[str, Any]) -> None:
        """The same from a JSON object, as `/_control` takes it."""
        if "next" in said:
            self.next(*said.pop("next"), kind=said.pop("kind", None))
        if "chaos" in said:
            chaos = said.pop("chaos") or {"seed": 0, "probability": 0.0}
            self.cause(chaos["seed"], chaos["probability"], tuple(chaos.get("faults", PASSING)))
        for name, value in said.items():
            now = getattr(self, name)
            setattr(self, name, set(value) if isinstance(now, set) or name == "keys" else value)


@dataclass(slots=True)
class Stats:
    """What was asked and given. `served[account][day]` counts in the port's kinds."""

    calls: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    served: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    highest: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    running: Counter[str] = field(default_factory=Counter)
    began: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=1000))

    def enter(self, account: str) -> None:
        self.running[account] += 1
        self.began[account].append(time.monotonic())
        self.highest[account] = max(self.highest[account], self.running[account])

    def leave(self, account: str) -> None:
        self.running[account] -= 1

    def reset(self) -> None:
        for counted in (
            self.calls,
            self.faults,
            self.served,
            self.highest,
            self.keys,
            self.requests,
            self.began,
        ):
            counted.clear()

    def told(self) -> dict[str, Any]:
        """As `/_stats` gives it."""
        return {
            "calls": dict(self.calls),
            "faults": dict(self.faults),
            "served": {
                account: {day: dict(counts) for day, counts in days.items()}
                for account, days in self.served.items()
            },
            "highest": dict(self.highest),
            "keys": sorted(self.keys),
        }


class Request(NamedTuple):
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def one(self, name: str) -> str | None:
        return self.query.get(name, [None])[0]


def refusal(
    name: str, version: str, control: Control
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and body of an answer that refuses, in the version's own form."""
    status, kind, title = REFUSALS[name]
    headers = {}
    if name in ("429-seconds", "429-provider"):
        headers["retry-after"] = str(control.retry_after)
    if name == "429-date":
        at = datetime.now(UTC) + timedelta(seconds=control.retry_after)
        headers["retry-after"] = format_datetime(at, usegmt=True)
    detail = f"{title}, for a reason."
    if version == "v1":
        return (
            status,
            headers,
            {"status": status, "type": f"errors/{kind}", "title": title, "detail": detail},
        )
    family = "provider" if name in ("429-provider", "restricted", "no-permission") else "api"
    return (
        status,
        headers,
        {
            "object": "Error",
            "type": f"{family}/{kind}",
            "status": status,
            "title": title,
            "detail": detail,
            "req_id": "req_1",
        },
    )
