"""Here the processes that read and write files are what is tested."""

from __future__ import annotations

import pytest

from houselist.files import apart
from support import readers


@pytest.fixture(autouse=True)
def _readers_are_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_run", readers.started)
