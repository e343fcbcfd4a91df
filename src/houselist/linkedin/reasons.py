"""Why an address is refused: a code for programs, and a sentence for people.

All refusals of this package are listed here; which input gets which one is decided elsewhere.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "empty": "There is nothing here. Give a LinkedIn address.",
        "too_long": "This is far longer than any LinkedIn address. Give a single address.",
        "bad_char": "This has a character that no LinkedIn address can have, or the address was "
        "cut short. Copy it again from the browser's address bar.",
        "whitespace": "There is a space in this address, or more than one address. Give a single "
        "address without spaces.",
        "not_a_url": "This is not a web address. Give one that starts with "
        "https://www.linkedin.com/.",
        "bad_scheme": "This does not start with http:// or https://. Give an address that starts "
        "with https://www.linkedin.com/.",
        "not_linkedin": "This address is not on linkedin.com. Give the LinkedIn address itself.",
        "short_link": "A lnkd.in short link does not say where it leads. Open it and give the "
        "address of the page that appears.",
        "port": "This address has an unusual port (a colon and a number after linkedin.com). "
        "Leave the port out.",
        "userinfo": "There is a user name or '@' before linkedin.com. Leave it out.",
        "empty_segment": "There is a double slash inside this address. Copy the address again.",
        "dot_segment": "There is a '.' or '..' between two slashes, so it is unclear whom this "
        "address means. Give the plain address.",
        "bad_escape": "There is a '%' in this address that is not followed by a valid code. Copy "
        "the address again from the browser's address bar.",
        "double_encoded": "The special characters of this address were encoded twice. Copy it "
        "again from the browser's address bar.",
        "redirect_loop": "This address leads through too many sign-in pages. Give the address of "
        "the page itself.",
        "missing_slug": "The name after /in/ is missing. Give the whole profile address.",
        "bad_slug": "The name after /in/ is longer than 100 characters, or has no letter or "
        "digit. Give the profile's own address.",
        "self_alias": "/in/me means whoever is signed in, not one particular person. Open the "
        "profile and copy the address that it shows.",
        "placeholder": "This is what stands in for a missing profile, so it means nobody. Give "
        "the person's own profile address.",
        "legacy_pub": "This old /pub/ address can't be converted with certainty. Open it and copy "
        "the /in/ address.",
        "legacy_view": "This old kind of profile address no longer says who is meant. Open it "
        "and copy the /in/ address.",
        "opaque_urn": "Only the app that made this person URN can read it. Give the profile "
        "address instead.",
        "unsupported_urn": "This kind of URN can't be used here. Give the page's web address.",
        "missing_id": "The id is missing from this address. Copy the whole address again.",
        "bad_id": "The id in this address is damaged: it was cut short or lost its capital "
        "letters. Copy the whole address again.",
        "empty_search": "This search has no keywords or filters, so it would find everyone. Set "
        "some, then copy the address.",
        "not_person": "This is LinkedIn's '{kind}' page, not a person's profile. Give an address "
        "such as https://www.linkedin.com/in/jane-doe.",
        "not_people": "This search or list is about '{kind}', not people. Switch it to people, "
        "then copy the address.",
        "not_search": "This is LinkedIn's '{kind}' page, not a search. Give the address of a "
        "search for people.",
        "not_post": "This is LinkedIn's '{kind}' page, not a post. Use 'Copy link to post' and "
        "give that address.",
    }
)
"""Each reason and its sentence. The four with `{kind}` come as `not_person:<kind>` and so on."""


class Refused(ValueError):
    """The input is not what is wanted. `reason` is the code, `str()` the sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason: str = reason

    def __str__(self) -> str:
        name, _, kind = self.reason.partition(":")
        return REASONS[name].format(kind=kind)
