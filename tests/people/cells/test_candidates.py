"""Rows read into candidates: every row names a person or is refused in words, and no cell is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.files.mapping import FIELDS
from houselist.people.cells.candidates import (
    NO_IDENTITY,
    REPEATED_HEADER,
    Candidate,
    InvalidRow,
    Reader,
    read_email,
)
from houselist.people.cells.names import visible_name
from houselist.people.fields import ATTRIBUTES, COLUMNS, EMAIL, LINKEDIN_ID, NAME, PROVIDER_ID, SLUG
from houselist.people.nothing import NOTHING
from houselist.people.rows import BadRow

TOKEN = "ACoAA" + "b" * 34

# What readers of files may give: no NUL, no lone surrogates, trimmed, blank cells None.
cells = st.none() | (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
    .map(str.strip)
    .map(lambda cell: cell or None)
)
odd_cells = cells | st.sampled_from(
    [
        "linkedin.com/in/jo",
        "linkedin.com/in/me",
        "a@b.example",
        "@",
        "a@b",
        "7",
        "urn:li:x",
        "https://www.linkedin.com/in/%ff",
        "\ufeffa@b.example",
        "a@[127.0.0.1]",
        "ı@B.example",
    ]
)


def read(row: list[str | None], **mapping: str) -> Candidate | InvalidRow:
    columns = [name.replace("_", " ") for name in mapping]
    fields = {name.replace("_", " "): field for name, field in mapping.items() if field}
    return Reader(columns, fields).read(row)


def values(found: Candidate | InvalidRow) -> list[Any]:
    assert isinstance(found, Candidate), found
    return found.values


@given(st.lists(odd_cells, min_size=len(FIELDS) + 2, max_size=len(FIELDS) + 2), st.integers(0, 19))
def test_any_row_gives_a_person_or_a_reason_and_keeps_every_cell(
    row: list[str | None], width: int
) -> None:
    columns = [f"c{number}" for number in range(len(row))]
    mapping = dict(zip(columns, FIELDS, strict=False))
    found = Reader(columns, mapping).read(row[:width])
    if isinstance(found, InvalidRow):
        assert found.reason.startswith(NO_IDENTITY)
        return
    assert any(found.values[index] for index in (SLUG, LINKEDIN_ID, PROVIDER_ID, EMAIL))
    kept = {*map(str, found.values[:ATTRIBUTES]), *dict(found.values[ATTRIBUTES] or {}).values()}
    read_by_rule = ("linkedinUrl", "publicIdentifier", "email")
    for column, cell in zip(columns, row[:width], strict=False):
        if cell is not None and cell not in NOTHING and mapping.get(column) not in read_by_rule:
            # Nothing of a name is lost but what can't be seen.
            is_name = mapping.get(column) in {"firstName", "lastName", "name"}
            assert cell in kept or (is_name and str(visible_name(cell)) in kept)
    for index, value in enumerate(found.values[:ATTRIBUTES]):
        assert value is None or (isinstance(value, str) and value), COLUMNS[index]


@given(
    odd_cells.filter(bool),
    st.sampled_from(["linkedinUrl", "publicIdentifier", "email", "providerId"]),
)
def test_an_identity_that_cannot_be_used_stands_among_the_attributes(cell: str, field: str) -> None:
    other = "email" if field == "providerId" else "providerId"
    found = Reader(["odd", "good"], {"odd": field, "good": other}).read([cell, "x@y.example"])
    unused = dict(values(found)[ATTRIBUTES] or {})
    assert isinstance(found, Candidate)
    assert (found.note is None) == (unused == {})
    assert unused in ({}, {"odd": cell})
    if unused:
        assert str(found.note).startswith("odd: ")


def test_a_row_that_could_not_be_read_is_refused_for_that() -> None:
    assert read(BadRow("text", "why"), Email="email") == InvalidRow("why")


def test_a_row_without_identity_is_refused_with_what_was_wrong() -> None:
    assert read(["x"], Name="name") == InvalidRow(NO_IDENTITY)
    found = read(["x", "linkedin.com/company/y"], Email="email", URL="linkedinUrl")
    assert isinstance(found, InvalidRow)
    assert found.reason.startswith(f"{NO_IDENTITY}; Email: is not an e-mail address; URL: ")


def test_reasons_are_short_whatever_the_columns_are_called() -> None:
    columns = ["x" * 1000, "y" * 1000]
    mapping = dict(zip(columns, ["email", "linkedinUrl"], strict=True))
    for row in (["no", "no"], ["a@b.example", "no"]):
        found = Reader(columns, mapping).read(row)
        assert len(str(found.reason if isinstance(found, InvalidRow) else found.note)) <= 500


@pytest.mark.parametrize(
    ("cell", "index", "value"),
    [
        ("https://www.linkedin.com/in/Jo", SLUG, "jo"),
        (f"https://www.linkedin.com/in/{TOKEN}", LINKEDIN_ID, f"id:{TOKEN}"),
        ("urn:li:member:42", LINKEDIN_ID, "num:42"),
    ],
)
def test_a_linkedin_url_of_any_kind(cell: str, index: int, value: str) -> None:
    assert values(read([cell], URL="linkedinUrl"))[index] == value


def test_a_slug_and_a_url_may_agree_complete_each_other_or_contradict() -> None:
    both = {"URL": "linkedinUrl", "Slug": "publicIdentifier"}
    assert values(read(["linkedin.com/in/jo", "JO"], **both))[ATTRIBUTES] is None
    completed = values(read([f"linkedin.com/in/{TOKEN}", "jo"], **both))
    assert completed[:2] == ["jo", f"id:{TOKEN}"]
    contradicting = values(read(["linkedin.com/in/jo", "flo"], **both))
    assert contradicting[SLUG] == "jo"
    assert contradicting[ATTRIBUTES] == {"Slug": "flo"}


def test_short_rows_lack_their_last_cells() -> None:
    assert values(read(["a@b.example"], Email="email", Name="name", Team=""))[NAME] is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("A@B.Example", "a@b.example"),
        (" mailto:a@b.example ", "a@b.example"),
        ("a.b+c_d-e@x-y.b.example", "a.b+c_d-e@x-y.b.example"),
        ("jörg@müller.example", "jörg@müller.example"),
        ("o'neil@b.example", "o'neil@b.example"),
        ("a" * 64 + "@b.example", "a" * 64 + "@b.example"),
        ("a" * 65 + "@b.example", None),
        ("a@" + "b" * 64 + ".example", None),
        ("a@b", None),
        ("a..b@b.example", None),
        (".a@b.example", None),
        ("a@-b.example", None),
        ("a@b.example, c@b.example", "a@b.example"),
        ("Jo <a@b.example>", "a@b.example"),
        ("a@b@c.example", None),
        ("a b@c.example", None),
        ("!/jo@c.example", None),
        ("a@b.example\n", "a@b.example"),
        ("", None),
        ("@", None),
        ("x" * 10_000 + "@b.example", None),
    ],
)
def test_email_addresses(text: str, address: str | None) -> None:
    assert read_email(text) == address


@given(st.text(max_size=60) | st.emails())
def test_reading_an_address_is_total_and_idempotent(text: str) -> None:
    address = read_email(text)
    if address is not None:
        assert read_email(address) == address
        assert 3 <= len(address) <= 254
        address.encode()


@given(st.emails())
def test_case_does_not_tell_addresses_apart(address: str) -> None:
    assert read_email(address.upper()) == read_email(address.lower())


def test_of_several_columns_the_first_usable_one_is_used_and_a_further_one_kept() -> None:
    columns = ["Home", "Desk", "Old"]
    mapping = {"Desk": "email", "Old": "email", "Home": "email"}
    reader = Reader(columns, mapping)
    found = reader.read(["h@x.example", "d@x.example", "broken"])
    assert values(found)[EMAIL] == "d@x.example"
    assert values(found)[ATTRIBUTES] == {"Home": "h@x.example", "Old": "broken"}
    assert isinstance(found, Candidate)
    assert found.note == "Old: is not an e-mail address"
    found = reader.read(["h@x.example", "noemail@x.example", None])
    assert values(found)[EMAIL] == "h@x.example"
    assert reader.read(["h@x.example", "H@X.example", None]) == Candidate(
        [None, None, None, "h@x.example", *[None] * 14], None
    )


def test_a_slug_and_an_internal_id_out_of_two_columns_are_both_known() -> None:
    found = read(
        [f"linkedin.com/in/{TOKEN}", "linkedin.com/in/jo"], A="linkedinUrl", B="linkedinUrl"
    )
    assert values(found)[:2] == ["jo", f"id:{TOKEN}"]
    assert values(found)[ATTRIBUTES] is None


@pytest.mark.parametrize(
    "word", ["NULL", "null", "nan", "None", "N/A", "-", "#N/A", "#REF!", "#NV"]
)
@pytest.mark.parametrize("field", ["firstName", "lastName", "name", "title", "company.name"])
def test_words_for_nothing_are_null_in_every_field(word: str, field: str) -> None:
    found = read(["a@b.example", word], Email="email", Field=field)
    assert set(values(found)) == {None, "a@b.example"}


@pytest.mark.parametrize("word", ["NULL", "none", "-", "N/A", "nan", "undefined", "Unknown", "?"])
@pytest.mark.parametrize("field", ["email", "linkedinUrl", "publicIdentifier", "providerId"])
def test_words_for_nothing_tell_nobody_apart_and_make_nobody_one(word: str, field: str) -> None:
    assert read([word], Id=field) == InvalidRow(NO_IDENTITY)


def test_somebody_may_be_called_null() -> None:
    found = values(read(["a@b.example", "Jo", "Null"], E="email", F="firstName", L="lastName"))
    assert found[EMAIL + 1 : NAME + 1] == ["Jo", "Null", "Jo Null"]


def test_a_header_in_the_middle_is_refused_as_one() -> None:
    both = {"Email": "email", "Name": "name"}
    assert read(["Email", "Name"], **both) == InvalidRow(REPEATED_HEADER)
    assert read(["\ufeffEmail", "Name"], **both) == InvalidRow(REPEATED_HEADER)
    assert read(["Id", "Name"], Id="providerId", Name="name") == InvalidRow(REPEATED_HEADER)
    assert read(["Email", "Jo"], **both) != InvalidRow(REPEATED_HEADER)
    columns = ["Email", "Email (2)", "Company Name"]
    reader = Reader(columns, {"Email": "email", "Email (2)": "email"})
    assert reader.read(["Email", "Email", "Name"]) == InvalidRow(REPEATED_HEADER)


def test_the_apostrophe_that_marks_text_goes_only_where_every_cell_has_it() -> None:
    both = {"Name": "lastName", "Email": "email", "Phone": ""}
    marked = values(read(["'Hooft", "'a@b.example", "'+44"], **both))
    assert (marked[5], marked[ATTRIBUTES]) == ("Hooft", {"Phone": "+44"})
    own = values(read(["'t Hooft", "a@b.example", "'+44"], **both))
    assert (own[5], own[ATTRIBUTES]) == ("'t Hooft", {"Phone": "'+44"})


def test_a_full_name_alone_is_split_and_kept() -> None:
    found = values(read(["Dr. Jane Doe, MBA", "a@b.example"], Name="name", Email="email"))
    assert found[EMAIL + 1 : NAME + 1] == ["Jane", "Doe", "Dr. Jane Doe, MBA"]
    both = {"Name": "name", "First": "firstName", "Email": "email"}
    assert values(read(["Jane Doe", "Janey", "a@b.example"], **both))[4:7] == [
        "Janey",
        None,
        "Jane Doe",
    ]
    assert values(read(["nan nan", None, "a@b.example"], **both))[4:7] == [None] * 3


def test_cells_of_a_program_are_taken_as_they_are() -> None:
    columns = ["publicIdentifier", "providerId", "name", "company.linkedinIdentifier"]
    mapping = {column: column for column in columns}
    own = Reader(columns, mapping).read(["none", "NULL", "NULL NULL", "-"])
    assert values(own)[:7] == ["none", None, "NULL", None, None, None, "NULL NULL"]
    one = Reader(["url"], {"url": "linkedinUrl"}, as_is=True)
    assert isinstance(one.read(["/in/jo"]), InvalidRow)
    assert isinstance(Reader(["url"], {"url": "linkedinUrl"}).read(["/in/jo"]), Candidate)


@pytest.mark.parametrize(
    "word", ["(blank)", "not available", "nil", "?", "[object Object]", "#ÜBERLAUF", "Unknown"]
)
def test_more_words_for_nothing_are_null_in_every_field(word: str) -> None:
    found = read(
        [word, word, word, "a@x.example"], N="name", T="title", C="company.name", E="email"
    )
    assert [each for each in values(found)[:ATTRIBUTES] if each] == ["a@x.example"]


def test_unknown_may_be_an_answer_in_an_attribute() -> None:
    found = Reader(["E", "Status", "Title"], {"E": "email", "Title": "title"})
    rows = [["a@x.example", "Unknown", "Unknown"], ["b@x.example", "?", "CEO"]]
    many = [each for some in found.read_many(rows) for each in some]
    assert [values(each)[ATTRIBUTES] for each in many] == [{"Status": "Unknown"}, None]
    assert "Unknown" not in values(many[0])


def test_of_listed_addresses_the_primary_one_comes_first() -> None:
    cell = '[{"value":"b@x.example","primary":false},{"value":"a@x.example","primary":true}]'
    assert values(read([cell], Email="email"))[EMAIL] == "a@x.example"
