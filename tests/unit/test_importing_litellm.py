"""What becomes of single pieces of a LiteLLM configuration; whole ones are in tests/real_world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.importing.imported import Imported
from gateway.importing.litellm import looks_like_litellm, read_litellm
from gateway.importing.place import project_files
from gateway.model import GatewayError, SourceFile


def read(text: str, folder: Path = Path()) -> Imported:
    return read_litellm(SourceFile("c.yaml", text), folder)


def models(*params: str, name: str = "m", more: str = "") -> Imported:
    """Entries of one name, each with these `litellm_params`."""
    entries = "".join(
        f"  - {{model_name: {name}, litellm_params: {{{each}}}}}\n" for each in params
    )
    return read(f"model_list:\n{entries}{more}")


def notes(imported: Imported) -> list[str]:
    return [note.message for note in imported.notes]


OPENAI = "model: openai/a, api_key: os.environ/K"
OTHER = "model: openai/b, api_key: os.environ/K"


def test_weights_are_whole_numbers_in_the_same_relation() -> None:
    found = models(f"{OPENAI}, weight: 0.75", f"{OTHER}, weight: 0.25").fragments["m"]
    assert [upstream["weight"] for upstream in found["upstreams"]] == [3, 1]


def test_a_weight_of_nothing_is_asked_last() -> None:
    found = models(f"{OPENAI}, weight: 2", OTHER, "model: openai/c, weight: 0").fragments["m"]
    assert [(u.get("weight"), u["order"]) for u in found["upstreams"]] == [
        (2, 1),
        (None, 2),
        (None, 2),
    ]


def test_those_without_an_order_come_last() -> None:
    found = models(OPENAI, f"{OTHER}, order: 3").fragments["m"]
    assert [upstream["order"] for upstream in found["upstreams"]] == [4, 3]


def test_keys_of_one_place_are_one_provider() -> None:
    found = models(OPENAI, "model: openai/a, api_key: os.environ/L")
    assert found.fragments["m"] == {"provider": "openai", "model": "a"}
    assert found.settings["providers"]["openai"]["api_keys"] == ["K", "L"]


def test_the_same_deployment_twice_is_one() -> None:
    found = models(OPENAI, OPENAI)
    assert found.fragments["m"] == {"provider": "openai", "model": "a"}
    assert notes(found) == ["`m` has this deployment twice: carried over once"]


def test_headers_that_differ_go_to_the_providers() -> None:
    found = models(
        f"{OPENAI}, extra_headers: {{X-A: one}}", f"{OTHER}, extra_headers: {{X-A: two}}"
    )
    headers = [provider["headers"] for provider in found.settings["providers"].values()]
    assert headers == [{"X-A": "one"}, {"X-A": "two"}]


@pytest.mark.parametrize(
    ("per_token", "per_million"),
    [("0.0000025", 2.5), ("1.5e-05", 15), ('"1e-6"', 1), ("0", 0), ("0.000000075", 0.075)],
)
def test_prices_are_exact(per_token: str, per_million: float) -> None:
    price = models(f"{OPENAI}, input_cost_per_token: {per_token}").fragments["m"]["price"]
    assert price == {"input": per_million}
    assert isinstance(price["input"], type(per_million))


@pytest.mark.parametrize(
    ("params", "timeouts"),
    [
        ("timeout: 90", {"total": "90s"}),
        ("timeout: 600, stream_timeout: 600", {"total": "10m"}),
        ("stream_timeout: 0.5", {"total": "500ms"}),
        ("request_timeout: 5", {"total": "5s"}),
    ],
)
def test_timeouts(params: str, timeouts: dict[str, str]) -> None:
    found = models(f"{OPENAI}, {params}")
    assert found.fragments["m"]["timeouts"] == timeouts
    assert notes(found) == []


@pytest.mark.parametrize(
    ("params", "provider"),
    [
        ("model: openai/x", {"litellm": "openai", "api_base": "https://api.openai.com/v1", "api_keys": ["OPENAI_API_KEY"]}),
        ("model: claude-3-opus-20240229", {"litellm": "anthropic", "api_keys": ["ANTHROPIC_API_KEY"]}),
        ("model: ollama/x", {"litellm": "ollama", "api_base": "http://localhost:11434", "api_keys": []}),
        ("model: azure/x", {"litellm": "azure", "api_base": "os.environ/AZURE_API_BASE", "api_keys": ["AZURE_API_KEY"]}),
        ("model: x, custom_llm_provider: groq", {"litellm": "groq", "api_keys": ["GROQ_API_KEY"]}),
        ("model: openai/x, base_url: 'http://10.0.0.1/v1/', api_key: EMPTY", {"litellm": "openai", "api_base": "http://10.0.0.1/v1", "api_keys": []}),
        ("model: azure/x, api_key: os.environ/K, api_base: 'https://r.openai.azure.com/?api-version=1'", {"litellm": "azure", "api_base": "https://r.openai.azure.com", "api_keys": ["K"], "litellm_params": {"api_version": "1"}}),
    ],
)  # fmt: skip
def test_what_litellm_takes_by_itself_is_said(params: str, provider: dict[str, Any]) -> None:
    assert list(models(params).settings["providers"].values()) == [provider]


def test_no_address_gets_the_key_of_openai() -> None:
    found = models("model: openai/x, api_base: https://llm.example.org/v1")
    assert found.settings["providers"]["example"]["api_keys"] == []
    assert notes(found) == [
        "without `api_key` LiteLLM sends OPENAI_API_KEY to llm.example.org: carried over as `api_keys: []`"
    ]


def test_secrets_get_names_that_nobody_has() -> None:
    found = models(
        "model: openai/a, api_key: one-literal-key-0123456789",
        "model: openai/b, api_key: another-literal-key-012345",
        "model: openai/c, api_key: os.environ/OPENAI_API_KEY_2",
        "model: openai/d, api_key: one-literal-key-0123456789",
    )
    assert sorted(found.secrets) == ["OPENAI_API_KEY", "OPENAI_API_KEY_3"]
    assert "0123456789" not in repr(found)


@pytest.mark.parametrize(
    "params",
    [
        "model: [a]",
        "api_key: os.environ/K",
        "model: openai/",
        "model: nobody/x",
        "model: os.environ/M",
    ],
)
def test_what_is_no_model_is_noted(params: str) -> None:
    found = models(params)
    assert found.fragments == {}
    assert len(found.notes) == 1


def test_what_our_checks_refuse_is_left_out_at_its_line() -> None:
    found = read(
        "model_list:\n"
        "  - model_name: m\n"
        "    litellm_params:\n"
        "      model: openai/m\n"
        "      temperature: 9\n"
        "      top_p: 0.5\n"
        "      extra_headers: {'not a name': x, X-A: y}\n"
    )
    assert found.fragments["m"]["params"] == {"top_p": 0.5}
    assert found.fragments["m"]["headers"] == {"X-A": "y"}
    assert {note.line for note in found.notes} == {5, 7}


def test_what_several_entries_say_is_noted_at_each() -> None:
    found = models(f"{OPENAI}, temperature: 9", f"{OTHER}, temperature: 9")
    assert [note.line for note in found.notes] == [2, 3]
    found = models(f"{OPENAI}, seed: 1", f"{OTHER}, additional_drop_params: [x], rpm: -1")
    assert [note.line for note in found.notes] == [3]


def test_default_fallbacks_are_those_of_every_model_that_has_none() -> None:
    text = "".join(
        f"  - {{model_name: {name}, litellm_params: {{model: openai/{name}}}}}\n"
        for name in ("a", "b", "c", "text-embedding-3-small")
    )
    found = read(
        f"model_list:\n{text}litellm_settings:\n"
        "  default_fallbacks: [c, b]\n  fallbacks: [{a: [b]}, {'*': [c]}]\n"
    )
    chains = {name: data.get("fallbacks", []) for name, data in found.fragments.items()}
    assert chains == {"a": ["b"], "b": ["c"], "c": [], "text-embedding-3-small": []}


def test_a_circle_is_broken_where_it_closes() -> None:
    more = "router_settings: {fallbacks: [{m: [n]}, {n: [m]}]}\n"
    found = models(OPENAI, more=f"  - {{model_name: n, litellm_params: {{{OTHER}}}}}\n{more}")
    assert found.fragments["m"]["fallbacks"] == ["n"]
    assert "fallbacks" not in found.fragments["n"]
    assert notes(found) == ["`n` does not fall back to `m` here: that would be a circle"]


def test_names_that_would_share_a_file_have_one_each() -> None:
    text = "".join(
        f"  - {{model_name: '{name}', litellm_params: {{model: openai/x}}}}\n"
        for name in ("a/b", "a-b", "A-B", "a b")
    )
    files = project_files(read(f"model_list:\n{text}"), "p")
    assert sorted(files) == [
        "gateway.yaml", "models.d/A-B-2.yaml", "models.d/a-b-2-2.yaml", "models.d/a-b-3.yaml", "models.d/a-b.yaml",
    ]  # fmt: skip
    assert "name: a/b\n" in files["models.d/a-b-3.yaml"]
    assert "name:" not in files["models.d/a-b.yaml"]


def test_includes_are_merged_as_litellm_merges_them(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "one.yaml").write_text(
        f"include: [two.yaml, ../c.yaml]\nmodel_list: [{{model_name: one, litellm_params: {{{OPENAI}}}}}]\n"
        "litellm_settings: {json_logs: false}\n"
    )
    (tmp_path / "sub" / "two.yaml").write_text(
        f"model_list: [{{model_name: two, litellm_params: {{{OPENAI}}}}}]\n"
    )
    text = "include: [sub/one.yaml]\nlitellm_settings: {request_timeout: 5}\n"
    (tmp_path / "c.yaml").write_text(text)
    found = read(text, tmp_path)
    assert list(found.fragments) == ["one", "two"]
    assert "timeouts" not in found.settings
    assert [note.line for note in found.notes] == [2, 3]
    assert found.notes[0].path == "c.yaml"


def test_an_include_that_is_missing_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=r"^c\.yaml:2: gone\.yaml does not exist$"):
        read("include:\n  - gone.yaml\n", tmp_path)


@pytest.mark.parametrize("text", ["include: a.yaml\n", "include: [[a]]\n"])
def test_an_include_that_is_no_list_of_files_is_an_error(text: str) -> None:
    with pytest.raises(GatewayError, match="`include` must be a list of file paths"):
        read(text)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("litellm_config.yaml", "model_list:\n", True),
        ("c.yml", "# a comment\nlitellm_settings: {}\n", True),
        ("c.json", "model_list:\n", False),
        ("c.yaml", "models:\n  model_list: 1\n", False),
    ],
)
def test_what_looks_like_one(path: str, text: str, expected: bool) -> None:
    assert looks_like_litellm(path, text) is expected
