"""The one profile of all property tests: the same examples in every run, and no more than needed."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

COMMON = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("fixed", max_examples=100, derandomize=True, database=None, **COMMON)
settings.register_profile("search", max_examples=2000, **COMMON)  # by hand: HYPOTHESIS=search
settings.load_profile(os.environ.get("HYPOTHESIS", "fixed"))
