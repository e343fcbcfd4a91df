"""What the rows of a file change in the directory. Pure.

Who is who is decided as in every audience (people/matching.py). But the directory holds what the
latest file says, so a later row replaces what an earlier one said. It blanks nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from houselist.directory.people import Entry
from houselist.linkedin import profile_url
from houselist.people.fields import ATTRIBUTES, COLUMNS, IDENTITIES
from houselist.people.matching import IdentityIndex
from houselist.people.merge import MergePolicy
from houselist.people.person import Person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.people.cells.candidates import Candidate
    from houselist.people.fields import Values
    from houselist.searches.networks import Network

RowOutcome: TypeAlias = Literal["added", "changed", "unchanged"]

_FIELDS = COLUMNS[IDENTITIES:ATTRIBUTES]


class _State(NamedTuple):
    """Everything that the directory knows about a person at some moment."""

    values: tuple[str | dict[str, str] | None, ...]
    network: Network | None
    list_ids: tuple[int, ...]


class DirectoryBatch:
    """The people of the directory whom a batch of rows may be about, and what the rows change.

    `list_id`: the lead list that everybody is put on; `joined` counts who is new there.
    """

    def __init__(self, known: Iterable[Entry], list_id: int | None = None) -> None:
        self.joined = 0
        self._list_id = list_id
        self._entries = {_id(entry): entry for entry in known}
        self._people = {id_: Person(id_, _values(each)) for id_, each in self._entries.items()}
        self._states = {
            id_: _State(tuple(self._people[id_].values), each.network, each.list_ids)
            for id_, each in self._entries.items()
        }
        self._index = IdentityIndex(self._people.values(), MergePolicy.REPLACE)
        self._created: list[Person] = []

    @property
    def created(self) -> int:
        """How many people are new."""
        return len(self._created)

    def add(self, candidate: Candidate, network: Network | None) -> RowOutcome:
        """Merges one row. Rows must come in the order of the file."""
        matched = self._index.match([candidate])
        for person in matched.created:
            self._created.append(person)
            self._people[person.id] = person
        id_ = matched.verdicts[0].prospect_id
        if id_ is None:
            raise RuntimeError("a candidate was matched with nobody")
        before = self._states.get(id_)
        now = self._states[id_] = self._state(id_, before, network)
        if before is None:
            return "added"
        return "unchanged" if now == before else "changed"

    def _state(self, id_: bytes, before: _State | None, network: Network | None) -> _State:
        """What is known after a row; puts the person on the lead list."""
        lists = before.list_ids if before else ()
        if self._list_id is not None and self._list_id not in lists:
            lists = (*lists, self._list_id)
            self.joined += 1
        known = before.network if before else None
        return _State(tuple(self._people[id_].values), network or known, lists)

    def entries_created(self, first_number: int) -> list[Entry]:
        """The people who are new, numbered from `first_number`."""
        return [
            _entry(number, self._states[person.id])
            for number, person in enumerate(self._created, first_number)
        ]

    def entries_changed(self) -> list[Entry]:
        """The people who were there before and are not the same now."""
        now = [_entry(entry.number, self._states[id_]) for id_, entry in self._entries.items()]
        return [each for each in now if each != self._entries[_id(each)]]


def _id(entry: Entry) -> bytes:
    # Sorts by age, and before the ids of new people.
    return entry.number.to_bytes(8, "big")


def _values(entry: Entry) -> Values:
    return [*entry.identities, *map(entry.person.get, _FIELDS), None]


def _entry(number: int, state: _State) -> Entry:
    texts = dict(zip(COLUMNS, state.values, strict=True))
    known = {name: text for name, text in texts.items() if isinstance(text, str)}
    identities = tuple(map(known.get, COLUMNS[:IDENTITIES]))
    url = _linkedin_url(known.get("public_identifier"), known.pop("linkedin_id", None))
    if url is not None:
        known["linkedin_url"] = url
    return Entry(number, identities, known, state.network, state.list_ids)


def _linkedin_url(slug: str | None, linkedin_id: str | None) -> str | None:
    """An address that parse_profile reads: by the internal id if there is one, else by the slug."""
    kind, _, value = (linkedin_id or "").partition(":")
    if kind == "num":
        return f"urn:li:member:{value}"
    if kind in ("id", "sales", "rec"):
        return profile_url(kind, value)
    return profile_url("in", slug) if slug else None
