"""A person as a batch handles one. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from houselist.people.fields import IDENTITIES, Values

# Something that identifies a person: the position of its column in COLUMNS, and the value.
Identity: TypeAlias = tuple[int, str]
# Whether the job's audience holds a person: since before the job, or because of it. The job may
# have seen a member as well; then it is "job".
Seen: TypeAlias = Literal["member", "job"]


class Person(msgspec.Struct, eq=False):
    """Somebody from the database, or first seen in this batch.

    `seen`: None if the job's audience does not hold the person. `others`: identities that have no
    room in `values`. `stored`: the database has the values; `changed`: but not the newest ones.
    `merged_into`: the person who is kept, if this one turned out to be the same. `row`: the row
    from which this batch made the person.
    """

    id: bytes
    values: Values
    seen: Seen | None = None
    others: tuple[Identity, ...] = ()
    stored: bool = False
    changed: bool = False
    merged_into: Person | None = None
    row: int | None = None

    @property
    def kept(self) -> Person:
        """The person who is kept: this one, unless it was merged into another."""
        person = self
        while person.merged_into is not None:
            person = person.merged_into
        return person

    def identities(self) -> list[Identity]:
        """Everything that identifies the person."""
        main = [
            (index, value)
            for index, value in enumerate(self.values[:IDENTITIES])
            if isinstance(value, str)
        ]
        return [*main, *self.others]

    def known_by(self, index: int) -> list[str]:
        """The person's slugs, internal ids, providerIds or e-mail addresses."""
        return [value for which, value in self.identities() if which == index]
