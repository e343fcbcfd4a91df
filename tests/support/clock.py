"""How long tests wait, and what is done about a machine that others use too."""

from __future__ import annotations

import pytest

# Seconds that anything may take that is not itself measured: it may be large, and the machine busy.
PATIENCE = 60.0

# For tests that hold the service to a time. What is really too slow is so each time; what a busy
# machine held up is not. Each may therefore try three times, and no other test may: least of all one
# that kills processes, as what it finds wrong may be there once in many times.
measures_time = pytest.mark.flaky(reruns=2)
