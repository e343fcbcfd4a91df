"""Rows that are read together say what they say one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from houselist.linkedin import Refused, parse_profile, plain_slugs
from houselist.people.cells.candidates import Candidate, Reader
from houselist.people.cells.emails import plain_addresses, read_emails
from houselist.people.fields import FIRST_NAME, NAME
from houselist.people.rows import BadRow

PLAIN_URLS = (
    "https://www.linkedin.com/in/avery-stone-0000001/",
    "linkedin.com/in/Avery_Stone",
    "http://de.linkedin.com/in/a?trk=x%20y&z=1",
)
ODD_URLS = (
    "https://www.linkedin.com/in/me/",
    "https://www.linkedin.com/in/ACoAAAbcdefghijklmnopqrstuvwxyz0123456789/",
    "https://www.linkedin.com/in/jörg/",
    "https://www.linkedin.com/in/jo\nhttps://www.linkedin.com/in/flo",
    "https://www.linkedin.com/in/jo\n",
    "https://www.linkedin.com/in/jo\r",
    "https://www.linkedin.com/in/jo\u2028",
    "https://www.linkedin.com/in/" + "x" * 101,
    "https://www.linkedin.com/in/jo?" + "x" * 400,
    "https://www.linkedin.com/company/acme",
    "LinkedIn URL",
    "-",
)
PLAIN_EMAILS = ("avery.1@acme.example", "A@B.EXAMPLE", "jo+x@mail.b-c.example", "a_b@x.y.z.example")
ODD_EMAILS = (
    "noemail@acme.example",
    "test@test.com",
    "acme@acme.example",
    "info@information.example",
    "jo@-x.example",
    "jo@x-.example",
    "jo@x.example, flo@x.example",
    "jo@x.example\nflo@x.example",
    "jo@xn--bcher-kva.example",
    "jo@b\u00fccher.example",
    "jo@K\u212aelvin.example",
    "\u0130jo@x.example",
    ".jo@x.example",
    f"{'x' * 65}@x.example",
    f"{'x' * 40}.{'y' * 30}@x.example",
    f"jo@{'x' * 64}.example",
    f"jo@{'.'.join(['x' * 60] * 5)}.example",
    "Email",
    "n/a",
)
NAMES = (
    "Avery",
    "Stone",
    "Avery Stone",
    "Dr. Avery Stone",
    "Stone, Avery",
    "Null",
    "'t Hooft",
    "-",
)

urls = st.sampled_from([None, *PLAIN_URLS, *ODD_URLS])
emails = st.sampled_from([None, *PLAIN_EMAILS, *ODD_EMAILS])
texts = st.sampled_from([None, *NAMES])
rows = st.lists(
    st.tuples(texts, texts, texts, urls, emails, texts, texts).map(list)
    | st.tuples(texts, urls).map(list)
    | st.just(BadRow("x", "why")),
    max_size=6,
)
COLUMNS = ["First", "Last", "Name", "LinkedIn URL", "Email", "Segment", "Score"]
FIELDS = ("firstName", "lastName", "name", "linkedinUrl", "email", "title")
mappings = st.dictionaries(st.sampled_from(COLUMNS), st.sampled_from(FIELDS))
USUAL = dict(zip(COLUMNS, FIELDS, strict=False))


def together(reader: Reader, given_rows: list[Any]) -> list[Any]:
    return [each for piece in reader.read_many(given_rows) for each in piece]


@settings(max_examples=400)
@given(rows, mappings | st.just(USUAL), st.booleans())
@example([["A", "B", None, PLAIN_URLS[0], PLAIN_EMAILS[0], None, "x"]], USUAL, False)
@example([["'A", "'B", None, "'" + PLAIN_URLS[0], None, None, None]], USUAL, False)
def test_rows_say_the_same_together_and_one_by_one(
    given_rows: list[Any], mapping: dict[str, str], as_is: bool
) -> None:
    reader = Reader(COLUMNS, mapping, as_is=as_is)
    copies = [list(row) if isinstance(row, list) else row for row in given_rows]
    assert together(reader, given_rows) == [reader.read(row) for row in copies]
    assert given_rows == copies, "rows stay as they are"


def test_plain_rows_are_read_together_around_one_that_is_not() -> None:
    reader = Reader(COLUMNS, USUAL)
    plain: list[str | None] = ["A", "B", None, PLAIN_URLS[0], PLAIN_EMAILS[0], None, "x"]
    pieces = list(reader.read_many([plain, plain, [*plain[:3], ODD_URLS[2], *plain[4:]], plain]))
    assert [len(piece) for piece in pieces] == [3, 1]
    assert all(isinstance(each, Candidate) for piece in pieces for each in piece)


@pytest.mark.parametrize("cell", [*PLAIN_URLS, *ODD_URLS])
def test_a_plain_slug_is_what_its_address_says(cell: str) -> None:
    (slug,) = plain_slugs([cell])
    assert bool(slug) == (cell in PLAIN_URLS)
    if slug:
        assert parse_profile(cell).key == f"in:{slug}"
    else:
        with_others = plain_slugs([PLAIN_URLS[0], cell, None])
        assert with_others[1:] == ["", None]
        assert with_others[0] in ("avery-stone-0000001", "")


@pytest.mark.parametrize("cell", [*PLAIN_EMAILS, *ODD_EMAILS])
def test_a_plain_address_is_what_its_cell_says(cell: str) -> None:
    (address,) = plain_addresses([cell])
    if address:
        assert read_emails(cell) == (address, False, None)
    assert not (cell in PLAIN_EMAILS and not address)
    assert plain_addresses([None, cell])[0] is None


@given(st.text(max_size=40) | st.from_regex(r"[a-z.+-]{1,9}@[a-z.-]{1,12}", fullmatch=True))
def test_any_text_is_read_the_same(text: str) -> None:
    (address,) = plain_addresses([text])
    if address:
        assert read_emails(text) == (address, False, None)
    (slug,) = plain_slugs([f"linkedin.com/in/{text}"])
    try:
        key = parse_profile(f"linkedin.com/in/{text}").key
    except Refused:
        key = None
    assert not slug or key == f"in:{slug}"


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (("Jo\u202e", "Ek\x07", None), ("Jo", "Ek", "Jo Ek")),
        (("LinkedIn", "Member", None), (None, None, None)),
        (("LinkedIn", "Member", "LinkedIn Member"), (None, None, None)),
        ((None, None, "LinkedIn Member"), (None, None, None)),
        (("Linked", "Member", None), ("Linked", "Member", "Linked Member")),
    ],
)
def test_names_that_are_hidden_or_hold_what_cannot_be_seen(
    names: tuple[str | None, ...], read: tuple[str | None, ...]
) -> None:
    columns = ["f", "l", "n", "e"]
    fields = ["firstName", "lastName", "name", "email"]
    reader = Reader(columns, dict(zip(columns, fields, strict=True)))
    rows = [[*names, "a@x.example"], ["Di", "Ek", None, "b@x.example"]]
    found = [each for some in reader.read_many(rows) for each in some]
    assert [tuple(each.values[FIRST_NAME : NAME + 1]) for each in found] == [
        read,
        ("Di", "Ek", "Di Ek"),
    ]
    assert found[0] == reader.read(rows[0])
