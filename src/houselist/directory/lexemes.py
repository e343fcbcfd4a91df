"""The lexemes of a person's tsvector, which are also what a query can ask for. Pure.

A word of a field is there twice: bare, for keywords, and with the field's prefix. A bare word has
neither a colon nor an equals sign in it, so no lexeme is mistaken for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from houselist.people.fields import SearchField
    from houselist.searches.networks import Network

PREFIXES: dict[SearchField, str] = {
    "firstName": "f:",
    "lastName": "l:",
    "title": "t:",
    "company": "c:",
    "location": "o:",
    "industry": "i:",
    "keywords": "",
}

# A page looks into one bucket of people at a time, however many there are in all. The bucket is
# stored with each person, as all lexemes are, so another size needs a migration.
BUCKET = 2048


def quoted(lexeme: str) -> str:
    """A lexeme as tsvector and tsquery read it. It must hold neither quotes nor backslashes."""
    return f"'{lexeme}'"


def group_lexeme(account_group_id: bytes) -> str:
    return quoted(f"={account_group_id.hex()}")


def bucket_lexeme(account_group_id: bytes, bucket: int) -> str:
    return quoted(f"={account_group_id.hex()}.{bucket}")


def network_lexeme(network: Network) -> str:
    return quoted(f"n:{network}")


def list_lexeme(list_id: int) -> str:
    return quoted(f"s:{list_id}")


def company_lexeme(identifier: str) -> str:
    """`identifier`: LinkedIn's id or slug of a company, letters, digits and hyphens."""
    return quoted(f"k:{identifier}")
