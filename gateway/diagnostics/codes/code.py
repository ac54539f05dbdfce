"""The type of one entry of the table of codes."""

from __future__ import annotations

from dataclasses import dataclass

FRAGMENT = "models.d/example.yaml"
SETTINGS = "gateway.yaml"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for. `bad` and `good` are the whole text of `file`; tests run both.

    `bad` is empty where no project can bring the finding about.
    """

    code: str
    title: str
    reason: str
    bad: str
    good: str
    file: str = FRAGMENT
    """Where the examples stand: a fragment, gateway.yaml, or a project's own template."""
    good_file: str = ""
    """Where `good` stands, if that is what makes it good."""
