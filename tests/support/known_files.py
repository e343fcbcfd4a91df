"""Files of made-up people with a known fate for every row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

HEADER = "Name,LinkedIn URL,Email,Headline\n"


@dataclass
class Source:
    """A file, and what has to become of it. People are numbers; `whose` is None for an invalid row."""

    outcomes: list[str] = field(default_factory=list)
    whose: list[int | None] = field(default_factory=list)
    headlines: dict[int, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return HEADER + "".join(self.lines)

    @property
    def joined(self) -> list[int]:
        """The people that it adds, in the order of their first rows."""
        rows = zip(self.whose, self.outcomes, strict=True)
        return [person for person, outcome in rows if person is not None and outcome == "added"]

    def add(self, chance: random.Random, person: int | None, outcome: str) -> None:
        """One more row. A first row names all identities, a later one only one of them."""
        self.outcomes.append(outcome)
        self.whose.append(person)
        if person is None:
            self.lines.append("Nobody Known,,not-an-address,\n")
            return
        slug, email = f"https://www.linkedin.com/in/person-{person}", f"p{person}@acme.example"
        if outcome == "duplicate" and chance.random() < 0.5:
            slug, email = chance.choice([("", email.upper()), (slug.upper(), "")])
        headline = f"Row {len(self.lines)}" if chance.random() < 0.3 else ""
        if headline:
            self.headlines.setdefault(person, headline)
        self.lines.append(f"Person {person},{slug},{email},{headline}\n")


def members_only(chance: random.Random, count: int) -> Source:
    """A file of `count` people, each once."""
    source = Source()
    for person in range(count):
        source.add(chance, person, "added")
    return source


def mixed(chance: random.Random, rows: int, members: Source | None = None) -> Source:
    """A file where new people, `members`, people met before and invalid rows are mixed."""
    old = members.joined if members else []
    source = Source(headlines=dict(members.headlines) if members else {})
    met: list[int] = []
    seen: set[int] = set()
    newest = len(old)
    for _ in range(rows):
        dice = chance.random()
        if dice < 0.1:
            source.add(chance, None, "invalid")
            continue
        if dice < 0.25 and met:
            person = chance.choice(met)
        elif dice < 0.30 and old:
            person = chance.choice(old)
        else:
            person, newest = newest, newest + 1
        outcome = (
            "duplicate" if person in seen else "alreadyMember" if person < len(old) else "added"
        )
        if person not in seen:
            seen.add(person)
            met.append(person)
        source.add(chance, person, outcome)
    return source
