"""How often tests that play with chance try: HOUSELIST_TEST_DEPTH times as often as a usual run."""

from __future__ import annotations

import os

DEPTH = float(os.environ.get("HOUSELIST_TEST_DEPTH") or 1)


def rounds(usual: int) -> int:
    """Of a usual run, how many tries, kills or examples there are in this one; at least one."""
    return max(1, round(usual * DEPTH))
