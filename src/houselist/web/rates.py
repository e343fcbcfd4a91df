"""A rate as settings write it: `600/minute`. config.py has checked how it is written."""

from __future__ import annotations

from typing import NamedTuple

from houselist.config import RATE_UNITS


class Rate(NamedTuple):
    """So many requests in a window of so many seconds."""

    amount: int
    window: int


def read_rate(text: str) -> Rate:
    amount, _, unit = text.partition("/")
    return Rate(int(amount), RATE_UNITS[unit])
