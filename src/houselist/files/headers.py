"""Finds the header row of a table, and names the columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from houselist.files.column_values import may_be_recognised
from houselist.files.mapping import IDENTITY_FIELDS, suggest_mapping
from houselist.people.rows import MAX_COLUMNS, MAX_NAME, MAX_NAMES, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from houselist.people.rows import Cells

_LINKEDIN_URL = re.compile(r"(https?:)?(//)?([a-z]{1,6}\.)?linkedin\.com/", re.IGNORECASE)
_EMAIL_LENGTH = 320
_BETWEEN = r"[\s,;|<>()\"]+"
# 'Jane Doe <jane@x.example>', and what SQL and other programs leave around an address.
_NAMED = re.compile(r"[^<>]{0,200}<([^<>\s]{3,320})>")
_AROUND = " \t'\"`<>()[]{};,"
_MAX_PREAMBLE = 10
_MAX_LONG_PREAMBLE = 20
# How many rows below a header are asked for an address.
_BELOW = 5
# A group heading above the column names says what they are about: 'Company' over 'Name' and
# 'Website'. These words only say that the columns are about the person.
_PERSONAL_WORDS = """
    person people contact contacts lead leads prospect prospects member personal profile general
    basic name names details info information data kontakt kontakte kontaktdaten personlich
    persönlich allgemein persona personne
    """
_PERSONAL = frozenset(_PERSONAL_WORDS.split())


_COMPANIES_WORDS = """
    company companies organization organisation organizations business firma firmen unternehmen
    entreprise société societe empresa azienda bedrijf account employer arbeitgeber
    """
_COMPANIES = frozenset(_COMPANIES_WORDS.split())
# What a company does not have.
_PERSONS = frozenset(("firstName", "lastName", "title", "headline"))
_NUMBER = re.compile(r"[\d\W_]+")


def find_header(records: Sequence[Sequence[str | None]]) -> int:
    """The index of the header among a file's first records, none of which are blank.

    Some exports put notes or titles above the header, and some a row that groups the columns (see
    header_cells). A wrong guess would lose rows of people. So a later record is taken for the
    header only if at least two of its cells map to fields, or one is above an address, and if
    everything above it is clearly neither a header nor a person: at most half as many cells, none
    of which map to a field, and no addresses. Longer rows and more of them are passed over if the
    header is proven by an address below one of its names.
    """
    for index, record in enumerate(records[: _MAX_LONG_PREAMBLE + 1]):
        if _names_columns(records, index) and not (index and _has_number(record)):
            if _is_group_row(records, index):
                continue
            below_group = index > 0 and _is_group_row(records, index - 1)
            above = records[: index - 1 if below_group else index]
            is_sure = index <= _MAX_PREAMBLE and all(_may_be_note(note, record) for note in above)
            return index if is_sure or _is_proven(records, index, above) else 0
        if index and _has_address(record):
            break
    return 0


def header_cells(records: Sequence[Sequence[str | None]], index: int) -> Cells:
    """The header at `index`, with the names of the groups above it if they add meaning.

    'Company' over 'Name' and 'Website' gives 'Company Name' and 'Company Website'. A name that
    tells its field stays by itself where the group would hide that.
    """
    header = list(records[index])
    if not index or not _is_group_row(records, index - 1):
        return header
    names = header.copy()
    group = ""
    groups = records[index - 1]
    for position, name in enumerate(header):
        above = groups[position] if position < len(groups) else None
        group = " ".join(above.split()) if above else group
        if name and group and not _PERSONAL.issuperset(_words(group)):
            starts = name.casefold().startswith(group.casefold())
            if not starts and (names.count(name) > 1 or not _hides(group, name)):
                header[position] = f"{group} {name}"
    return header


def _hides(group: str, name: str) -> bool:
    """Whether a name tells its field only without the group, which says nothing of its own.

    A company's or another person's address must not become the person's.
    """
    alone = suggest_mapping([name]).mapping
    if not alone or not may_be_recognised(group, "company.name"):
        return False
    if _COMPANIES.issuperset(_words(group)) and _PERSONS.isdisjoint(alone.values()):
        return False
    return not _known([f"{group} {name}"])


def _names_columns(records: Sequence[Sequence[str | None]], index: int) -> bool:
    record = records[index]
    known = _known(record)
    if known != 1 or not index or index + 1 >= len(records):
        return known > 1
    below = records[index + 1]
    return any(
        cell and position < len(record) and record[position] and _address_in(cell)
        for position, cell in enumerate(below)
    ) and not _has_address(record)


def _is_group_row(records: Sequence[Sequence[str | None]], index: int) -> bool:
    """Whether a record only groups the columns that the next one names."""
    if index + 1 >= len(records):
        return False
    groups, names = records[index], records[index + 1]
    over = [position for position, cell in enumerate(groups) if cell]
    filled = sum(map(bool, names))
    return (
        1 < len(over) < filled
        and len(groups) <= len(names)
        and all(names[position] for position in over)
        and _mostly_wide(over, len(names))
        and not any(cell and len(cell) > MAX_NAME for cell in groups)
        and not _has_address(groups)
        and any(_words(cell) & (_PERSONAL | _COMPANIES) for cell in groups if cell)
        and not _has_address(names)
        and _known(names) > max(1, _known(groups))
    )


def _mostly_wide(over: Sequence[int], width: int) -> bool:
    """Whether at least half of the groups span several columns. The cells of a title don't."""
    ends = [*over[1:], width]
    wide = sum(end - start > 1 for start, end in zip(over, ends, strict=True))
    return 2 * wide >= len(over)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text[:MAX_NAME].casefold()))


