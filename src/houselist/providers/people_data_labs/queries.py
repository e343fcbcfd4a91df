"""From what a search asks for to a query of People Data Labs. Pure.

Every condition is in the query or in the notes. Field names are those of its pages "Person Schema"
and "Elasticsearch Mapping": its lists of jobs are flat, so that a value in them may be of any job,
the one held now among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.providers.people_data_labs.clauses import (
    all_of,
    any_of,
    has_words,
    none_of,
    one_of,
    plain,
    says,
    spellings,
)
from houselist.providers.people_data_labs.limits import TITLE
from houselist.providers.people_data_labs.places import read_place
from houselist.providers.people_data_labs.titles import titles
from houselist.providers.people_data_labs.unconfirmed import (
    INDUSTRIES,
    TEXTS,
    TITLE_EVER,
    TITLE_NOW,
)
from houselist.searches.notes import cannot_use, named
from houselist.searches.shapes import All, AnyOf, Not, Phrase, UnreadableSearch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.providers.fields import Json
    from houselist.providers.people_data_labs.clauses import Part
    from houselist.searches.shapes import Condition, Expression, Field, PeopleSearch, Value, When

# What is compared as a whole, so that all words of a value are one name.
_WHOLE: Final[frozenset[Field]] = frozenset(
    {"firstName", "lastName", "company", "school", "industry"}
)
_PAST: Final[frozenset[When | None]] = frozenset({"past", "pastNotCurrent"})
# Where keywords are looked for, besides texts: values of their own.
_NAMES: Final = (
    "skills",
    "full_name",
    "first_name",
    "last_name",
    "job_company_name",
    "experience.company.name",
    "industry",
)


class Query(NamedTuple):
    """What is asked for, and a sentence for each filter that is not, or not just so."""

    query: Json
    notes: tuple[str, ...]


def read_query(search: PeopleSearch) -> Query:
    """Raises UnreadableSearch for a search of which too little can be asked, or too much."""
    building = _Building()
    for condition in search.conditions:
        building.add(condition)
    whole = all_of(building.parts)
    notes = tuple(dict.fromkeys(building.notes))
    if whole is None:
        why = f"{TITLE} can use no filter of this search, so it would find everybody."
        raise UnreadableSearch(" ".join((why, *notes)))
    if not whole.finds:
        why = "Only what it excludes is left of this search, so it would find nearly everybody."
        raise UnreadableSearch(" ".join((why, *notes)))
    return Query(whole.clause, notes)


class _Building:
    """A query while one condition after another is added."""

    def __init__(self) -> None:
        self.parts: list[Part | None] = []
        self.notes: list[str] = []

    def add(self, condition: Condition) -> None:
        unused: list[Value] = []
        include = any_of([self._ask(condition, value, unused) for value in condition.include])
        exclude = none_of([self._ask(condition, value, unused) for value in condition.exclude])
        self.parts += include, exclude
        if unused or not (condition.include or condition.exclude):
            shown = [value.shown for value in unused]
            self.notes.append(cannot_use(TITLE, condition.name, shown))
        if condition.when == "past" and (include or exclude):
            values = [value.shown for value in (*condition.include, *condition.exclude)]
            shown = named(condition.name, values)
            self.notes.append(f"{TITLE} leaves out of {shown} whoever has it now, too.")

    def _ask(self, condition: Condition, value: Value, unused: list[Value]) -> Part | None:
        """The query of a value, which is added to `unused` if there is none."""
        found = self._place(condition, value) if condition.field == "location" else None
        if condition.field not in {"location", "network", "other"}:
            found = _by_id(condition, value)
            if found is None and value.words is not None:
                asked = _as_one(condition.field, value.text or "", value.words)
                # What it has that can't be asked is named there.
                return self._express(condition, asked)
        if found is None:
            unused.append(value)
        return found

    def _place(self, condition: Condition, value: Value) -> Part | None:
        found = read_place(value)
        if found is None:
            return None
        if found.town is not None:
            self.notes.append(
                f"{TITLE} looks for {named(condition.name, [value.shown])} in the town alone, not"
                " around it."
            )
        return found.part

    def _express(self, condition: Condition, asked: Expression) -> Part | None:
        match asked:
            case Phrase(field, text):
                found = _phrase(field, text, condition.when)
                if found is None and (field == "other" or has_words(text)):
                    shown = text if field == "other" else f"{field}:{text}"
                    self.notes.append(cannot_use(TITLE, condition.name, [shown]))
                return found
            case All(parts):
                return all_of([self._express(condition, part) for part in _merged(parts)])
            case AnyOf(parts):
                return any_of([self._express(condition, part) for part in parts])
            case Not(part):
                return none_of([self._express(condition, part)])


def _as_one(field: Field, text: str, asked: Expression) -> Expression:
    """A name of several words as one phrase, as it is written; anything else as it is."""
    parts = asked.parts if isinstance(asked, All) else (asked,)
    if field in _WHOLE and all(isinstance(part, Phrase) and part.field == field for part in parts):
        return Phrase(field, text)
    return asked


def _merged(parts: Iterable[Expression]) -> list[Expression]:
    """The same, with words of one name that stand side by side as one phrase."""
    found: list[Expression] = []
    for part in parts:
        match found[-1:], part:
            case [Phrase(field, text)], Phrase(other, more) if field == other and field in _WHOLE:
                found[-1] = Phrase(field, f"{text} {more}")
            case _:
                found.append(part)
    return found


def _by_id(condition: Condition, value: Value) -> Part | None:
    """A company or school by what LinkedIn calls it in addresses, or by its number."""
    if value.id is None:
        return None
    is_number = value.id.isdigit()
    if condition.field == "company" and is_number:
        return _held(
            "job_company_linkedin_id", "experience.company.linkedin_id", [value.id], condition.when
        )
    if condition.field == "company":
        page = f"linkedin.com/company/{plain(value.id)}"
        return _held(
            "job_company_linkedin_url", "experience.company.linkedin_url", [page], condition.when
        )
    if condition.field == "school" and not is_number:
        return one_of("education.school.linkedin_url", [f"linkedin.com/school/{plain(value.id)}"])
    return None


def _phrase(field: Field, text: str, when: When | None) -> Part | None:
    """One name or one phrase in a field; None if it can't be asked for."""
    if not has_words(text):
        return None
    match field:
        case "keywords":
            found = _keywords(text)
        case "title":
            now = any_of([says(TITLE_NOW.value, each) for each in titles(text)])
            found = _at(now, any_of([says(TITLE_EVER.value, each) for each in titles(text)]), when)
        case "company":
            found = _held("job_company_name", "experience.company.name", spellings(text), when)
        case "firstName":
            found = _first_name(text)
        case "lastName":
            found = one_of("last_name", spellings(text))
        case "school":
            found = one_of("education.school.name", spellings(text))
        case "industry":
            found = any_of([one_of(name, spellings(text)) for name in INDUSTRIES.value])
        case _:
            found = None
    return found


def _keywords(text: str) -> Part | None:
    texts = [says(name, plain(text)) for name in TEXTS.value]
    jobs = [
        says(name, each) for name in (TITLE_NOW.value, TITLE_EVER.value) for each in titles(text)
    ]
    return any_of([*texts, *jobs, *(one_of(name, spellings(text)) for name in _NAMES)])


def _first_name(text: str) -> Part | None:
    """A first name; of several words the others may be kept as middle names."""
    first, _, rest = plain(text).partition(" ")
    apart = [one_of("first_name", spellings(first)), one_of("middle_name", spellings(rest))]
    return any_of([one_of("first_name", spellings(text)), all_of(apart) if rest else None])


def _held(now: str, ever: str, values: list[str], when: When | None) -> Part | None:
    """A value of the job held now, of those before, or of either."""
    return _at(one_of(now, values), one_of(ever, values), when)


def _at(now: Part | None, ever: Part | None, when: When | None) -> Part | None:
    if when in _PAST:
        return all_of([ever, none_of([now])])
    return any_of([now, ever]) if when == "currentOrPast" else now
