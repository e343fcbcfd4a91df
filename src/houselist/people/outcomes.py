"""What can become of a source's row. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Outcome: TypeAlias = Literal["added", "alreadyMember", "duplicate", "invalid", "overLimit"]


class Verdict(NamedTuple):
    """What became of one row; `reason` tells why, or what of the row could not be used."""

    outcome: Outcome
    reason: str | None
    prospect_id: bytes | None