def _has_number(record: Sequence[str | None]) -> bool:
    """Whether a cell has no letters; every column name has some."""
    return any(cell and _NUMBER.fullmatch(cell) for cell in record)


def _may_be_note(record: Sequence[str | None], header: Sequence[str | None]) -> bool:
    """Whether a record above the header can be dropped."""
    filled = sum(map(bool, record))
    return (
        (filled == 1 or 2 * filled <= sum(map(bool, header)))
        and not _known(record)
        and not _has_address(record)
    )


def _is_proven(
    records: Sequence[Sequence[str | None]], index: int, above: Sequence[Sequence[str | None]]
) -> bool:
    """Whether names at `index` have addresses below them, and nothing above is like that."""
    names = [cell or "" for cell in records[index][:MAX_COLUMNS]]
    fields = suggest_mapping(names).mapping
    if len({*fields.values()}) < 2 or any(_has_address(note) or _known(note) > 1 for note in above):
        return False
    return any(
        cell and fields.get(name) in IDENTITY_FIELDS and _address_in(cell)
        for row in records[index + 1 : index + 1 + _BELOW]
        for name, cell in zip(names, row, strict=False)
    )


def _has_address(record: Sequence[str | None]) -> bool:
    return any(cell and _address_in(cell) for cell in record)


def _known(record: Sequence[str | None]) -> int:
    """How many fields the cells would name."""
    names = [cell or "" for cell in record[:MAX_COLUMNS]]
    return len({*suggest_mapping(names).mapping.values()})


def used_columns(
    header: Sequence[str | None], rows: Iterable[Sequence[str | None]]
) -> list[int] | None:
    """The positions of the columns that have a name, or a value in one of these rows.

    None if there are not too many columns anyway. Some programs pad tables to a sheet's full width.
    """
    if len(header) <= MAX_COLUMNS:
        return None
    used = {position for position, cell in enumerate(header) if cell}
    for row in rows:
        used.update(position for position, cell in enumerate(row[: len(header)]) if cell)
    return sorted(used)


def name_columns(header: Sequence[str | None]) -> tuple[list[str], bool]:
    """Unique names for the columns, and whether the record is a header at all.

    It is not if its only filled cell is a LinkedIn URL or an e-mail address: then the file is a
    plain list, and the record is its first row. Raises UnreadableFile.
    """
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile(
            f"The file has {len(header):,} columns; {MAX_COLUMNS} are allowed. Remove some."
        )
    if max((len(cell) for cell in header if cell), default=0) > MAX_NAME:
        raise UnreadableFile(
            f"A column name is longer than {MAX_NAME:,} characters. "
            "Put the column names in the first row."
        )
    if sum(len(cell) for cell in header if cell) > MAX_NAMES:
        raise UnreadableFile(
            f"The column names are longer than {MAX_NAMES:,} characters together. Shorten them."
        )
    names = [" ".join((cell or "").replace("\ufeff", "").split()) for cell in header]
    filled = [name for name in names if name]
    if not filled:
        raise UnreadableFile(
            "The header row has only blank cells. Put the column names in the first row."
        )
    if len(filled) == 1:
        # 'a@x.example, b@x.example' makes a plain list just as one address does.
        held = {_field_of(word) for word in re.split(_BETWEEN, filled[0]) if word}
        if len(held) == 1 and "" not in held:
            return _unique([name and next(iter(held)) for name in names]), False
        data = filled if held - {""} else []
    else:
        data = [name for name in filled if _address_in(name)]
    if data:
        raise UnreadableFile(
            f"The file has no header row: its first row holds data ({data[0][:100]}). "
            "Put a row with the column names above it."
        )
    return _unique(names), True


def _address_in(cell: str) -> str:
    """The field of a cell that is an address, whatever is put around it: quotes, or a name."""
    if len(cell) > _EMAIL_LENGTH:
        return _field_of(cell.strip())
    wrapped = _NAMED.fullmatch(cell.strip())
    return _field_of((wrapped[1] if wrapped else cell).strip(_AROUND))


def _field_of(cell: str) -> str:
    if _LINKEDIN_URL.match(cell):
        return "linkedinUrl"
    if len(cell) > _EMAIL_LENGTH or cell.count("@") != 1 or re.search(_BETWEEN, cell):
        return ""
    local, _, domain = cell.partition("@")
    return "email" if local and "." in domain.strip(".") and not domain.startswith(".") else ""


def _unique(names: list[str]) -> list[str]:
    """Blank names become 'column 3', the second 'Email' becomes 'Email (2)'."""
    given = set(names)
    unique: list[str] = []
    seen: set[str] = set()
    for position, name in enumerate(names, 1):
        wanted = name or f"column {position}"
        chosen, count = wanted, 1
        while chosen in seen or (chosen in given and chosen != name):
            count += 1
            chosen = f"{wanted} ({count})"
        seen.add(chosen)
        unique.append(chosen)
    return unique
