"""What jobs of providers wait for. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

WaitReason: TypeAlias = Literal["connection", "budget", "pace", "throttled", "failed"]


class Waiting(msgspec.Struct, rename="camel", frozen=True):
    """How many jobs of an account group wait for the same, and when the first of them goes on."""

    reason: WaitReason
    jobs: int
    until: str
