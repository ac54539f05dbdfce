"""Whose words are whose behind `gateway run`."""

from __future__ import annotations

import pytest

from gateway.cli.client_words import split_words

OPTIONS = {"--client": True, "--engine": True, "--keep": False, "-q": False, "--help": False}


@pytest.mark.parametrize(
    ("line", "ours", "model", "theirs"),
    [
        ("", "", None, ""),
        ("kimi", "", "kimi", ""),
        ("kimi -p hi", "", "kimi", "-p hi"),
        ("kimi -- -p hi", "", "kimi", "-p hi"),
        ("-- -p hi", "", None, "-p hi"),
        ("-p hi", "", None, "-p hi"),
        ("kimi --client codex exec it", "--client codex", "kimi", "exec it"),
        ("--client codex kimi exec it", "--client codex", "kimi", "exec it"),
        ("--client=codex kimi", "--client=codex", "kimi", ""),
        ("-q kimi --keep -c", "-q --keep", "kimi", "-c"),
        ("kimi -p -q", "", "kimi", "-p -q"),  # from the first that is theirs on, all are
        ("kimi -pq", "", "kimi", "-pq"),
        ("kimi --model=x --engine docker", "", "kimi", "--model=x --engine docker"),
        ("kimi -- --help", "", "kimi", "--help"),
        ("kimi -- -- x", "", "kimi", "-- x"),
        ("--client", "--client", None, ""),
        ("--client -- -p hi", "--client", None, "-p hi"),
        ("kimi second", "", "kimi", "second"),
    ],
)
def test_words(line: str, ours: str, model: str | None, theirs: str) -> None:
    assert split_words(line.split(), OPTIONS) == (ours.split(), model, theirs.split())
