"""Random rows about few people who share identities in every way, so that rows find, fill and merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.jobs import csv

if TYPE_CHECKING:
    import random

HEADER = "publicIdentifier,linkedinUrl,providerId,email,firstName,lastName,headline,Team"
_NAMES = ("Ann Lee", "Bo Diaz", "Cy Roth", "Di Wong")


def random_file(chance: random.Random, rows: int, people: int, *, joins: bool = True) -> str:
    """A CSV file whose rows name some of so many slugs, internal ids, providerIds and addresses.

    `joins`: whether a row may have both a slug and an internal id, which can make one of two people.
    """
    return csv(HEADER, *(_row(chance, people, joins=joins) for _ in range(rows)))


def _row(chance: random.Random, people: int, *, joins: bool) -> str:
    def some(value: str, odds: float) -> str:
        return value if chance.random() < odds else ""

    # Mostly those of one person, now and then somebody else's.
    who = chance.randrange(people)
    ids = [who if chance.random() < 0.85 else chance.randrange(people) for _ in range(4)]
    lead = f"https://www.linkedin.com/sales/lead/ACwAA{ids[1]:034}"
    first, last = chance.choice(_NAMES).split()
    slug = some(f"jo-{ids[0]}", 0.5)
    cells = (
        slug,
        some(lead, 0.35) if joins or not slug else "",
        some(f"p{ids[2]}", 0.25),
        some(f"jo{ids[3]}@acme.example", 0.4),
        some(first, 0.6),
        some(last, 0.6),
        some(f"Head {chance.randrange(3)}", 0.5),
        some(chance.choice(("red", "blue")), 0.4),
    )
    return ",".join(cells) if any(cells) else "-" + "," * 7
