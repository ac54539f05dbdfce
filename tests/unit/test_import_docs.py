"""docs/import.md says what the import does: its keys exist, and its sample is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.importing.litellm import read_litellm
from gateway.model import SourceFile
from gateway.resolve.litellm_keys import known
from gateway.validate import schema

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text()
SECTIONS = (
    "litellm_params",
    "model_info",
    "litellm_settings",
    "router_settings",
    "general_settings",
)
# Keys of the file itself, and words that are values in the tables.
OTHERS = {
    *("model_name", "credential_list", "environment_variables", "model_info", "guardrails"),
    *("mcp_servers", "prompts", "none", "dummy", "custom_auth", "litellm_params", "instance"),
}


def rows(title: str) -> list[tuple[str, str]]:
    part = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (.+?) \| (.+) \|$", part, re.MULTILINE)
    return [
        (left, right) for left, right in found if left not in ("what", "in `litellm_config.yaml`")
    ]


def test_every_key_of_the_tables_is_one_of_litellm() -> None:
    accepted = frozenset().union(*(known(section) for section in SECTIONS)) | OTHERS
    keys = [
        key
        for title in ("What becomes of what", "What is not carried over")
        for left, _ in rows(title)
        for key in re.findall(r"`(?:\w+\.)?([a-z_]+)`", left)
    ]
    assert len(keys) > 30
    assert set(keys) <= accepted


def test_every_key_of_a_fragment_that_it_names_exists() -> None:
    model, settings = schema("model")["properties"], schema("gateway")["properties"]
    named = {
        word.split(".")[0]
        for _, right in rows("What becomes of what")
        for word in re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", right)
    }
    others = {"litellm_params", "api_keys", "weight", "order", "chat", "gateway"}
    assert {"upstreams", "limits", "timeouts", "params", "server"} <= named
    assert named <= model.keys() | settings.keys() | others


def test_the_sample_is_what_is_printed() -> None:
    said = re.search(r"^\.\./old/litellm_config\.yaml:41: (.+)$", PAGE, re.MULTILINE)
    text = "model_list: [{model_name: a, litellm_params: {model: openai/a}}]\nlitellm_settings: {num_retries: 3}\n"
    found = read_litellm(SourceFile("c.yaml", text), Path())
    assert said is not None
    assert [note.message for note in found.notes] == [said[1]]
