"""Settings: choices of this browser, and what the account group has: provider, plan, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.accounts import quota_store as quotas
from houselist.accounts.quotas import size_in_words
from houselist.connections import store as connections
from houselist.console import settings_store as store
from houselist.console.rendering import redirect
from houselist.console.visit import KEYS, THEME, THEMES, YEAR, cookie
from houselist.credits import store as credits_
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.providers.registry import PROVIDERS

if TYPE_CHECKING:
    from houselist.connections.shapes import Connected
    from houselist.console.visit import Visit
    from houselist.postgres.db import Connection
    from houselist.web.response import Response

_MAX_SCHEDULES = 20
_NAMES = {"unipile": "Unipile", "people_data_labs": "People Data Labs"}


class Meter(NamedTuple):
    """How much of something is used. `limit` None: there is none."""

    label: str
    used: float
    limit: float | None
    words: str

    @property
    def share(self) -> float:
        """0 to 100."""
        if self.limit is None:
            return 0
        return min(100.0, 100 * self.used / self.limit) if self.limit else 100.0

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.used >= self.limit


async def settings(visit: Visit) -> Response:
    """The page: what the key may read of jobs decides over all but the browser's choices."""
    values: dict[str, Any] = {"about_group": visit.may(Permission.PROSPECTING_READ)}
    if values["about_group"]:
        pool, group = visit.request.services.pool, bytes.fromhex(visit.group)
        async with db.acquire(pool, db.DATABASE_TIMEOUT) as connection:
            values |= await _of_group(connection, group)
    service = visit.request.services.settings
    values["kept"] = {"history": service.history_days, "uploads": service.upload_retention}
    return await visit.show("settings.html", **values)


async def _of_group(connection: Connection, group: bytes) -> dict[str, Any]:
    found = await connections.describe(connection, group)
    schedules = await store.get_schedules(connection, group, _MAX_SCHEDULES)
    return {
        "provider": found,
        "provider_name": _NAMES.get(found.provider, found.provider) if found else "",
        "budget": _budget(found) if found else [],
        "plan": await credits_.get_plan(connection, group),
        "limits": await _limits(connection, group),
        "schedules": schedules,
        "all_schedules": schedules[0]["schedules"] if schedules else 0,
    }


def _budget(connected: Connected) -> list[Meter]:
    """What is spent of today's budget of each kind."""
    meters: list[Meter] = []
    for kind, budget in PROVIDERS[connected.provider].budgets.items():
        limit, used = connected.daily_limits.get(kind, budget.limit), connected.used.get(kind, 0)
        words = f"{used:,}" if limit is None else f"{used:,} of {limit:,}"
        meters.append(Meter(budget.words, used, limit, words))
    return meters


async def _limits(connection: Connection, group: bytes) -> list[Meter]:
    limits = await quotas.get_limits(connection, group)
    usage = await quotas.get_usage(connection, group)
    stored = f"{size_in_words(usage.upload_bytes)} of {size_in_words(limits.upload_bytes)}"
    return [
        Meter("Stored uploads", usage.upload_bytes, limits.upload_bytes, stored),
        *(
            Meter(label, used, limit, f"{used:,} of {limit:,}")
            for label, used, limit in (
                ("Audiences", usage.audiences, limits.audiences),
                ("Folders", usage.folders, limits.folders),
                ("Unfinished jobs", usage.jobs, limits.jobs),
            )
        ),
    ]


async def choose(visit: Visit) -> Response:
    """What somebody chose for this browser."""
    theme = visit.form.get("theme")
    chosen = theme if theme in THEMES else ""
    letters = "" if visit.form.get("letters") else "off"
    return redirect(
        "/settings",
        [
            cookie(THEME, chosen, age=YEAR if chosen else 0, hidden=False),
            cookie(KEYS, letters, age=YEAR if letters else 0, hidden=False),
            visit.say("Saved for this browser"),
        ],
    )
