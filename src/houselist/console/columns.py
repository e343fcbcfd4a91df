"""Which columns a table of people has, as its address names them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ATTRIBUTE = "attributes."
# A table with more is no table any more; people with more attributes than this are rare.
_MAX_SHOWN, _MAX_OFFERED, _MAX_NAME = 20, 40, 300
# More than these do not fit beside each other: the table scrolls then.
_FIT = 7


class Column(NamedTuple):
    """`name`: in the address; `field`: in an export; `width`: 0 takes what is left."""

    name: str
    label: str
    field: str
    style: str = "c-more"
    width: int = 140
    sort: str = ""


NAME = Column("name", "Name", "name", "c-name", 0, "name")
_KNOWN = (
    Column("title", "Title", "title", "c-title", 0),
    Column("company", "Company", "company.name", "c-org", 170, "company"),
    Column("location", "Location", "location", "c-place", 132),
    Column("email", "E-mail", "email", "c-mail", 228),
    Column("linkedin", "LinkedIn", "linkedinUrl", "c-in", 78),
    Column("added", "Added", "addedAt", "c-when", 96, "addedAt"),
    Column("headline", "Headline", "headline", width=220),
    Column("industry", "Industry", "company.industry"),
    Column("website", "Website", "company.website"),
    Column("providerId", "Provider id", "providerId"),
)
_BY_NAME = {each.name: each for each in _KNOWN}
_USUAL = ("title", "company", "location", "email", "linkedin", "added")


class Columns(NamedTuple):
    """`shown` beside the name, in their order; `offered` to choose from; `named`: for addresses."""

    shown: list[Column]
    offered: list[Column]
    named: str | None

    @property
    def fields(self) -> str:
        """What an export of the shown columns asks for."""
        return ",".join(_quoted(each.field) for each in (NAME, *self.shown))

    @property
    def are_many(self) -> bool:
        """Whether the table is wider than most screens."""
        return len(self.shown) > _FIT


def choose(asked: Sequence[str], people: Iterable[Mapping[str, Any]]) -> Columns:
    """The columns that an address asks for; without any, the usual ones.

    Those of the source's other columns that `people` have are offered too.
    """
    names = [_read(part) for text in asked for part in text.split(",") if part]
    found = [column for name in dict.fromkeys(names) if (column := _column(name))][:_MAX_SHOWN]
    # By their order in the chooser, so that one that is added has its place.
    attributes = {f"{_ATTRIBUTE}{key}": None for each in people for key in each["attributes"]}
    others = [each for name in attributes if len(name) <= _MAX_NAME and (each := _column(name))]
    offered = list(dict.fromkeys([*_KNOWN, *found, *others]))[: len(_KNOWN) + _MAX_OFFERED]
    if not found:
        return Columns([_BY_NAME[name] for name in _USUAL], offered, None)
    shown = [each for each in offered if each in found]
    return Columns(shown, offered, ",".join(write(each.name) for each in shown))


def _column(name: str) -> Column | None:
    if name.startswith(_ATTRIBUTE) and len(_ATTRIBUTE) < len(name) <= _MAX_NAME:
        return Column(name, name.removeprefix(_ATTRIBUTE), name)
    return _BY_NAME.get(name)


def cell(person: Mapping[str, Any], column: Column) -> str | None:
    """What a column of plain text tells of somebody; None: unknown."""
    company = person["company"]
    if column.name.startswith(_ATTRIBUTE):
        return person["attributes"].get(column.name.removeprefix(_ATTRIBUTE))
    if column.field.startswith("company."):
        return company[column.field.removeprefix("company.")]
    return person[column.field]


def write(name: str) -> str:
    """A column's name as one of several in an address."""
    return name.replace("%", "%25").replace(",", "%2C")


def _read(name: str) -> str:
    return name.replace("%2C", ",").replace("%25", "%")


def _quoted(name: str) -> str:
    if "," not in name and '"' not in name and name == name.strip():
        return name
    return '"' + name.replace('"', '""') + '"'
