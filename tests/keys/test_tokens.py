"""The text of a key: its shape, its checksum, and what is kept of it."""

from __future__ import annotations

import hashlib
import re
import string
import zlib

from hypothesis import given
from hypothesis import strategies as st

from houselist.keys.tokens import PREFIX, digest, is_well_formed, new_token

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def test_a_key_is_a_prefix_32_bytes_in_base62_and_a_checksum() -> None:
    token = new_token()
    assert re.fullmatch(r"hl_live_[0-9A-Za-z]{49}", token)
    number = 0
    for letter in token[len(PREFIX) : -6]:
        number = number * 62 + ALPHABET.index(letter)
    assert number < 2**256
    check = 0
    for letter in token[-6:]:
        check = check * 62 + ALPHABET.index(letter)
    assert check == zlib.crc32(token[:-6].encode())


def test_no_two_are_equal_and_each_is_well_formed() -> None:
    made = {new_token() for _ in range(500)}
    assert len(made) == 500
    assert all(map(is_well_formed, made))


TOKEN = new_token()


@given(st.integers(len(PREFIX), len(TOKEN) - 1), st.sampled_from(ALPHABET))
def test_one_mistyped_letter_is_found(at: int, letter: str) -> None:
    mistyped = TOKEN[:at] + letter + TOKEN[at + 1 :]
    assert is_well_formed(mistyped) is (mistyped == TOKEN)


@given(st.integers(len(PREFIX), len(TOKEN) - 2))
def test_two_swapped_letters_are_found(at: int) -> None:
    swapped = TOKEN[:at] + TOKEN[at + 1] + TOKEN[at] + TOKEN[at + 2 :]
    assert is_well_formed(swapped) is (swapped == TOKEN)


def test_what_is_cut_or_wrapped_is_not_well_formed() -> None:
    for other in (
        "",
        PREFIX,
        TOKEN[:-1],
        TOKEN + "0",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN.replace("live", "test"),
        TOKEN[8:],
    ):
        assert not is_well_formed(other)


@given(st.text() | st.text(ALPHABET, min_size=49, max_size=49).map(PREFIX.__add__))
def test_any_text_is_judged(text: str) -> None:
    assert is_well_formed(text) in (True, False)


def test_only_its_sha_256_is_kept() -> None:
    assert digest(TOKEN) == hashlib.sha256(TOKEN.encode()).digest()
