"""What the parameters of search addresses are about, each known by its name. Pure.

For the parameters that stand side by side in an address. LinkedIn's people search has had three
sets of names (`currentCompany`, `facetCurrentCompany`, `f_CC`), Sales Navigator two before its
`query=` (`companyIncluded`, `facet.CC`), and Recruiter one; no name means two things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from houselist.searches.shapes import Field, When

# How values are written. `text`: Boolean text. `ids`: `["1","2"]`, `List(1,2)`, `1,2` or `1`.
# `named`: `Name:1,Name:2`, each escaped once more.
Form: TypeAlias = Literal["text", "ids", "named"]


class Facet(NamedTuple):
    """What a parameter is about. `excluded`: its values are those that are not wanted."""

    field: Field
    form: Form
    when: When | None = None
    excluded: bool = False


_TEXTS: Final[dict[Field, tuple[str, ...]]] = {
    "keywords": ("keywords", "keyword", "searchkeywords", "searchkeyword"),
    "firstName": ("firstname", "first"),
    "lastName": ("lastname", "last"),
    "title": ("title", "titlefreetext", "jobtitle", "jobtitles", "jobtitleentities"),
    "company": ("company", "companyfreetext", "companies", "companyentities"),
    "school": ("school", "schoolfreetext"),
    "location": ("location", "locations"),
}
_IDS: Final[dict[Field, tuple[str, ...]]] = {
    "network": ("network", "facetnetwork", "f_n", "facet.n", "relationship"),
    "location": ("geourn", "facetgeourn", "facetgeoregion", "f_g", "facet.g"),
    "company": ("currentcompany", "facetcurrentcompany", "f_cc", "facet.cc"),
    "industry": ("industry", "facetindustry", "f_i", "facet.i"),
    "school": ("schoolfilter", "facetschool", "f_ed", "facet.ed"),
}
_PAST_COMPANY: Final = ("pastcompany", "facetpastcompany", "f_pc", "facet.pc")
_NAMED: Final[dict[str, Field]] = {
    "title": "title",
    "company": "company",
    "geo": "location",
    "region": "location",
    "industry": "industry",
    "school": "school",
}

FACETS: Final[dict[str, Facet]] = {
    **{name: Facet(field, "text") for field, names in _TEXTS.items() for name in names},
    **{name: Facet(field, "ids") for field, names in _IDS.items() for name in names},
    **{name: Facet("company", "ids", "past") for name in _PAST_COMPANY},
    **{f"{name}included": Facet(field, "named") for name, field in _NAMED.items()},
    **{f"{name}excluded": Facet(field, "named", excluded=True) for name, field in _NAMED.items()},
}
"""By the name in lower case."""

SCOPE_OF: Final[dict[str, Field]] = {
    "titlescope": "title",
    "titletimescope": "title",
    "jobtitletimescope": "title",
    "companyscope": "company",
    "companytimescope": "company",
}
"""Which conditions a parameter says the time of. Names in lower case."""

WHENS: Final[dict[str, When]] = {
    "c": "current",
    "current": "current",
    "cp": "currentOrPast",
    "currentorpast": "currentOrPast",
    "pastorcurrent": "currentOrPast",
    "p": "past",
    "past": "past",
    "pnc": "pastNotCurrent",
    "pastnotcurrent": "pastNotCurrent",
}
"""By LinkedIn's word in lower case, without anything but letters."""


def read_when(text: str) -> When | None:
    """A time as an address says it; None for a word that is not known."""
    return WHENS.get("".join(letter for letter in text.lower() if letter.isalpha()))
