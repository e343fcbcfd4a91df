"""A person as a job handles one: a value for each column that a source can fill. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

# The columns of `prospects` that a source can fill; a person's values stand in this order.
COLUMNS = (
    "public_identifier",
    "linkedin_id",
    "provider_id",
    "email",
    "first_name",
    "last_name",
    "name",
    "headline",
    "about",
    "title",
    "location",
    "photo_url",
    "company_name",
    "company_linkedin_identifier",
    "company_linkedin_url",
    "company_industry",
    "company_website",
    "attributes",
)
SLUG, LINKEDIN_ID, PROVIDER_ID, EMAIL, FIRST_NAME, LAST_NAME, NAME = range(7)
# The first four columns tell who somebody is.
IDENTITIES = 4
ATTRIBUTES = len(COLUMNS) - 1
# A providerId or address that thousands share (none@none.example) must not cost a look at all of
# them for every row: only the oldest of them are looked at, and no more are joined by it.
MOST_ALIKE = 100
WIDTH = len(COLUMNS)

# `attributes` is a dict while a person is handled; None stands for an empty one.
Values: TypeAlias = "list[str | dict[str, str] | None]"

# One thing that somebody is known by: which of the first four columns it belongs to, and the value.
Identity: TypeAlias = "tuple[int, str]"
# Slugs may change, but not so often. More of them for one internal id is a file whose column of ids
# holds something else, and must not make one person of everybody in it.
MAX_SLUGS = 10

# Where a field of the API goes. The identities are not here: they are read by their own rules.
FIELD_INDEX = {
    "firstName": FIRST_NAME,
    "lastName": LAST_NAME,
    "name": NAME,
    "headline": COLUMNS.index("headline"),
    "about": COLUMNS.index("about"),
    "title": COLUMNS.index("title"),
    "location": COLUMNS.index("location"),
    "photoUrl": COLUMNS.index("photo_url"),
    "company.name": COLUMNS.index("company_name"),
    "company.linkedinIdentifier": COLUMNS.index("company_linkedin_identifier"),
    "company.linkedinUrl": COLUMNS.index("company_linkedin_url"),
    "company.industry": COLUMNS.index("company_industry"),
    "company.website": COLUMNS.index("company_website"),
}


class Person:
    """Somebody known: from the database, or met for the first time in this batch.

    `seen` tells whether this job's audience holds the person: None (no), "member" (since before
    this job), "job" (this job has found the person already). `others` are identities beside those
    in `values`. `stored` means that the values went to the database, `changed` that some are others
    since. `merged_into` is who stays where this person was found to be somebody else known.
    """

    __slots__ = ("changed", "id", "merged_into", "others", "seen", "stored", "values")

    def __init__(
        self,
        id_: bytes,
        values: Values,
        seen: str | None = None,
        others: tuple[Identity, ...] = (),
    ) -> None:
        self.id = id_
        self.values = values
        self.seen = seen
        self.others = others
        self.stored = False
        self.changed = False
        self.merged_into: Person | None = None

    @property
    def kept(self) -> Person:
        """Who stays of all who were merged: this person, unless it was merged into another."""
        person = self
        while person.merged_into is not None:
            person = person.merged_into
        return person

    def identities(self) -> list[Identity]:
        """Everything that the person is known by."""
        main = [
            (index, value)
            for index, value in enumerate(self.values[:IDENTITIES])
            if isinstance(value, str)
        ]
        return [*main, *self.others]

    def known_by(self, index: int) -> list[str]:
        """The person's slugs, LinkedIn ids, providerIds or e-mail addresses."""
        return [value for which, value in self.identities() if which == index]


def fill(known: Values, later: Sequence[str | dict[str, str] | None]) -> bool:
    """Fills what is null in `known` from a later row, and tells whether anything changed."""
    changed = False
    for index, value in enumerate(later):
        if value is None:
            continue
        if known[index] is None:
            known[index] = value
            changed = True
        elif index == ATTRIBUTES:
            old, new = known[index], value
            if isinstance(old, dict) and isinstance(new, dict) and not new.keys() <= old.keys():
                known[index] = {**new, **old}
                changed = True
    return changed


def replace(known: Values, later: Values, *, has_name: bool) -> bool:
    """Puts what a later row says in the place of what is known; whether anything changed.

    Identities are only filled. `has_name`: the row itself gives a full name; otherwise the name
    follows first and last name where these change.
    """
    before = known[FIRST_NAME : NAME + 1]
    changed = False
    for index, value in enumerate(later):
        if value is None or (index == NAME and not has_name):
            continue
        old = known[index]
        if index < IDENTITIES and old is not None:
            continue
        new = value
        if isinstance(value, dict) and isinstance(old, dict):
            new = {**old, **value}
        if old != new:
            known[index] = new
            changed = True
    if not has_name:
        _follow(known, before)
    return changed or known[NAME] != before[-1]


def _follow(known: Values, before: Values) -> None:
    """Has the full name follow first and last name, unless that would lose what only it tells."""
    old_first, old_last, old_name = before
    parts = known[FIRST_NAME], known[LAST_NAME]
    if old_name is None or (
        parts != (old_first, old_last)
        and (all(parts) or old_name == _full_name(old_first, old_last))
    ):
        known[NAME] = _full_name(*parts)


def _full_name(first: object, last: object) -> str | None:
    return " ".join(part for part in (first, last) if isinstance(part, str) and part) or None
