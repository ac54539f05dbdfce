"""The sentences that docs/troubleshooting.md starts from are the tool's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = (
    "Invalid model name passed in model=…",  # LiteLLM's
    "Read-only file system",  # the system's
    ".env",
    "$",
)
HEADINGS = re.findall(r"^### (.*)$", (ROOT / "docs/troubleshooting.md").read_text("utf-8"), re.M)
SENTENCES = [
    s for heading in HEADINGS for s in re.findall(r"`([^`]+)`", heading) if s not in NOT_OURS
]


def source() -> str:
    """The package's text, with the parts of long strings joined and constants filled in."""
    text = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "gateway").rglob("*.py")))
    for name, value in re.findall(r'^([A-Z_]+) = "([^"]+)"$', text, re.M):
        text = text.replace(f"{{{name}}}", value)
    return re.sub(r'"\s*\n?\s*f?"', "", text)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_heading_says_what_the_tool_says(sentence: str) -> None:
    pattern = r"[^\n]+?".join(re.escape(part) for part in sentence.split("…"))
    assert re.search(pattern, source())


def test_there_are_sentences() -> None:
    assert len(SENTENCES) >= 10
