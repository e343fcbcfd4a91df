"""Who a file's people are in the directory, and what of them is news.

Who is who is decided as in every audience (filling/resolving.py); but the directory holds what the
latest file says, so a later row replaces what an earlier one said, and blanks nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.directory.people import Entry
from houselist.linkedin import profile_url
from houselist.people.fields import (
    ATTRIBUTES,
    COLUMNS,
    EMAIL,
    IDENTITIES,
    LINKEDIN_ID,
    PROVIDER_ID,
    SLUG,
    Person,
)
from houselist.people.matching import Crowd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal, TypeAlias

    from houselist.directory.lexemes import Network
    from houselist.people.cells.candidates import Candidate
    from houselist.people.fields import Values

    News: TypeAlias = Literal["added", "changed", "unchanged"]
    _Marks: TypeAlias = tuple[Network | None, tuple[int, ...]]

_FIELDS = COLUMNS[IDENTITIES:ATTRIBUTES]


class Meeting:
    """The people of the directory whom a batch of rows may be about, and what becomes of them.

    `list_id`: the lead list that everybody is put on; `joined` counts who is new there.
    """

    def __init__(self, known: Iterable[Entry], list_id: int | None = None) -> None:
        self.joined = 0
        self._list_id = list_id
        self._entries = {_id(entry): entry for entry in known}
        self._marks: dict[bytes, _Marks] = {
            id_: (each.network, each.list_ids) for id_, each in self._entries.items()
        }
        self._crowd = _Crowd(Person(id_, _values(each)) for id_, each in self._entries.items())
        self._newcomers: dict[bytes, Person] = {}

    def take(self, candidate: Candidate, network: Network | None) -> News:
        """What one row comes to. Rows must come in the order of the file."""
        self._crowd.is_news = False
        placed = self._crowd.place([candidate])
        for person in placed.newcomers:
            self._newcomers[person.id] = person
        (verdict,) = placed.verdicts
        if verdict.prospect_id is None:
            raise RuntimeError("a candidate was not placed")
        is_marked = self._mark(verdict.prospect_id, network)
        if placed.newcomers:
            return "added"
        return "changed" if self._crowd.is_news or is_marked else "unchanged"

    def _mark(self, id_: bytes, network: Network | None) -> bool:
        """Notes distance and lead list; whether that is news."""
        before: _Marks = self._marks.get(id_, (None, ()))
        known, lists = before
        if self._list_id is not None and self._list_id not in lists:
            lists = (*lists, self._list_id)
            self.joined += 1
        self._marks[id_] = (network or known, lists)
        return self._marks[id_] != before

    def added(self, first_number: int) -> list[Entry]:
        """Who is new, numbered from `first_number`."""
        return [
            _entry(number, person.values, *self._marks[person.id])
            for number, person in enumerate(self._newcomers.values(), first_number)
        ]

    @property
    def newcomers(self) -> int:
        return len(self._newcomers)

    def changed(self) -> list[Entry]:
        """Who was there and has changed."""
        values = {person.id: person.values for person in self._crowd.changed}
        now = [
            _entry(entry.number, values.get(id_) or _values(entry), *self._marks[id_])
            for id_, entry in self._entries.items()
        ]
        return [each for each in now if each != self._entries[_id(each)]]


class _Crowd(Crowd):
    """A crowd in which a later row replaces what is known."""

    is_news = False
    # The directory says what the latest file says, and forgets nobody for what one row says.
    merges = False

    def fill(self, person: Person, candidate: Candidate) -> None:
        before, values = person.values, candidate.values
        pairs = zip(before, values, strict=True)
        later = [known if value is None else value for known, value in pairs]
        later[ATTRIBUTES] = None
        if before[LINKEDIN_ID] is not None:
            # An internal id never changes: another one is that of another product.
            later[LINKEDIN_ID] = before[LINKEDIN_ID]
        for index, taken in ((SLUG, self._by_slug), (LINKEDIN_ID, self._by_linkedin_id)):
            if taken.get(later[index], person) is not person:
                later[index] = before[index]
        if later == before:
            return
        self.is_news = True
        person.values = later
        self._note_change(person)
        self._move(person, before[:IDENTITIES])

    def _move(self, person: Person, before: Values) -> None:
        """Makes somebody findable by what they are known by now, and by nothing of before."""
        now = person.values[:IDENTITIES]
        kept = [old if old == new else None for old, new in zip(before, now, strict=True)]
        for index, place in ((SLUG, self._by_slug), (LINKEDIN_ID, self._by_linkedin_id)):
            if before[index] is not None and kept[index] is None:
                del place[before[index]]
        for index, place in ((PROVIDER_ID, self._by_provider_id), (EMAIL, self._by_email)):
            if before[index] is not None and kept[index] is None:
                place[before[index]].remove(person)
        self._index(person, kept)


def _id(entry: Entry) -> bytes:
    # Sorts before the ids of newcomers, and by age.
    return entry.number.to_bytes(8, "big")


def _values(entry: Entry) -> Values:
    known = (entry.person.get(name) for name in _FIELDS)
    return [*entry[1 : 1 + IDENTITIES], *known, None]  # pyright: ignore[reportReturnType] - a slice of four texts


def _entry(
    number: int, values: Values, network: Network | None, list_ids: tuple[int, ...]
) -> Entry:
    texts = dict(zip(COLUMNS[:ATTRIBUTES], values, strict=False))
    known = {name: text for name, text in texts.items() if isinstance(text, str)}
    slug, linkedin_id = known.get("public_identifier"), known.pop("linkedin_id", None)
    url = _linkedin_url(slug, linkedin_id)
    if url is not None:
        known["linkedin_url"] = url
    return Entry(
        number,
        slug,
        linkedin_id,
        known.get("provider_id"),
        known.get("email"),
        known,
        network,
        list_ids,
    )


def _linkedin_url(slug: str | None, linkedin_id: str | None) -> str | None:
    """An address by which parse_profile reads the internal id, if there is one, else the slug."""
    kind, _, value = (linkedin_id or "").partition(":")
    if kind == "num":
        return f"urn:li:member:{value}"
    if kind in ("id", "sales", "rec"):
        return profile_url(kind, value)
    return profile_url("in", slug) if slug else None
