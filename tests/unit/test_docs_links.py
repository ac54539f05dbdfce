"""Every link between the pages leads to a file, and to a heading that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)]*))?\)")
_CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def headings(page: Path) -> set[str]:
    """As GitHub names them in links."""
    found = _HEADING.findall(_CODE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def broken_links(page: Path) -> list[str]:
    broken = []
    for target, heading in _LINK.findall(_CODE.sub("", page.read_text("utf-8"))):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (heading and heading not in headings(file)):
            broken.append(f"{target}#{heading}" if heading else target)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `page`\n[here](#a-page) [no](#nothing) [gone](gone.md) [out](https://x.y)\n"
    )
    assert broken_links(page) == ["#nothing", "gone.md"]
