"""Which field of a prospect a file's column most likely holds, by its name and by its values.

What names there are stands in field_names.py, how values look in column_values.py. Only sure
guesses: a column that is not suggested stays an attribute, a wrong one garbles people.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from houselist.files.column_values import Looks, Told, look_at, may_be_recognised
from houselist.files.field_names import KNOWN, plain
from houselist.people.exported import is_exported, mapping_of
from houselist.people.fields import IDENTITY_PATHS, PATHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "FIELDS",
    "IDENTITY_FIELDS",
    "MAX_COLUMNS_A_FIELD",
    "Suggestion",
    "complete_mapping",
    "sample_cells",
    "suggest_mapping",
]

Reason: TypeAlias = Literal["name", "values"]
FIELDS = PATHS
IDENTITY_FIELDS = IDENTITY_PATHS
"""What identifies a person. Several columns may be mapped to one of these, in order."""
MAX_COLUMNS_A_FIELD = 10

# Names of whose the column is, which say nothing about which field it is.
_WHOSE = (
    *("person", "contact", "lead", "prospect", "member", "kontakt", "attendee", "participant"),
    *("invitee", "guest", "registrant", "recipient", "subscriber", "candidate", "employee"),
)
_SURNAMES = {name for name, (field, _) in KNOWN.items() if field == "lastName"}
# 'Nom' is the surname beside 'Prénom', 'Nombre' the first name beside 'Apellidos'.
_SURNAME_BESIDE = {"nom": {"prenom"}, "name": {"vorname"}, "naam": {"voornaam"}}
_GENERIC_SITES = {name for name, known in KNOWN.items() if known == ("company.website", 2)}
# The second of several: 'E-mail 2 - Value', 'Email (2)', 'linkedin_url_2'.
_NUMBERED = re.compile(r"([a-z]{1,60})([1-9])(adresse|address|value|wert|valeur|valor)?")
_SECOND, _LAST = 3, 9
_PAGES = "company.linkedinUrl"
_LONGEST_NAME = 200
_SHOWN_NAME = 60
_ENOUGH = 2
# What values may tell against a column's name, and in which columns any text may be.
_CERTAIN = {"linkedinUrl": "LinkedIn profiles", "email": "e-mail addresses"}
_ANY_TEXT = {"publicIdentifier", "providerId"}


class Suggestion(NamedTuple):
    """`mapping`: column to field, of several columns for one field the better ones first.

    `reasons` has for each of its columns whether its name or its values told. `doubts` are
    sentences about columns that could as well hold a field.
    """

    mapping: dict[str, str]
    reasons: dict[str, Reason]
    doubts: tuple[str, ...] = ()


class _Guess(NamedTuple):
    """How sure a column is for a field; the least is the surest."""

    rank: float
    column: int
    reason: Reason


def suggest_mapping(
    columns: Sequence[str], values: Sequence[Sequence[str]] | None = None
) -> Suggestion:
    """What each column holds, where that is sure.

    `values`: for each column a sample of its cells (see sample_cells); None where only the names
    are known. A field's own path wins, then the surer name ('Work Email' before 'Email'), then
    the first. Only what tells who somebody is may have several columns.
    """
    if is_exported(columns):
        mapping = mapping_of(columns)
        return Suggestion(mapping, dict.fromkeys(mapping, "name"))
    guesses = _by_name(columns)
    doubts: list[str] = []
    if values is not None:
        _judge(guesses, columns, values, doubts)
    chosen: dict[str, list[_Guess]] = {}
    for field, found in guesses.items():
        ranked = sorted(found)
        chosen[field] = ranked[: MAX_COLUMNS_A_FIELD if field in IDENTITY_FIELDS else 1]
    _drop_own_site(chosen, columns)
    return _in_order(columns, chosen)._replace(doubts=tuple(doubts))


def complete_mapping(given: Mapping[str, str], suggested: Mapping[str, str]) -> dict[str, str]:
    """What was given, and the suggestions that do not contradict it.

    A column that was given no field (an empty text) stays an attribute.
    """
    rest = {
        column: field
        for column, field in suggested.items()
        if column not in given and field not in given.values()
    }
    return rest | {column: field for column, field in given.items() if field}


def sample_cells(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> list[list[str]]:
    """The cells of each column in sample rows (which may lack their last ones); '' for no value."""
    width = len(columns)
    full = [[*row[:width], *[None] * (width - len(row))] for row in rows]
    return [[cell or "" for cell in column] for column in zip(*full, strict=True)] or [
        [] for _ in columns
    ]


def _in_order(columns: Sequence[str], chosen: Mapping[str, Sequence[_Guess]]) -> Suggestion:
    """Columns as they stand in the file, but those of one field by how sure they are."""
    fields = {guess.column: field for field, found in chosen.items() for guess in found}
    best: dict[str, Iterator[_Guess]] = {field: iter(found) for field, found in chosen.items()}
    suggestion = Suggestion({}, {})
    for index in sorted(fields):
        guess = next(best[fields[index]])
        suggestion.mapping[columns[guess.column]] = fields[index]
        suggestion.reasons[columns[guess.column]] = guess.reason
    return suggestion


def _by_name(columns: Sequence[str]) -> dict[str, list[_Guess]]:
    plain = [_plain(column) for column in columns]
    present = set(plain)
    guesses: dict[str, list[_Guess]] = {}
    for index, column in enumerate(columns):
        known = (column, 0) if column in FIELDS else _guess(plain[index], present)
        if known:
            field, rank = known
            guesses.setdefault(field, []).append(_Guess(rank, index, "name"))
    return guesses


def _judge(
    guesses: dict[str, list[_Guess]],
    columns: Sequence[str],
    values: Sequence[Sequence[str]],
    doubts: list[str],
) -> None:
    """Corrects what the names say by what the columns hold."""
    looks = [look_at(cells) for cells in values]
    _move_company_pages(guesses, looks)
    _drop_misnamed(guesses, columns, looks)
    taken = {guess.column for found in guesses.values() for guess in found}
    free = [
        index
        for index, look in enumerate(looks)
        if look.filled and not look.repeats and index not in taken
    ]
    for field in _CERTAIN:
        named = guesses.get(field, [])
        usable = [guess for guess in named if looks[guess.column].may_be(field)]
        sure = _sure(field, free, columns, looks)
        # A column of this name that holds something else is of no use beside a real one.
        if any(looks[guess.column].filled for guess in usable):
            guesses[field] = usable
        elif sure:
            guesses[field] = [_Guess(_SECOND, sure[0], "values"), *usable]
        if sure:
            guesses[field] += _fallbacks(sure, guesses[field], values)
        if sure and guesses[field][0].reason == "values":
            doubts += _doubts(field, sure, guesses[field], columns, values)
    pages = [index for index, look in enumerate(looks) if look.filled and index not in taken]
    if not guesses.get(_PAGES) and (found := _sure(_PAGES, pages, columns, looks)):
        guesses[_PAGES] = [_Guess(_SECOND, found[0], "values")]


def _fallbacks(
    sure: Sequence[int], chosen: Sequence[_Guess], values: Sequence[Sequence[str]]
) -> list[_Guess]:
    """Of columns that are sure to hold a field, those that have it where the chosen ones don't."""
    told = Told()
    for guess in chosen:
        told.add(values[guess.column])
    taken = {guess.column for guess in chosen}
    found: list[_Guess] = []
    for index in sure:
        if len(found) >= MAX_COLUMNS_A_FIELD:
            break
        if index not in taken and told.is_completed_by(values[index]):
            found.append(_Guess(_LAST, index, "values"))
            told.add(values[index])
    return found


