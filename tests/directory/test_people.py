"""What a person is found by."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houselist.directory.people import Entry, document
from houselist.ids import new_id
from houselist.searches.networks import read_network

GROUP = bytes(12)
FIELDS = [
    "first_name",
    "last_name",
    "name",
    "title",
    "company_name",
    "location",
    "company_industry",
    "headline",
    "about",
    "company_linkedin_url",
    "company_linkedin_identifier",
]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def entry(person: dict[str, str], **more: object) -> Entry:
    known = {"network": None, "list_ids": (), **more}
    return Entry(1, (None, None, "P1", None), person, **known)  # pyright: ignore[reportArgumentType] - made up


@pytest.mark.parametrize(
    ("cell", "network"),
    [
        ("F", "F"),
        ("1st", "F"),
        ("1", "F"),
        ("1st degree", "F"),
        ("DISTANCE_1", "F"),
        ("First", "F"),
        ("FIRST_DEGREE", "F"),
        ("s", "S"),
        ("2nd degree connections", "S"),
        ("DISTANCE_2", "S"),
        ("O", "O"),
        ("3rd+", "O"),
        ("3rd", "O"),
        ("OUT_OF_NETWORK", "O"),
        ("DISTANCE_3", "O"),
        ("", None),
        ("self", None),
        ("4th", None),
        ("close", None),
    ],
)
def test_a_distance_is_read_as_people_write_it(cell: str, network: str | None) -> None:
    assert read_network(cell) == network


def test_a_word_of_a_field_is_there_bare_and_with_the_field() -> None:
    words = document(GROUP, entry({"title": "VP Sales", "about": "sales"})).split()
    assert words[:5] == [
        "'vp':31",
        "'t:vp':31",
        "'sales':32,83",
        "'t:sales':32",
        f"'={GROUP.hex()}'",
    ]


def test_a_phrase_ends_with_its_field() -> None:
    words = document(GROUP, entry({"title": "vice", "company_name": "president"}))
    places = dict(word.split(":") for word in words.split() if word.count(":") == 1)
    assert int(places["'president'"]) - int(places["'vice'"]) > 1


def test_marks_are_there_for_network_lists_and_company() -> None:
    known = {"company_linkedin_url": "https://www.linkedin.com/company/1441/about"}
    words = document(GROUP, entry(known, network="S", list_ids=(7, 9))).split()
    assert {"'n:S'", "'s:7'", "'s:9'", "'k:1441'", f"'={GROUP.hex()}.0'"} <= set(words)


@settings(max_examples=40)
@given(people=st.lists(st.dictionaries(st.sampled_from(FIELDS), TEXT), min_size=1, max_size=30))
def test_postgresql_takes_whatever_is_in_a_file(
    server_dsn: str, people: list[dict[str, str]]
) -> None:
    documents = [document(new_id(), entry(person)) for person in people]

    async def ask() -> int:
        connection = await asyncpg.connect(server_dsn)
        try:
            return await connection.fetchval(
                "SELECT count(document::tsvector) FROM unnest($1::text[]) AS document", documents
            )
        finally:
            await connection.close()

    assert asyncio.run(ask()) == len(documents)


def test_the_largest_person_fits(server_dsn: str) -> None:
    # Every sign another word, in every field, each of three bytes.
    signs = "".join(chr(0x4E00 + n) for n in range(20_000))
    long = " ".join(f"{n:x}{'ä' * 70}" for n in range(2_000))
    person = {field: (signs if n % 2 else long) for n, field in enumerate(FIELDS)}

    async def ask() -> int:
        connection = await asyncpg.connect(server_dsn)
        try:
            return await connection.fetchval(
                "SELECT length($1::text::tsvector)", document(GROUP, entry(person))
            )
        finally:
            await connection.close()

    assert asyncio.run(ask()) > 10_000
