"""What a search asks for, whatever its address looks like, and the tsquery for it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from houselist.directory.lexemes import company_lexeme, network_lexeme
from houselist.directory.searches.boolean import TooMuch, all_of, any_of, boolean, none_of

if TYPE_CHECKING:
    from houselist.directory.lexemes import Network
    from houselist.people.fields import SearchField

Exact: TypeAlias = Literal["network", "companyId"]

_MAX_NOTES = 12
_MAX_SHOWN = 60


class Term(NamedTuple):
    """One thing that is asked for: Boolean text in a field, or a value that matches exactly.

    A network is F, S or O; the id of a company is digits.
    """

    field: SearchField | Exact
    text: str


class Filter(NamedTuple):
    """A filter, by its name in the address: any of `include`, and none of `exclude`."""

    name: str
    include: list[Term]
    exclude: list[Term]


class Asked(NamedTuple):
    """The filters of an address that the directory can use, and a sentence for each other one."""

    filters: list[Filter]
    notes: list[str]


class Query(NamedTuple):
    """A tsquery, or None if no filter can be used; and a sentence for each that can't."""

    text: str | None
    notes: tuple[str, ...]


class UnreadableSearch(ValueError):
    """The address can't be searched for. The message says why, as a sentence."""


def query_of(asked: Asked) -> Query:
    """The query for all filters at once. Raises UnreadableSearch."""
    parts: list[str | None] = []
    notes = list(asked.notes)
    for each in asked.filters:
        try:
            include = any_of([_query(term) for term in each.include])
            exclude = none_of([_query(term) for term in each.exclude])
        except TooMuch as error:
            raise UnreadableSearch(f"The filter {each.name} {error}: ask for less.") from error
        if include is None and exclude is None:
            texts = [term.text for term in (*each.include, *each.exclude)]
            notes.append(f"There is no word in the filter {named(each.name, texts)}.")
        parts += include, exclude
    return Query(all_of(parts), _few(notes))


def cannot_use(name: str, values: list[str], why: str = "") -> str:
    """The sentence for a filter that is left out."""
    return f"The directory cannot use the filter {named(name, values)}{why and f': {why}'}."


def named(name: str, values: list[str]) -> str:
    """A filter and its values, safe to show."""
    shown = [_shown(value) for value in values if value]
    return f"{_shown(name)} ({', '.join(shown)})" if shown else _shown(name)


def _shown(text: str) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return line if len(line) <= _MAX_SHOWN else line[: _MAX_SHOWN - 1] + "…"


def _few(notes: list[str]) -> tuple[str, ...]:
    each = list(dict.fromkeys(notes))
    if len(each) <= _MAX_NOTES:
        return tuple(each)
    return (*each[:_MAX_NOTES], f"And {len(each) - _MAX_NOTES} filters more.")


def _query(term: Term) -> str | None:
    field, text = term
    if field == "network":
        network: Network | None = text if text in ("F", "S", "O") else None
        return network and network_lexeme(network)
    if field == "companyId":
        return company_lexeme(str(int(text)))
    return boolean(field, text)
