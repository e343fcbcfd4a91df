"""What the fill page makes of its address or form: source, mapping with its reasons. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.files.column_values import look_at
from houselist.people.exported import OWN, is_exported
from houselist.people.fields import IDENTITY_PATHS, LEAVE_OUT, PATHS
from houselist.people.rows import BadRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from houselist.console.fill_store import Read
    from houselist.console.visit import Fields
    from houselist.people.rows import Row


class Source(NamedTuple):
    """A source as the page offers it: its tab, and the type of its jobs."""

    tab: str
    type: str


class Tab(NamedTuple):
    """One of the page's tabs: its address's `source`, its mark and its word."""

    source: str
    icon: str
    label: str


SOURCES = {
    "file": Source("file", "file_upload"),
    "profiles": Source("profiles", "url_upload"),
    "search": Source("search", "linkedin_search"),
    "saved-search": Source("saved-search", "sales_navigator"),
    "lead-list": Source("saved-search", "sales_navigator"),
    "post": Source("post", "post_commenters"),
    "combine": Source("combine", "combination"),
}
TABS = (
    Tab("file", "file", "File"),
    Tab("profiles", "link", "Profile addresses"),
    Tab("search", "search", "LinkedIn search"),
    Tab("saved-search", "compass", "Sales Navigator"),
    Tab("post", "speech", "Post"),
    Tab("combine", "overlap", "Audiences"),
)
# Sources that have a dry run, as their rows are ours to read.
TRIABLE = ("file", "profiles")

LABELS = {
    "firstName": "First name",
    "lastName": "Last name",
    "name": "Name",
    "headline": "Headline",
    "about": "About",
    "title": "Title",
    "location": "Location",
    "email": "E-mail",
    "photoUrl": "Photo address",
    "linkedinUrl": "LinkedIn profile",
    "publicIdentifier": "LinkedIn name",
    "providerId": "Provider id",
    "company.name": "Company name",
    "company.linkedinIdentifier": "Company LinkedIn id",
    "company.linkedinUrl": "Company LinkedIn page",
    "company.industry": "Company industry",
    "company.website": "Company website",
}
FIELDS = [*((path, LABELS[path]) for path in PATHS), (LEAVE_OUT, "Leave out")]

_VALUES = {
    "linkedinUrl": "profile addresses",
    "email": "e-mail addresses",
    "company.linkedinUrl": "pages of companies",
}
_IDS = ("publicIdentifier", "providerId")
# What is looked at of the first rows, so that even the widest file takes a few milliseconds.
_MAX_CELLS = 40_000
_SAMPLES, _MAX_SAMPLE = 3, 60
_FILLED_OF = 500


class Column(NamedTuple):
    """A column of the file: where it goes and why. `field` is empty for an attribute.

    `number` counts from 0. `mark` and `tint`: how sure that is. `filled`: the share of the first
    rows that have a value.
    """

    number: int
    name: str
    sample: str
    suggested: str
    field: str
    mark: str
    tint: str
    why: str
    filled: float


def source_of(given: Fields) -> str:
    """The source that is asked for; a file unless it says another."""
    asked = given.get("source")
    return asked if asked in SOURCES else "file"


def changes_in(given: Fields, read: Read) -> dict[str, str]:
    """The fields of the mapping's form that differ from what was suggested: `to.3` to a field."""
    found: dict[str, str] = {}
    for index, column in enumerate(read.columns):
        name = f"to.{index}"
        wanted = given.get(name, "-")
        if wanted != "-" and wanted != read.suggested.get(column, ""):
            found[name] = wanted
    return found


def mapping_of(read: Read, changes: Mapping[str, str]) -> dict[str, str]:
    """Column to field: what was suggested, in its order, with what was changed by hand."""
    found = dict(read.suggested)
    for index, column in enumerate(read.columns):
        wanted = changes.get(f"to.{index}")
        if wanted is None:
            continue
        found.pop(column, None)
        if wanted:
            found[column] = wanted
    return found


def names_people(mapping: Mapping[str, str]) -> bool:
    """Whether a column tells who somebody is; without one every row would be refused."""
    return not set(IDENTITY_PATHS).isdisjoint(mapping.values())


def columns_of(read: Read, changes: Mapping[str, str]) -> list[Column]:
    """Each column with its first values, where it goes, and why."""
    rows: list[Sequence[str | None]] = [row for row in read.rows if not isinstance(row, BadRow)]
    rows = rows[: min(_FILLED_OF, max(20, _MAX_CELLS // max(1, len(read.columns))))]
    mapping, own = mapping_of(read, changes), is_exported(read.columns)
    found: list[Column] = []
    for index, name in enumerate(read.columns):
        cells = [row[index] or "" if index < len(row) else "" for row in rows]
        filled = [cell for cell in cells if cell]
        field, suggested = mapping.get(name, ""), read.suggested.get(name, "")
        if own and name in OWN and not field:
            sure = "check", "o-added", "Houselist makes its own for everybody who is added"
        else:
            by_hand = f"to.{index}" in changes
            sure = _why(field, filled, read.read_as.mapped_by.get(name), by_hand=by_hand)
        share = len(filled) / len(cells) if cells else 0
        found.append(Column(index, name, _sample(filled), suggested, field, *sure, share))
    return found


def _sample(filled: Sequence[str]) -> str:
    first = list(dict.fromkeys(filled))[:_SAMPLES]
    return ", ".join(
        cell if len(cell) <= _MAX_SAMPLE else f"{cell[:_MAX_SAMPLE]}…" for cell in first
    )


def _why(
    field: str, filled: Sequence[str], mapped_by: str | None, *, by_hand: bool
) -> tuple[str, str, str]:
    """The mark, its tint and the words for where a column goes."""
    if field == LEAVE_OUT:
        return "x", "o-mute", "Not kept, as you chose"
    if not field:
        words = (
            "Kept as an attribute, as you chose" if by_hand else "No field for it, kept as it is"
        )
        return "tag", "o-mute", words
    if filled and (doubt := _doubt(field, filled)):
        return "alert", "o-over", doubt
    words = "The header says so"
    if by_hand:
        words = "You chose it"
    elif mapped_by == "values":
        words = f"The values are {_VALUES.get(field, 'of this kind')}"
    elif field in _IDS and filled:
        words = "The header says so, and it is different in every row"
    return "check", "o-added", words


def _doubt(field: str, filled: Sequence[str]) -> str | None:
    """What speaks against a column's being this field."""
    if field in _VALUES:
        looks = look_at(filled)
        if looks.filled and not looks.are(field):
            fitting = {"linkedinUrl": looks.profiles, "company.linkedinUrl": looks.pages}
            held = fitting.get(field, looks.emails)
            share = f"{held:,} of the first {looks.filled:,} values"
            return f"Only {share} are {_VALUES[field]}. Choose another field if this is wrong"
    if field in _IDS and len(set(filled)) < len(filled):
        return (
            "The same in several rows, which makes them one person. Choose another if it is not so"
        )
    return None


def first_rows(read: Read, limit: int = 20) -> list[Row]:
    """The first rows as they were read, for people to look at."""
    return read.rows[:limit]


def blamed(reason: str, columns: Sequence[str]) -> str | None:
    """The column that a row's reason names, if it names one."""
    told = f"; {reason}"
    return next((name for name in columns if f"; {name}: " in told), None)
