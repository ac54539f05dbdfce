"""Where comments are, and where a `#` is none."""

from __future__ import annotations

import pytest

from gateway.yaml_text import find_comments


def places(text: str) -> list[tuple[int, int, str, bool]] | None:
    found = find_comments(text)
    return None if found is None else [(c.line, c.column, c.text, c.is_alone) for c in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1 # x", [(1, 6, "# x", False)]),
        ("# x\n  # y\na: 1\n", [(1, 1, "# x", True), (2, 3, "# y", True)]),
        ("a: b#c\n", []),
        ("a: '# b' # c\n", [(1, 10, "# c", False)]),
        ('a: "x\n  # y\n  z" # w\n', [(3, 6, "# w", False)]),
        ("a: 'it''s # x' # y\n", [(1, 16, "# y", False)]),
        ("'# k': 1\n", []),
        ("a: | # x\n  # y\n  z\n# w\n", [(1, 6, "# x", False), (4, 1, "# w", True)]),
        ("a: |\n  b\n\n  # y\n\n # less\nc: 1\n", [(6, 2, "# less", True)]),
        ("a: |2\n    # y\n   # z\nc: 1 # w", [(4, 6, "# w", False)]),
        ("a: >-\n  # y", []),
        ("a: [b, # x\n  c#d, '#'] # y\n", [(1, 8, "# x", False), (2, 13, "# y", False)]),
        ("a:\n  - |\n    # y\n  # z\n  - 1\n", [(4, 3, "# z", True)]),
        ("a: 1 # x\r\nb: '\r\n  # y' # z\r\n", [(1, 6, "# x", False), (3, 8, "# z", False)]),
        ("é😀: 'é # 😀' # x\n", [(1, 13, "# x", False)]),
        ("a: 1 # x # y\n", [(1, 6, "# x # y", False)]),
        ("a: # x\n  b # y\n", [(1, 4, "# x", False), (2, 5, "# y", False)]),
        ("%YAML 1.2\n--- # x\na: 1\n... # y\n", [(2, 5, "# x", False), (4, 5, "# y", False)]),
        ("# only\n", [(1, 1, "# only", True)]),
        ("", []),
        ('a: "b\n# x', None),
        ("a: \x00 # x", None),
        ("\ud800: # x", None),
    ],
)
def test_comments(text: str, expected: list[tuple[int, int, str, bool]] | None) -> None:
    assert places(text) == expected
