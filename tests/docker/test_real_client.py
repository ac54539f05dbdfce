"""The real Claude Code client on the rendered stack in containers: a tool, and a model that dies meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from stack.claude_lab import in_two_turns, lab


def test_it_outlives_the_local_model(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with lab(tmp_path_factory.mktemp("project"), engine="docker") as claude:
        client = claude.client(tmp_path)
        outcome = in_two_turns(claude, client, "closed", claude.upstreams["closed"].stop)
    assert (outcome.code, outcome.out) == (0, "It says: the note\n"), outcome.err
    assert [each.answered_by for each in outcome.messages()] == ["closed", "cloud"]
    assert outcome.tried_elsewhere == {"no_route": 0, "no_port": 0}
