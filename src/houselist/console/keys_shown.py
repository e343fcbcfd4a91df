"""Keys as pages show them: state, permissions in few words, when a chosen day ends. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console.words import moment
from houselist.envelope import timestamp
from houselist.permissions import MEANINGS, Permission

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# What a permission is about, as people call it; and the same within sentences.
_ABOUT = {"prospects": "people", "prospecting": "jobs"}
_SAID = (("prospecting jobs", "jobs"), ("prospects", "people"))


class State(NamedTuple):
    """What a key is now: its word, mark and tint."""

    word: str
    icon: str
    tint: str


_VALID = State("Valid", "check", "o-added")
_EXPIRED = State("Expired", "clock", "o-over")
_REVOKED = State("Revoked", "ban", "o-mute")


class Row(NamedTuple):
    """A key in the list. `is_own`: the browser is signed in with it."""

    key: dict[str, Any]
    state: State
    may: str
    is_own: bool

    @property
    def works(self) -> bool:
        return self.state is _VALID


class Choice(NamedTuple):
    """A permission that a new key can be given."""

    name: str
    meaning: str


def row(key: dict[str, Any], own: str, now: datetime) -> Row:
    """A key as the API tells of it, for a browser that is signed in with the key `own`."""
    state = _VALID
    if key["revokedAt"]:
        state = _REVOKED
    elif key["expiresAt"] and moment(key["expiresAt"]) <= now:
        state = _EXPIRED
    return Row(key, state, permissions(key["permissions"]), key["id"] == own)


def permissions(names: Iterable[str]) -> str:
    """`All`, or what about: `read and write audiences, read people`."""
    known = set(names)
    if known >= set(Permission):
        return "All"
    about: dict[str, list[str]] = {}
    for name in Permission:
        if name in known:
            what, _, kind = name.partition(":")
            about.setdefault(_ABOUT.get(what, what), []).append(kind)
    words = [f"{' and '.join(kinds)} {what}" for what, kinds in about.items()]
    text = ", ".join(words) or "nothing"
    return text[0].upper() + text[1:]


def choices(own: Collection[str]) -> list[Choice]:
    """What a key can give: what it has."""
    return [Choice(name, _said(meaning)) for name, meaning in MEANINGS.items() if name in own]


def _said(meaning: str) -> str:
    for written, said in _SAID:
        meaning = meaning.replace(written, said)
    return meaning[0].upper() + meaning[1:]


def ends_after(day: str, latest: datetime | None) -> str | None:
    """When a key ends whose last day this is; None for never. Raises ValueError for no date.

    `latest`: when it must have ended; on its day the key ends with it.
    """
    if not day:
        return None
    ends = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(days=1)
    if latest is not None and latest.date().isoformat() == day:
        ends = min(ends, latest)
    return timestamp(ends)
