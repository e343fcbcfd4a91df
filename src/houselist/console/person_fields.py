"""A person's fields as pages show and change them: labels, links, and what a form changed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from houselist.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from houselist.console.visit import Fields

# In the order in which they are shown; each by its path in the API.
LABELS = {
    "email": "E-mail",
    "linkedinUrl": "LinkedIn",
    "title": "Title",
    "company.name": "Company",
    "location": "Location",
    "headline": "Headline",
    "about": "About",
    "company.industry": "Industry",
    "company.website": "Company's website",
    "company.linkedinUrl": "Company on LinkedIn",
    "company.linkedinIdentifier": "Company's LinkedIn name",
    "name": "Name",
    "firstName": "First name",
    "lastName": "Last name",
    "photoUrl": "Photo",
    "publicIdentifier": "Public identifier",
    "providerId": "Provider id",
}
# These say "Unknown"; the others are named in one line at the end.
_ALWAYS = frozenset(("email", "linkedinUrl", "title", "company.name", "location", "headline"))

# The fields of the form. The public identifier is the end of the LinkedIn address.
EDITED = (
    "firstName",
    "lastName",
    "name",
    "headline",
    "title",
    "location",
    "email",
    "linkedinUrl",
    "about",
    "company.name",
    "company.industry",
    "company.website",
    "company.linkedinUrl",
    "company.linkedinIdentifier",
    "photoUrl",
    "providerId",
)
ATTRIBUTE = "attributes."
WAS = "_was."
NEW_NAME, NEW_VALUE = "new_name", "new_value"
HALF = Problem(NEW_NAME, "needs a name and a value")
# A value with more characters is folded in the panel, and has a larger field in the form.
LONG = 200


class Shown(NamedTuple):
    """A value as the panel shows it. `href`: where it leads, empty for nowhere."""

    path: str
    label: str
    value: str | None
    href: str = ""


class Entry(NamedTuple):
    """A field of the form. `was`: what was known when the form was made."""

    path: str
    label: str
    value: str
    was: str
    problem: str = ""

    @property
    def is_long(self) -> bool:
        return self.path == "about" or len(self.was) > LONG or "\n" in self.was


class Side(NamedTuple):
    """A field of two people who may be one. The value of the one who stays wins."""

    label: str
    this: str | None
    other: str | None


def name_of(person: Mapping[str, Any]) -> str:
    """What somebody is called, or is known by."""
    ways = ("name", "email", "publicIdentifier", "providerId")
    return next((person[each] for each in ways if person[each]), "Without a name")


def value_at(person: Mapping[str, Any], path: str) -> str | None:
    """What is known of a field."""
    company, _, name = path.partition(".")
    return person[company][name] if name else person[path]


def shown(person: Mapping[str, Any]) -> list[Shown]:
    """All that is known, and what is always told, in order; the source's other columns last."""
    found = [
        Shown(path, label, value, _href(path, value or ""))
        for path, label in LABELS.items()
        if (value := value_at(person, path)) is not None or path in _ALWAYS
    ]
    others = sorted(person["attributes"].items())
    return found + [
        Shown(ATTRIBUTE + name, name, value, _href(name, value)) for name, value in others
    ]


def unknown(person: Mapping[str, Any]) -> list[str]:
    """The labels of what is not known and not told in a line of its own."""
    return [
        label
        for path, label in LABELS.items()
        if path not in _ALWAYS and value_at(person, path) is None
    ]


def side_by_side(this: Mapping[str, Any], other: Mapping[str, Any]) -> list[Side]:
    """Whatever is known of either."""
    theirs = {each.path: each for each in shown(other)}
    mine = {each.path: each for each in shown(this)}
    sides = [
        Side(each.label, *(of[path].value if path in of else None for of in (mine, theirs)))
        for path, each in (mine | theirs).items()
    ]
    return [each for each in sides if each.this is not None or each.other is not None]


def _href(path: str, value: str) -> str:
    """Nothing but these two leads anywhere: a value could be any scheme's address."""
    if path == "email" and value:
        return f"mailto:{quote(value, safe='@')}"
    is_address = value.startswith("https://") and not any(c.isspace() for c in value)
    return value if is_address else ""


def entries(person: Mapping[str, Any]) -> list[Entry]:
    """The form's fields with what is known."""
    found = [(path, LABELS[path], value_at(person, path) or "") for path in EDITED]
    found += [(ATTRIBUTE + name, name, text) for name, text in sorted(person["attributes"].items())]
    return [Entry(path, label, value, value) for path, label, value in found]


def entries_sent(form: Fields, problems: Mapping[str, str]) -> list[Entry]:
    """The form's fields as they were sent, each with what is wrong about it."""
    return [
        Entry(path, LABELS.get(path, path.removeprefix(ATTRIBUTE)), value, was, problem)
        for path, value, was in _sent(form)
        for problem in (problems.get(path, ""),)
    ]


def _sent(form: Fields) -> Iterator[tuple[str, str, str]]:
    """Path, value and former value of each field that the form has."""
    for name, was in form.pairs:
        path = name.removeprefix(WAS)
        if path != name and (path in EDITED or path.startswith(ATTRIBUTE)):
            yield path, form.get(path), was


def new_attributes(form: Fields) -> list[tuple[str, str]]:
    """Names and values that were added, also half of a pair."""
    pairs = zip(form.all(NEW_NAME), form.all(NEW_VALUE), strict=False)
    return [(name.strip(), value) for name, value in pairs if name.strip() or value.strip()]


def changes(form: Fields) -> dict[str, Any]:
    """The body of the PATCH: what the form changed, and null for what was emptied.

    What somebody else changed in the meantime, and the form did not, stays.
    """
    body: dict[str, Any] = {}
    for path, value, was in _sent(form):
        if _plain(value) != _plain(was):
            _put(body, path, _plain(value) or None)
    for name, value in new_attributes(form):
        _put(body, ATTRIBUTE + name, _plain(value))
    return body


def _put(body: dict[str, Any], path: str, value: str | None) -> None:
    # The name of an attribute may have dots of its own.
    outer, _, inner = path.partition(".")
    if inner:
        body.setdefault(outer, {})[inner] = value
    else:
        body[path] = value


def _plain(text: str) -> str:
    """A text as it was before a browser sent it, which writes line ends its own way."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
