"""What came of looking one person up, in the words of the job's rows. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from houselist.providers.base import safe

if TYPE_CHECKING:
    from houselist.providers.base import LookedUp

Kind: TypeAlias = Literal["found", "notFound", "refused", "heldBack"]

# How often a person is asked for whose profile comes in part, and the hours between.
MAX_TRIES = 3
_HOURS = (1, 24)
_MAX_PARTS = 5
_MAX_PART = 40


class Came(NamedTuple):
    """What came of a look-up; `reason` is for the row, None where there is nothing to say."""

    kind: Kind
    reason: str | None


def read(found: LookedUp, tries: int = 1) -> Came:
    """What came of the look-up that was the person's `tries`th."""
    if found.held_back:
        parts = f"LinkedIn held back parts of the profile ({_parts(found.held_back)})"
        if tries >= MAX_TRIES:
            return Came("found", f"{parts} each of the {tries} times it was asked for them")
        return Came("heldBack", f"{parts}; they are asked for again later")
    if found.person is not None:
        return Came("found", None)
    if found.refused:
        return Came("refused", found.reason or "the provider refuses to look this person up")
    return Came("notFound", found.reason or "the provider does not find this person")


def seconds_until_again(tries: int) -> float:
    """How long nobody asks for a person of whom parts were held back for the `tries`th time."""
    return 3600.0 * _HOURS[min(tries, len(_HOURS)) - 1]


def _parts(names: tuple[str, ...]) -> str:
    """The first names, each short, whatever a provider calls them."""
    shown = [safe(name[: 2 * _MAX_PART])[:_MAX_PART] for name in names[:_MAX_PARTS]]
    more = len(names) - _MAX_PARTS
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
