"""What an import takes a model without a prefix or a mode for, against the installed LiteLLM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import litellm
import pytest

from gateway.importing.litellm.prefixes import CLOUD_VARIABLES, key_variable, mode_of, split_model
from gateway.resolve.litellm_keys import known
from gateway.resolve.providers import NEEDS_NO_KEY_FIELD
from gateway.validate import schema

PRICES: dict[str, dict[str, Any]] = json.loads(
    (Path(litellm.__file__).parent / "model_prices_and_context_window_backup.json").read_text()
)
MODES = set(schema("model")["properties"]["mode"]["enum"]) - {"responses"}


def provider_of(name: str) -> str | None:
    """LiteLLM's own answer; it raises an exception of its own for what it does not know."""
    try:
        return str(litellm.get_llm_provider(name)[1])
    except litellm.BadRequestError:
        return None


def test_names_without_a_prefix_have_the_provider_that_litellm_gives_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(litellm, "suppress_debug_info", True)
    names = [name for name in PRICES if "/" not in name and name != "sample_spec"]
    wrong = {}
    for name in names:
        ours, theirs = split_model(name, None), provider_of(name)
        if ours is not None and theirs is not None and ours[0] != theirs:
            wrong[name] = (ours[0], theirs)
    assert len(names) > 500
    # A model of Anthropic's under Bedrock's version number, and a completion model of Cohere's.
    assert set(wrong) == {"claude-sonnet-4-5-20250929-v1:0", "command-nightly"}


def test_a_mode_is_guessed_right_in_ninety_seven_of_a_hundred() -> None:
    priced = {name: data for name, data in PRICES.items() if data.get("mode") in MODES}
    wrong = 0
    for name, data in priced.items():
        prefix, model = split_model(name, None) or (data["litellm_provider"], name)
        wrong += mode_of(prefix, model) != data["mode"]
    assert wrong / len(priced) < 0.03


def test_what_litellm_knows_of_the_usual_keys() -> None:
    for prefix in ("openai", "anthropic", "groq", "mistral", "together_ai", "perplexity", "azure"):
        missing = litellm.validate_environment(f"{prefix}/x")["missing_keys"]
        assert key_variable(prefix) in missing, prefix


def test_prefixes_of_the_tables_exist() -> None:
    assert known("providers") >= CLOUD_VARIABLES.keys()
    assert CLOUD_VARIABLES.keys() == NEEDS_NO_KEY_FIELD
