"""Rows read into candidates: every row names a person or is refused in words, and no cell is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.files.mapping import FIELDS
from houselist.files.nothing import NOTHING
from houselist.files.tables import BadRow
from houselist.filling.candidates import NO_IDENTITY, Candidate, Reader, Refusal, read_email
from houselist.ledger.people import ATTRIBUTES, COLUMNS, EMAIL, LINKEDIN_ID, NAME, PROVIDER_ID, SLUG

TOKEN = "ACoAA" + "b" * 34

# What readers of files may give: no NUL, no lone surrogates, trimmed, blank cells None.
cells = st.none() | (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
    .map(str.strip)
    .map(lambda cell: cell or None)
)
odd_cells = cells | st.sampled_from(
    ["linkedin.com/in/jo", "linkedin.com/in/me", "a@b.example", "@", "a@b", "7", "urn:li:x",
     "https://www.linkedin.com/in/%ff", "\ufeffa@b.example", "a@[127.0.0.1]", "ı@B.example"],
)  # fmt: skip


def read(row: list[str | None], **mapping: str) -> Candidate | Refusal:
    columns = [name.replace("_", " ") for name in mapping]
    fields = {name.replace("_", " "): field for name, field in mapping.items() if field}
    return Reader(columns, fields).read(row)


def values(found: Candidate | Refusal) -> list[Any]:
    assert isinstance(found, Candidate), found
    return found.values


@given(st.lists(odd_cells, min_size=len(FIELDS) + 2, max_size=len(FIELDS) + 2), st.integers(0, 19))
def test_any_row_gives_a_person_or_a_reason_and_keeps_every_cell(
    row: list[str | None], width: int
) -> None:
    columns = [f"c{number}" for number in range(len(row))]
    mapping = dict(zip(columns, FIELDS, strict=False))
    found = Reader(columns, mapping).read(row[:width])
    if isinstance(found, Refusal):
        assert found.reason.startswith(NO_IDENTITY)
        return
    assert any(found.values[index] for index in (SLUG, LINKEDIN_ID, PROVIDER_ID, EMAIL))
    kept = {*map(str, found.values[:ATTRIBUTES]), *dict(found.values[ATTRIBUTES] or {}).values()}
    read_by_rule = ("linkedinUrl", "publicIdentifier", "email")
    for column, cell in zip(columns, row[:width], strict=False):
        if cell is not None and cell not in NOTHING and mapping.get(column) not in read_by_rule:
            assert cell in kept
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
    assert read(BadRow("text", "why"), Email="email") == Refusal("why")


def test_a_row_without_identity_is_refused_with_what_was_wrong() -> None:
    assert read(["x"], Name="name") == Refusal(NO_IDENTITY)
    found = read(["x", "linkedin.com/company/y"], Email="email", URL="linkedinUrl")
    assert isinstance(found, Refusal)
    assert found.reason.startswith(f"{NO_IDENTITY}; Email: is not an e-mail address; URL: ")


def test_reasons_are_short_whatever_the_columns_are_called() -> None:
    columns = ["x" * 1000, "y" * 1000]
    mapping = dict(zip(columns, ["email", "linkedinUrl"], strict=True))
    for row in (["no", "no"], ["a@b.example", "no"]):
        found = Reader(columns, mapping).read(row)
        assert len(str(found.reason if isinstance(found, Refusal) else found.note)) <= 500


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
