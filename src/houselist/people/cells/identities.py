"""Reading the cells that identify a person, one by one. Pure.

A step puts what it reads from a cell among the person's values, or says why it can't.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from houselist.linkedin import Refused, parse_profile, parse_slug
from houselist.people.cells.emails import read_emails, read_plain
from houselist.people.cells.profiles import read_profile
from houselist.people.fields import EMAIL, LINKEDIN_ID, PROVIDER_ID, SLUG
from houselist.people.nothing import NO_FIELD

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.linkedin import Profile
    from houselist.people.fields import Values

# What a step returns: None if the whole cell was used, else why the cell is kept as an attribute.
# That is an empty text if there is nothing to say.
Step: TypeAlias = "Callable[[Values, str], str | None]"
_SPARE = ""
_MAX_PROVIDER_ID = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# These accept any text, even the name of their own column. The others can't mistake a header.
_ANY_TEXT = ("publicIdentifier", "providerId")


def bound(step: Step, field: str, column: str) -> Step:
    """The step for a column of this name."""
    return partial(_unless_title, column, step) if field in _ANY_TEXT else step


def _unless_title(column: str, step: Step, values: Values, cell: str) -> str | None:
    return _SPARE if cell == column else step(values, cell)


def _linkedin(values: Values, cell: str) -> str | None:
    try:
        profile = read_profile(cell)
    except Refused as refused:
        return str(refused)
    if profile.kind == "in" and values[SLUG] is None:
        values[SLUG] = profile.value
        return None
    return _put_profile(values, profile)


def _exact_linkedin(values: Values, cell: str) -> str | None:
    try:
        profile = parse_profile(cell)
    except Refused as refused:
        return str(refused)
    return _put_profile(values, profile)


def _slug(values: Values, cell: str) -> str | None:
    if cell in NO_FIELD:
        return _SPARE
    return _linkedin(values, cell) if "/" in cell else _exact_slug(values, cell)


def _exact_slug(values: Values, cell: str) -> str | None:
    if "/" in cell:
        return _exact_linkedin(values, cell)
    try:
        profile = parse_slug(cell)
    except Refused as refused:
        return str(refused)
    return _put_profile(values, profile)


def _put_profile(values: Values, profile: Profile) -> str | None:
    """Keeps one slug and one internal id."""
    if profile.kind == "in":
        index, value = SLUG, profile.value
    else:
        index, value = LINKEDIN_ID, profile.key
    known = values[index]
    if known is None:
        values[index] = value
    elif known != value:
        # The ids of two products of LinkedIn differ for one person.
        other = isinstance(known, str) and known.partition(":")[0] != value.partition(":")[0]
        if index == LINKEDIN_ID and other:
            return _SPARE
        return "names somebody else than another column of this row"
    return None


def _provider_id(values: Values, cell: str) -> str | None:
    return _SPARE if cell in NO_FIELD else _exact_provider_id(values, cell)


def _exact_provider_id(values: Values, cell: str) -> str | None:
    if len(cell) > _MAX_PROVIDER_ID or _CONTROL.search(cell):
        return "is longer than 255 characters or holds control characters"
    if values[PROVIDER_ID] is not None:
        return None if values[PROVIDER_ID] == cell else _SPARE
    values[PROVIDER_ID] = cell
    return None


def _email(values: Values, cell: str) -> str | None:
    address, others = read_plain(cell), False
    if address is None:
        address, others, why = read_emails(cell)
        if address is None:
            return why
    if values[EMAIL] is None:
        values[EMAIL] = address
    elif values[EMAIL] != address:
        return _SPARE
    return _SPARE if others else None


EXACT_STEPS: dict[str, Step] = {
    "linkedinUrl": _exact_linkedin,
    "publicIdentifier": _exact_slug,
    "providerId": _exact_provider_id,
    "email": _email,
}
OWN_STEPS: dict[str, Step] = {**EXACT_STEPS, "linkedinUrl": _linkedin}
STEPS: dict[str, Step] = {
    "linkedinUrl": _linkedin,
    "publicIdentifier": _slug,
    "providerId": _provider_id,
    "email": _email,
}
