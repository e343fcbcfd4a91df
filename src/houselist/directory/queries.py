"""From what a search asks for to a query of the directory. Pure.

Every condition is in the query or in the notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from houselist.directory.lexemes import PREFIXES, company_lexeme, network_lexeme, quoted
from houselist.directory.places import IN_PARTS, UNCERTAIN, is_in, old_place_query, place_query
from houselist.searches.countries import Country
from houselist.searches.notes import cannot_use, named
from houselist.searches.places import place_of
from houselist.searches.reading import read_people_search
from houselist.searches.shapes import All, AnyOf, Not, Phrase, UnreadableSearch
from houselist.searches.words import fold, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from houselist.people.fields import SearchField
    from houselist.searches.networks import Network
    from houselist.searches.places import Place
    from houselist.searches.shapes import Condition, Expression, Product, Value

_WHO: Final = "The directory"
_ONLY_NOW: Final = f"{_WHO} knows only what people do now."
_SEARCHED: Final[dict[str, SearchField]] = {field: field for field in PREFIXES}
# What somebody must have to be found by a field, and the lexemes that tell.
_KNOWN: Final[dict[str, tuple[str, str]]] = {
    "title": ("a title", "'t:':*"),
    "company": ("a company", "('c:':* | 'k:':*)"),
    "companyId": ("a company with its LinkedIn id or address", "'k:':*"),
    "location": ("a location", "'o:':*"),
    "industry": ("an industry", "'i:':*"),
    "network": ("a distance on LinkedIn", "('n:F' | 'n:S' | 'n:O')"),
}
_NETWORKS: Final[dict[str, Network]] = {"F": "F", "S": "S", "O": "O"}


class Somewhere(NamedTuple):
    """In any of `include` if there are some, and in none of `exclude`."""

    include: tuple[Place, ...]
    exclude: tuple[Place, ...]


class Need(NamedTuple):
    """What must be known of somebody so that a filter can be heeded.

    `known` finds everybody of whom it is; `words` is the sentence for nobody. `includes`: without
    it, the filter finds nobody at all; else it leaves out nobody.
    """

    known: str
    words: str
    includes: bool


class Query(NamedTuple):
    """A tsquery, or None if no filter can be used; and a sentence for each that can't.

    `places` decides about people whose location is not kept in its parts: for them, the tsquery
    finds too many.
    """

    text: str | None
    notes: tuple[str, ...]
    places: tuple[Somewhere, ...] = ()
    needs: tuple[Need, ...] = ()

    def fits(self, person: str) -> bool:
        """Whether somebody, as JSON, whose location is not kept in its parts, is in the places."""
        location = _decode(person).location or ""
        return all(
            (not each.include or any(is_in(location, place) for place in each.include))
            and not any(is_in(location, place) for place in each.exclude)
            for each in self.places
        )


class _Person(msgspec.Struct):
    location: str | None = None


_decode = msgspec.json.Decoder(_Person).decode


class Part(NamedTuple):
    """A part of a tsquery. `finds`: it says whom to find, and not only whom to leave out."""

    text: str
    finds: bool = True


def read_query(product: Product, url: str) -> Query:
    """The query of an address that parse_search accepted. Raises UnreadableSearch."""
    building = _Building()
    for condition in read_people_search(product, url).conditions:
        building.add(condition)
    whole = all_of(building.parts)
    notes = tuple(dict.fromkeys(building.notes))
    if whole is not None and not whole.finds and building.left_out:
        why = "Only what it excludes is left of this search, so it would find nearly everybody."
        raise UnreadableSearch(" ".join((why, *notes)))
    return Query(whole and whole.text, notes, tuple(building.places), tuple(building.needs))


def all_of(parts: Iterable[Part | None]) -> Part | None:
    """A query for all of the parts that are not None."""
    there = [part for part in parts if part is not None]
    return Part(_joined(" & ", there), any(part.finds for part in there)) if there else None


def any_of(parts: Iterable[Part | None]) -> Part | None:
    """A query for any of the parts that are not None."""
    there = [part for part in parts if part is not None]
    return Part(_joined(" | ", there), all(part.finds for part in there)) if there else None


def none_of(parts: Iterable[Part | None]) -> Part | None:
    """A query for none of the parts that are not None."""
    found = any_of(parts)
    return Part(f"!{found.text}", not found.finds) if found else None


def _joined(operator: str, parts: Sequence[Part]) -> str:
    texts = [part.text for part in parts]
    return texts[0] if len(texts) == 1 else f"({operator.join(texts)})"


class _Building:
    """A query while one condition after another is added.

    `left_out`: something that the search asks for is in no part.
    """

    def __init__(self) -> None:
        self.parts: list[Part | None] = []
        self.notes: list[str] = []
        self.places: list[Somewhere] = []
        self.left_out = False
        self.needs: list[Need] = []

    def add(self, condition: Condition) -> None:
        if condition.when in {"past", "pastNotCurrent"}:
            self._leave_out(condition, (*condition.include, *condition.exclude))
            self.notes.append(_ONLY_NOW)
        elif condition.field == "location":
            self._add_places(condition)
        else:
            self._add_values(condition)

    def _add_values(self, condition: Condition) -> None:
        unused: list[Value] = []
        include = any_of([self._ask(condition, value, unused) for value in condition.include])
        exclude = none_of([self._ask(condition, value, unused) for value in condition.exclude])
        self.parts += include, exclude
        self._need(condition, include, condition.include, includes=True)
        self._need(condition, exclude, condition.exclude, includes=False)
        wordless = [value.shown for value in unused if condition.field in PREFIXES and not value.id]
        if wordless:
            self.left_out = True
            self.notes.append(f"There is no word in the filter {named(condition.name, wordless)}.")
        elif unused or not (condition.include or condition.exclude):
            self._leave_out(condition, unused)
        if condition.when == "currentOrPast" and (include or exclude):
            self.notes.append(f"{_WHO} looks for {condition.name} in current jobs only.")

    def _need(
        self,
        condition: Condition,
        part: Part | None,
        values: tuple[Value, ...],
        *,
        includes: bool,
    ) -> None:
        """Notes what must be known of people, so that one side of a filter can be heeded."""
        ids_alone = condition.field == "company" and all(value.words is None for value in values)
        known = _KNOWN.get("companyId" if ids_alone else condition.field)
        if part is not None and known is not None:
            shown = named(condition.name, [value.shown for value in values])
            words_ = f"{_WHO} cannot use the filter {shown}: nobody in it has {known[0]}."
            self.needs.append(Need(known[1], words_, includes))

    def _leave_out(self, condition: Condition, values: Iterable[Value]) -> None:
        self._note(condition, [value.shown for value in values])

    def _note(self, condition: Condition, shown: Iterable[str]) -> None:
        self.left_out = True
        self.notes.append(cannot_use(_WHO, condition.name, shown))

    def _add_places(self, condition: Condition) -> None:
        sides = condition.include, condition.exclude
        found = [[(value, place_of(value)) for value in side] for side in sides]
        include, exclude = (
            tuple(place for _, place in side if place is not None) for side in found
        )
        unused = [value for side in found for value, place in side if place is None]
        if include:
            kept = [Part(place_query(place)) for place in include]
            old = _joined(" | ", [Part(old_place_query(place)) for place in include])
            self.parts.append(any_of([*kept, Part(f"(!{IN_PARTS} & {old})")]))
            self._need(condition, self.parts[-1], condition.include, includes=True)
            codes = [place.code for place in include if isinstance(place, Country)]
            self.notes += [UNCERTAIN[code] for code in codes if code in UNCERTAIN]
        self.parts.append(none_of([Part(place_query(place)) for place in exclude]))
        self._need(condition, self.parts[-1], condition.exclude, includes=False)
        if include or exclude:
            self.places.append(Somewhere(include, exclude))
        if unused:
            self._leave_out(condition, unused)

    def _ask(self, condition: Condition, value: Value, unused: list[Value]) -> Part | None:
        """The query of a value, which is added to `unused` if there is none."""
        exact = _exact(condition, value)
        if value.words is None or condition.field not in _SEARCHED:
            unused += [value] if exact is None else []
            return exact
        return any_of([exact, self._express(condition, value.words)])

    def _express(self, condition: Condition, asked: Expression) -> Part | None:
        match asked:
            case Phrase(field, text):
                if field in _SEARCHED:
                    return _phrase(_SEARCHED[field], text)
                self._note(condition, [text if field == "other" else f"{field}:{text}"])
                return None
            case All(parts):
                return all_of([self._express(condition, part) for part in parts])
            case AnyOf(parts):
                return any_of([self._express(condition, part) for part in parts])
            case Not(part):
                return none_of([self._express(condition, part)])


def _exact(condition: Condition, value: Value) -> Part | None:
    """The query for an id."""
    if condition.field == "network":
        return Part(network_lexeme(_NETWORKS[value.id])) if value.id in _NETWORKS else None
    if condition.field == "company" and value.id is not None:
        return Part(company_lexeme(fold(value.id)))
    return None


def _phrase(field: SearchField, text: str) -> Part | None:
    lexemes = [Part(quoted(PREFIXES[field] + word)) for word in words(text)]
    return Part(_joined(" <-> ", lexemes)) if lexemes else None
