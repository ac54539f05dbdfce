"""What cog calls from docs/claude-code.md: the clients that were tried, and what of them works."""

from __future__ import annotations

import json
from pathlib import Path

OUTCOME = Path(__file__).parent.parent / "tests" / "stack" / "works_with.json"


def table() -> None:
    """One row for each thing a client does."""
    outcome = json.loads(OUTCOME.read_text("utf-8"))
    print(f"With LiteLLM {outcome['litellm']}:\n")
    print("| client | what | works |\n|---|---|---|")
    for client, features in outcome["clients"].items():
        for at, (feature, answer) in enumerate(features.items()):
            print(f"| {client if at == 0 else ''} | {feature} | {answer} |")
