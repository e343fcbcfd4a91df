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
        "bad_char": "This contains a character that a LinkedIn address cannot have, or the "
        "address was cut short. Copy it again from the browser's address bar.",
        "whitespace": "There is a space in the address, or more than one address. Give one "
        "address, without spaces.",
        "not_a_url": "This is not a web address. Give one that starts with "
        "https://www.linkedin.com/.",
        "bad_scheme": "Only http and https addresses are read. Give one that starts with "
        "https://www.linkedin.com/.",
        "not_linkedin": "This address is not on linkedin.com. Give the LinkedIn address itself.",
        "short_link": "A lnkd.in short link does not show where it leads. Open it and give the "
        "address of the page that opens.",
        "port": "The port in this address is not the usual one. Leave it out.",
        "userinfo": "There is a user name or '@' before the host. Leave it out.",
        "empty_segment": "There is a doubled slash in the path. Copy the address again.",
        "dot_segment": "There is a '.' or '..' segment in the path, so it is unclear whom it "
        "means. Give the address without it.",
        "bad_escape": "There is a broken percent escape here. Copy the address again from the "
        "browser's address bar.",
        "double_encoded": "The address was percent-encoded twice. Copy it again from the "
        "browser's address bar.",
        "redirect_loop": "The address wraps too many sign-in pages in one another. Give the "
        "address of the page itself.",
        "missing_slug": "The name after /in/ is missing. Give the whole profile address.",
        "bad_slug": "The part after /in/ is longer than 100 characters, or has no letter or "
        "digit. Give the profile's own address.",
        "self_alias": "/in/me means the person who is signed in, not a certain person. Open the "
        "profile and copy the address it shows.",
        "placeholder": "This address only fills a gap where a profile is missing, so it names "
        "nobody. Give the person's own profile address.",
        "legacy_pub": "This old /pub/ address cannot be converted to today's form with certainty. "
        "Open it and copy the /in/ address.",
        "legacy_view": "This old form of profile address no longer says who is meant. Open it "
        "and copy the /in/ address.",
        "opaque_urn": "Only the app that made this person URN knows whom it means. Give the "
        "profile address instead.",
        "unsupported_urn": "This kind of URN cannot be used here. Give the page's web address.",
        "missing_id": "The id is missing from this address. Copy the whole address again.",
        "bad_id": "The id in this address is damaged: it was cut short, or its capital letters "
        "are lost. Copy the whole address again.",
        "group_post": "This is a post in a group, and its number means nothing outside the group. "
        "Use 'Copy link to post'; if that address has 'activity' in it, give that one.",
        "empty_search": "This search has no keywords or filters, so it would find everyone. Set "
        "some, then copy the address.",
        "bad_query": "The query in this address cannot be read: it was cut short, or escaped "
        "again. Copy the whole address again from the browser's address bar.",
        "recent_search": "This address holds only the number of a recent search, which only "
        "LinkedIn can read. Open it, change a filter and change it back, then copy the address.",
        "two_searches": "There are two searches in this address. Open it, check the filters, then "
        "copy the address again.",
        "text_behind": "There is other text around this address, or a space in it. Give the "
        "address alone, and write %20 for a space inside keywords.",
        "bare_ampersand": "There is an '&' in this address that separates nothing. If it belongs "
        "to a keyword, as in R&D, write %26 for it.",
        "bare_hash": "There is a '#' in this address, and what follows it is lost. If it belongs "
        "to a keyword, as in C#, write %23 for it.",
        "not_person": "This is LinkedIn's '{kind}' page, not a person's profile. Give an address "
        "such as https://www.linkedin.com/in/jane-doe.",
        "not_people": "This is LinkedIn's '{kind}' search or list, not one for people. Switch it "
        "to people, then copy the address.",
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
