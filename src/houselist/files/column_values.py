"""What the cells of a column hold: profiles, company pages or e-mail addresses. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from houselist.people.nothing import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_CELLS = 1_000
_MAX_CELL = 1_000
# The share of the filled cells that must be of one kind.
_SHARE = 0.8
# The address of an owner appears in many rows, that of a person in one or two.
_FEW = 4
_DISTINCT = 0.5

_PROFILE = re.compile(
    r"linkedin\.com/(?:in|pub|mwlite/in|comm/in|sales/lead|sales/people|talent/profile)/[^\s/?#]",
    re.IGNORECASE,
)
_COMPANY_PAGE = re.compile(
    r"linkedin\.com/(?:company|showcase|sales/company)/[^\s/?#]", re.IGNORECASE
)
_LOCAL = re.compile(r"[^\s@<>(),;:\[\]\"|/]{1,64}\Z")
_DOMAIN = re.compile(r"[^\s@<>(),;:\[\]\"|/.]{1,63}(?:\.[^\s@<>(),;:\[\]\"|/.]{1,63}){1,8}")

# Words in a column's name that mean that it is about somebody other than the row's person.
_OTHERS_WORDS = """
    owner assigned assignee created creator modified updated by manager boss supervisor assistant
    referred referrer referral introduced introducer recommender mutual rep salesperson seller
    sender from account executive recruiter agent advisor reports mentor colleague spouse partner
    sdr bdr csm author inviter invited uploaded exported imported added previous former
    past old ex competitor parent besitzer zustandig verantwortlich verantwortlicher betreuer
    proprietaire responsable propietario proprietario eigenaar cc bcc reply sponsor
    company organization organisation firma unternehmen entreprise empresa domain website support
    """
_OTHERS = frozenset(_OTHERS_WORDS.split())
# A column with these words may well hold company pages.
_COMPANY_WORDS_TEXT = (
    "company organization organisation firma unternehmen entreprise empresa account website"
)
_COMPANY_WORDS = frozenset(_COMPANY_WORDS_TEXT.split())
_MAX_NAME = 200


class Looks(NamedTuple):
    """How many of a column's cells are filled, and with what.

    `profiles`, `pages` (of companies) and `emails` count cells that hold only that; `mentions`
    counts those that hold a profile or an e-mail address among other text. `repeats`: the same
    cells occur again and again, as an owner's address does.
    """

    filled: int
    profiles: int
    pages: int
    emails: int
    mentions: dict[str, int]
    repeats: bool

    def are(self, field: str) -> bool:
        """Whether the column certainly holds this field, whatever its name is."""
        count = {"linkedinUrl": self.profiles, "company.linkedinUrl": self.pages}
        return count.get(field, self.emails) >= max(1, self.filled * _SHARE)

    def may_be(self, field: str) -> bool:
        """Whether the values allow that the column holds the field which its name suggests."""
        return not self.filled or self.mentions.get(field, 1) > 0


def look_at(cells: Sequence[str]) -> Looks:
    """What a column's cells hold, ignoring words such as "n/a"."""
    filled = [
        cell[:_MAX_CELL]
        for cell in cells[:_MAX_CELLS]
        if cell and not cell.isspace() and cell not in NOTHING
    ]
    profiles = [cell for cell in filled if _PROFILE.search(cell)]
    emails = [cell for cell in filled if _holds_email(cell)]
    return Looks(
        filled=len(filled),
        profiles=sum(len(cell.split()) == 1 for cell in profiles),
        pages=sum(_COMPANY_PAGE.search(cell) is not None for cell in filled),
        emails=sum(all("@" in word or word == ":::" for word in cell.split()) for cell in emails),
        mentions={"linkedinUrl": len(profiles), "email": len(emails)},
        repeats=len(filled) >= _FEW and len(set(filled)) < len(filled) * _DISTINCT,
    )


class Told:
    """What some columns say in each row of a sample."""

    def __init__(self) -> None:
        self._rows: list[set[str]] = []

    def add(self, cells: Sequence[str]) -> None:
        """Adds a column. All columns are of the same rows."""
        cores = [_core(cell) for cell in cells[:_MAX_CELLS]]
        self._rows += [set() for _ in cores[len(self._rows) :]]
        for row, core in zip(self._rows, cores, strict=False):
            row.update({core} - {""})

    def is_contradicted_by(self, cells: Sequence[str]) -> bool:
        """Whether a column says something else in a row of which these columns tell something."""
        return any(
            told and core and core not in told
            for told, core in zip(self._rows, map(_core, cells), strict=False)
        )

    def is_completed_by(self, cells: Sequence[str]) -> bool:
        """Whether a column fills gaps, and hardly ever says something else beside the others.

        Then it is about the same person.
        """
        fills = beside = others = 0
        for told, cell in zip(self._rows, cells, strict=False):
            core = _core(cell)
            if core:
                fills += not told
                beside += bool(told)
                others += bool(told) and core not in told
        return fills > 0 and others <= beside * (1 - _SHARE) and others <= fills


def _core(cell: str) -> str:
    """What two spellings of an address have in common; '' for no value."""
    if not cell or cell in NOTHING:
        return ""
    return cell[:_MAX_CELL].strip().rstrip("/").rpartition("/")[2].partition("?")[0].casefold()


def may_be_recognised(column: str, field: str) -> bool:
    """Whether a column with this name may be given this field because of its values."""
    if len(column) > _MAX_NAME:
        return False
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    folded = unicodedata.normalize("NFKD", spaced.casefold())
    words = re.findall(r"[^\W\d_]+", "".join(c for c in folded if not unicodedata.combining(c)))
    others = _OTHERS - _COMPANY_WORDS if field.startswith("company.") else _OTHERS
    return others.isdisjoint(words)


def _holds_email(cell: str) -> bool:
    """Whether the text contains an e-mail address. Looks only at bounded stretches around the @."""
    at = cell.find("@")
    return (
        at > 0
        and bool(_LOCAL.search(cell[max(0, at - 64) : at]))
        and bool(_DOMAIN.match(cell[at + 1 : at + 256]))
    )
