"""The table of a person's fields, and everything that is derived from it. Pure.

A new field is a line here and a column in the schema. tests/people/test_fields.py then names the
few places that can't be derived: shapes with a description for each field, and names in files.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

# What a search of the directory can look into: all the words of a person, or one kind of them.
SearchField: TypeAlias = Literal[
    "keywords", "firstName", "lastName", "title", "company", "location", "industry"
]


class Field(NamedTuple):
    """One thing that can be known about a person.

    `attribute`: its name where a provider or the directory gives a person. `path`: its name in the
    API and in files; None if it is never shown. `column`: its column in `prospects`; None if it is
    kept in other columns. `rung`: its rung on the ladder of identities (contract section 5); None
    if it identifies nobody. `found_by`: what finds its words in the directory, if anything.
    """

    attribute: str
    path: str | None
    column: str | None
    rung: int | None = None
    found_by: SearchField | None = None


# In the order in which the API shows them.
FIELDS = (
    Field("first_name", "firstName", "first_name", found_by="firstName"),
    Field("last_name", "lastName", "last_name", found_by="lastName"),
    Field("name", "name", "name", found_by="keywords"),
    Field("headline", "headline", "headline", found_by="keywords"),
    Field("about", "about", "about", found_by="keywords"),
    Field("title", "title", "title", found_by="title"),
    Field("location", "location", "location", found_by="location"),
    Field("email", "email", "email", rung=3),
    Field("photo_url", "photoUrl", "photo_url"),
    # An address is kept as the slug or the internal id that it holds.
    Field("linkedin_url", "linkedinUrl", None, rung=1),
    Field("public_identifier", "publicIdentifier", "public_identifier", rung=1),
    Field("linkedin_id", None, "linkedin_id", rung=1),
    Field("provider_id", "providerId", "provider_id", rung=2),
    Field("company_name", "company.name", "company_name", found_by="company"),
    Field(
        "company_linkedin_identifier", "company.linkedinIdentifier", "company_linkedin_identifier"
    ),
    Field("company_linkedin_url", "company.linkedinUrl", "company_linkedin_url"),
    Field("company_industry", "company.industry", "company_industry", found_by="industry"),
    Field("company_website", "company.website", "company_website"),
)

_DETAILS_LAST = 9
_BY_RUNG = sorted(FIELDS, key=lambda field: field.rung or _DETAILS_LAST)

PATHS = tuple(field.path for field in FIELDS if field.path is not None)
"""What a column of a file can be mapped to."""
LEAVE_OUT = "leaveOut"
"""What a mapping says of a column that is not to be kept, not even as an attribute."""
IDENTITY_PATHS = tuple(field.path for field in _BY_RUNG if field.path and field.rung)
"""Those of PATHS that identify a person, the surest first."""
PATH_OF = {field.attribute: field.path for field in _BY_RUNG if field.path is not None}
"""Attribute to path, identities first."""

# While a job handles a person, the person is a list: a value for each of these columns, identities
# first. The last one holds what is mapped to no field: a dict, and None stands for an empty one.
COLUMNS = (*(field.column for field in _BY_RUNG if field.column is not None), "attributes")
IDENTITIES = sum(field.rung is not None and field.column is not None for field in FIELDS)
WIDTH = len(COLUMNS)
ATTRIBUTES = WIDTH - 1
Values: TypeAlias = "list[str | dict[str, str] | None]"

SLUG = COLUMNS.index("public_identifier")
LINKEDIN_ID = COLUMNS.index("linkedin_id")
PROVIDER_ID = COLUMNS.index("provider_id")
EMAIL = COLUMNS.index("email")
FIRST_NAME = COLUMNS.index("first_name")
LAST_NAME = COLUMNS.index("last_name")
NAME = COLUMNS.index("name")

FIELD_INDEX = {
    field.path: COLUMNS.index(field.column)
    for field in FIELDS
    if field.path is not None and field.column is not None and field.rung is None
}
"""Path to position in the list. Identities are not here: each is read by rules of its own."""