def _doubts(
    field: str,
    sure: Sequence[int],
    chosen: Sequence[_Guess],
    columns: Sequence[str],
    values: Sequence[Sequence[str]],
) -> list[str]:
    """What to say of the first column that holds the same as the chosen ones, of other people."""
    told = Told()
    for guess in chosen:
        told.add(values[guess.column])
    taken = {guess.column for guess in chosen}
    for index in sure:
        if index not in taken and told.is_contradicted_by(values[index]):
            one, other = (columns[each][:_SHOWN_NAME] for each in (chosen[0].column, index))
            doubt = (
                f"The columns '{one}' and '{other}' both hold {_CERTAIN[field]}, and not the same"
                f" ones. '{one}' is suggested; if the people are those of the other column, map"
                f" that one to {field}."
            )
            return [doubt]
    return []


def _sure(
    field: str, free: Sequence[int], columns: Sequence[str], looks: Sequence[Looks]
) -> list[int]:
    """Of the columns that nothing else claims, those that surely hold the field; fullest first."""
    sure = [
        index
        for index in free
        if looks[index].are(field) and may_be_recognised(columns[index], field)
    ]
    return sorted(sure, key=lambda index: (-looks[index].filled, index))


def _drop_misnamed(
    guesses: dict[str, list[_Guess]], columns: Sequence[str], looks: Sequence[Looks]
) -> None:
    """Names say nothing of columns that hold addresses throughout, as where a header is shifted."""
    for field in guesses.keys() - _ANY_TEXT:
        guesses[field] = [
            guess
            for guess in guesses[field]
            if looks[guess.column].filled < _ENOUGH
            or not any(
                looks[guess.column].are(other) and may_be_recognised(columns[guess.column], other)
                for other in _CERTAIN.keys() - {field}
            )
        ]


