"""A rule with a clock: no pure function that takes outside text is made slow by any text.

Every text is tried at full length, and cut to just what the functions' own limits let through.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from houselist.directory.places import location_lexemes
from houselist.directory.queries import read_query
from houselist.files.column_values import look_at
from houselist.files.csv_shapes import are_wrapped, as_text, is_underline
from houselist.files.headers import find_header, header_cells, name_columns
from houselist.files.mapping import IDENTITY_FIELDS, suggest_mapping
from houselist.linkedin import Refused, parse_post, parse_profile, parse_search, parse_slug
from houselist.people.cells.candidates import Reader
from houselist.people.cells.emails import read_emails
from houselist.people.cells.listed import listed_texts
from houselist.people.cells.names import split_name
from houselist.people.cells.placeholders import says_none, stands_for_none
from houselist.people.cells.profiles import read_profile
from houselist.people.rows import UnreadableFile
from houselist.providers.people_data_labs.queries import read_query as ask_people_data_labs
from houselist.search.documents import document
from houselist.search.texts import folded
from houselist.search.typed import Moment, Part, Words
from houselist.searches.reading import read_people_search
from houselist.texts import Description, Name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from houselist.searches.shapes import Product

SECONDS = 0.005
# An address of 16,384 characters is read once in a job, not once for each person.
SECONDS_OF_A_SEARCH = 0.15
# Other processes share the machine, so the best of several tries counts.
TRIES = 5
FULL = 100_000
LENGTHS = (64, 100, 200, 320, 640, 1_000, 2_000, 4_096, 5_000, 20_000, FULL)

PIECES = {
    "dots behind an @": ("a@", "."),
    "labels behind an @": ("a@", "a."),
    "combining marks": ("a", "\u0301"),
    "combining marks out of order": ("a", "\u0316\u0301"),
    "letters that decompose": ("", "\ufdfa"),
    "lists in lists": ("", "["),
    "objects in objects": ("", '{"value":'),
    "a list of addresses": ('["a@x.example"', ',"a@x.example"'),
    "at signs": ("", "@"),
    "addresses": ("", "a@x.example "),
    "addresses in slashes": ("a@b", "/a@b"),
    "long local parts": ("", "a-."),
    "punycode": ("a@", "xn--a."),
    "international labels": ("a@", "ü."),
    "spaces": ("a", " "),
    "spaces that are invisible": ("a", "\u200b"),
    "apostrophes": ("", "'"),
    "quotes": ("", '"'),
    "curly quotes": ("https://www.linkedin.com/in/a?", "\u201c"),
    "doubled quotes": ('="', '""'),
    "brackets": ("https://www.linkedin.com/in/a", ")"),
    "open brackets": ("", "("),
    "commas": ("", ","),
    "hyphens": ("", "-+"),
    "dashes": ("", "-"),
    "schemes": ("", "https://"),
    "slugs": ("https://www.linkedin.com/in/", "a-"),
    "slugs with accents": ("https://www.linkedin.com/in/", "%CC%81"),
    "paths": ("linkedin.com", "/in"),
    "encoded ends": ("https://www.linkedin.com/in/a", "%20"),
    "ends that are not encoded": ("https://www.linkedin.com/in/a", "%20a"),
    "sign-in pages": ("https://www.linkedin.com/authwall", "?sessionRedirect=https%3A%2F%2F"),
    "redirects": ("https://www.google.com/url?", "&q=linkedin.com"),
    "formulas": ("", '=HYPERLINK("'),
    "markdown": ("", "[a]("),
    "titles": ("Jane ", "Dr. "),
    "particles": ("Jane ", "van der "),
    "initials": ("", "A. "),
    "commas in a name": ("", "Jane, "),
    "conjunctions": ("Jane ", "and y "),
    "emoji": ("Jane ", "\U0001f680"),
    "words": ("", "ab "),
    "digits": ("email", "1"),
    "capitals": ("", "aB"),
    "empty words": ("", "nan "),
    "parameters": ("", "f=1&"),
    "filters": ("", "(type:TITLE,values:List((text:a))),"),
    "values": ("", "(id:1,text:a),"),
    "records in records": ("", "(a:"),
    "operators": ("", "NOT title:"),
    "names with ids": ("", "a:1,"),
    "ampersands of HTML": ("", "&amp;"),
    "escapes": ("", "%25"),
    "areas": ("", "greater x area "),
    "signs": ("", "\u4e2d"),
}


def _reading(field: str) -> Callable[[str], object]:
    reader = Reader(["column", "else"], {"column": field})
    return lambda text: reader.read([text.strip() or None, None])


_NAMES = Reader(["Name", "Email"], {"Name": "name", "Email": "email"})
FUNCTIONS: dict[str, Callable[[str], object]] = {
    **{f"Reader.read of {field}": _reading(field) for field in (*IDENTITY_FIELDS, "company.name")},
    "Reader.read of a name": lambda text: _NAMES.read([text, "a@x.example"]),
    "suggest_mapping": lambda text: suggest_mapping([text]),
    "suggest_mapping of values": lambda text: suggest_mapping(["x", text], [[text], [text]]),
    "look_at": lambda text: look_at([text]),
    "name_columns": lambda text: name_columns([text, "Email"]),
    "find_header": lambda text: find_header([["Person", text], [text, text, "Email"]]),
    "header_cells": lambda text: header_cells([["Person", text], [text, text, "Email"]], 1),
    "are_wrapped": lambda text: are_wrapped([f'"{text}"\n']),
    "as_text": as_text,
    "is_underline": is_underline,
    "read_emails": read_emails,
    "listed_texts": listed_texts,
    "says_none": says_none,
    "stands_for_none": stands_for_none,
    "split_name": split_name,
    "read_profile": read_profile,
    "parse_post": parse_post,
    "parse_profile": parse_profile,
    "parse_slug": parse_slug,
    "Name": Name,
    "Description": Description,
    "folded": folded,
    "document": lambda text: document([text] * 8),
    "Words": Words,
    "Part": Part,
    "Moment": Moment,
}


CLASSIC = "https://www.linkedin.com/search/results/people/?"
SALES = "https://www.linkedin.com/sales/search/people"
REGION = "?query=(filters:List((type:REGION,values:List((text:{})))))"
LONGEST_ADDRESS = 16_384


def _searching(product: Product, address: str) -> Callable[[str], object]:
    """Reads an address with a text in the place of `{}`, made as long as an address can be."""

    def search(text: str) -> None:
        url = address.format(text[: LONGEST_ADDRESS - len(address)])
        read_people_search.cache_clear()
        with suppress(Refused):
            parse_search(url)
        read_query(product, url)
        ask_people_data_labs(read_people_search(product, url))

    return search


SEARCHES: dict[str, Callable[[str], object]] = {
    "an address": _searching("classic", "{}"),
    "parameters": _searching("classic", f"{CLASSIC}{{}}"),
    "keywords": _searching("classic", f"{CLASSIC}keywords={{}}"),
    "a query": _searching("sales", f"{SALES}?query={{}}"),
    "keywords of a query": _searching("sales", f"{SALES}?query=(keywords:{{}})"),
    "a place": _searching("sales", f"{SALES}{REGION}"),
    "titles behind a hash": _searching("sales", f"{SALES}#titleIncluded={{}}"),
    "a location": lambda text: list(location_lexemes(text)),
}


def _seconds(function: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    with suppress(Refused, UnreadableFile, ValueError):
        function(text)
    return time.process_time() - started


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_text_takes_long(name: str) -> None:
    slow: dict[str, float] = {}
    for kind, (start, piece) in PIECES.items():
        whole = start + piece * (FULL // len(piece))
        for length in LENGTHS:
            # The last letter is of another kind, so that what matched so far has to be undone.
            for text in (whole[:length], f"{whole[: length - 1]}\u00a7"):
                best = min(_tries(FUNCTIONS[name], text))
                if best >= SECONDS:
                    slow[f"{kind}, {length:,} characters"] = best
    assert slow == {}


@pytest.mark.parametrize("name", SEARCHES)
def test_no_search_takes_long(name: str) -> None:
    slow: dict[str, float] = {}
    for kind, (start, piece) in PIECES.items():
        text = f"{start}{piece * (LONGEST_ADDRESS // len(piece))}"
        best = min(_tries(SEARCHES[name], text, SECONDS_OF_A_SEARCH))
        if best >= SECONDS_OF_A_SEARCH:
            slow[kind] = best
    assert slow == {}


def _tries(
    function: Callable[[str], object], text: str, enough: float = SECONDS
) -> Iterator[float]:
    for _ in range(TRIES):
        seconds = _seconds(function, text)
        yield seconds
        if seconds < enough:
            return
