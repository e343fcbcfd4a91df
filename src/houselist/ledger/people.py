"""A person as a job handles one: a value for each column that a source can fill. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

# The columns of `prospects` that a source can fill; a person's values stand in this order.
COLUMNS = (
    "public_identifier", "linkedin_id", "provider_id", "email",
    "first_name", "last_name", "name", "headline", "about", "title", "location", "photo_url",
    "company_name", "company_linkedin_identifier", "company_linkedin_url", "company_industry",
    "company_website", "attributes",
)  # fmt: skip
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
IDENTITY_FIELDS = ("linkedinUrl", "publicIdentifier", "providerId", "email")


class Person:
    """Somebody known: from the database, or met for the first time in this batch.

    `seen` tells whether this job's audience holds the person: None (no), "member" (since before
    this job), "job" (this job has found the person already). `stored` means that the values went
    to the database, `changed` that some were filled after.
    """

    __slots__ = ("changed", "id", "seen", "stored", "values")

    def __init__(self, id_: bytes, values: Values, seen: str | None = None) -> None:
        self.id = id_
        self.values = values
        self.seen = seen
        self.stored = False
        self.changed = False


def merge(known: Values, later: Sequence[str | dict[str, str] | None]) -> bool:
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