def _move_company_pages(guesses: dict[str, list[_Guess]], looks: Sequence[Looks]) -> None:
    """A column whose name does not quite say that it is a person's may hold companies' pages."""
    named = guesses.get("linkedinUrl", [])
    moved = [
        guess
        for guess in named
        if guess.rank > 1 and looks[guess.column].filled > 1 and looks[guess.column].are(_PAGES)
    ]
    if moved:
        guesses["linkedinUrl"] = [guess for guess in named if guess not in moved]
        pages = guesses.setdefault(_PAGES, [])
        pages += [_Guess(_LAST, guess.column, "values") for guess in moved]


def _drop_own_site(chosen: dict[str, list[_Guess]], columns: Sequence[str]) -> None:
    """A website in a file without companies is as likely the person's own."""
    site = chosen.get("company.website")
    companies = chosen.keys() & {"company.name", "company.linkedinUrl"}
    if site and not companies and _plain(columns[site[0].column]) in _GENERIC_SITES:
        del chosen["company.website"]


def _guess(name: str, present: set[str]) -> tuple[str, float] | None:
    if name in _SURNAME_BESIDE and present & _SURNAME_BESIDE[name] and not present & _SURNAMES:
        return "lastName", 2
    if name in {"nombre", "nome"} and present & _SURNAMES:
        return "firstName", 2
    if name == "url" and (len(present) == 1 or "connectedon" in present):
        # LinkedIn's own Connections.csv, or a bare list of profiles.
        return "linkedinUrl", 2
    return _known(name) or next(
        (_known(name.removeprefix(whose)) for whose in _WHOSE if name.startswith(whose)), None
    )


def _known(name: str) -> tuple[str, float] | None:
    if name in KNOWN:
        return KNOWN[name]
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None:
        return None
    stem, number, rest = numbered.groups()
    field, rank = KNOWN.get(stem) or KNOWN.get(f"{stem}{rest}") or ("", 0)
    if field not in {"email", "linkedinUrl"}:
        return None
    return field, rank if number == "1" else max(rank, _SECOND) + int(number) / 10


def _plain(column: str) -> str:
    """The name as field_names knows it; none for what is longer than any name."""
    if len(column) > _LONGEST_NAME:
        return ""
    # Salesforce marks the fields that its customers made; HubSpot and Airtable nest all of them.
    bare = column.casefold().removesuffix("__c")
    return plain(bare.removeprefix("properties.").removeprefix("fields."))
