"""The tables of the docs, line by line: a key that is said to be carried is, one that is dropped is noted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.importing.claude_code_router import TOP_KEYS, read_claude_code_router
from gateway.importing.claude_code_router.providers import PROVIDER_KEYS
from gateway.importing.claude_code_router.routes import ROUTER_KEYS, ROUTES
from gateway.importing.claude_code_router.transformers import TRANSFORMERS
from gateway.importing.env_files import anthropic_proxy, api_key_proxy, claude_code_proxy
from gateway.importing.env_files.reading import read_env
from gateway.importing.imported import Imported
from gateway.importing.json5_text import DEEPEST, LARGEST, read_json5
from gateway.importing.llmoxy import read_llmoxy
from gateway.importing.recognise import recognise
from gateway.importing.wire import Wire, wire_of
from gateway.importing.words import as_model_name, as_provider_name, duration, named_after
from gateway.model import GatewayError, SourceFile

NOTHING_TAKES_IT = "nothing here takes it"


def router(**more: Any) -> Imported:
    """A small configuration of claude-code-router with more at its top."""
    provider = {
        "name": "p",
        "api_base_url": "http://127.0.0.1:1/v1/chat/completions",
        "api_key": "$KEY",
        "models": ["m", "n"],
        **more.pop("provider", {}),
    }
    data = {"Providers": [provider], "Router": {"default": "p,m"}, **more}
    text = json.dumps(data, indent=1)
    return read_claude_code_router(SourceFile("config.json", text), Path())


def said(imported: Imported, start: str) -> list[str]:
    return [note.message for note in imported.notes if note.message.startswith(start)]


VALUES = {
    "HOST": "10.0.0.1",
    "PORT": 4321,
    "API_TIMEOUT_MS": 90000,
    "APIKEY": "sk-0123456789abcdefghij",
    "fallback": {"default": ["p,n"]},
}


@pytest.mark.parametrize(
    "key", [k for k in TOP_KEYS if k.name.isidentifier()], ids=lambda k: k.name
)
def test_a_row_about_the_top_of_a_router_is_true(key: Any) -> None:
    if key.name in ("Providers", "providers", "Router"):
        return
    imported = router(**{key.name: VALUES.get(key.name, "something")})
    notes = said(imported, f"`{key.name}`")
    assert (notes == [f"`{key.name}` is not carried over: {key.dropped}"]) == bool(key.dropped)
    assert not any(NOTHING_TAKES_IT in note for note in notes)


def test_what_a_router_says_at_its_top_is_in_the_project() -> None:
    imported = router(**VALUES)
    assert imported.settings["server"] == {"bind": "10.0.0.1", "port": 4321}
    assert imported.settings["timeouts"] == {"total": "90s"}
    assert imported.secrets["LITELLM_MASTER_KEY"] == "sk-0123456789abcdefghij"
    assert imported.fragments["m"]["fallbacks"] == ["n"]


@pytest.mark.parametrize(
    "key", [k for k in ROUTER_KEYS if k.name.isidentifier()], ids=lambda k: k.name
)
def test_a_row_about_routes_is_true(key: Any) -> None:
    if key.name == "default":
        return
    value = 70000 if key.name == "longContextThreshold" else "p,n"
    longest = {"longContext": "p,n"} if key.name == "longContextThreshold" else {}
    imported = router(Router={"default": "p,m", **longest, key.name: value})
    assert said(imported, f"`Router.{key.name}`") == []
    section = imported.settings.get("claude_code", {})
    if key.name == "fallback":
        assert (imported.fragments["m"]["fallbacks"], section) == (["n"], {})
    elif key.name == "longContextThreshold":
        assert section == {"routes": {"long_context": "n"}, "long_context_threshold": 70000}
    else:
        assert section == {"routes": {ROUTES[key.name]: "n"}}


def test_routes_that_all_lead_to_the_default_model_are_no_section() -> None:
    routes = dict.fromkeys(("default", *ROUTES), "p,m")
    imported = router(Router={**routes, "longContextThreshold": 60000})
    assert "claude_code" not in imported.settings
    assert said(imported, "`Router") == []


@pytest.mark.parametrize("value", [True, 0, -1, 1.5, 10**9, "60000", [60000]])
def test_a_threshold_that_is_no_number_of_tokens_is_noted(value: Any) -> None:
    imported = router(
        Router={"default": "p,m", "longContext": "p,n", "longContextThreshold": value}
    )
    assert len(said(imported, "`Router.longContextThreshold`")) == 1
    assert imported.settings["claude_code"] == {"routes": {"long_context": "n"}}


def test_a_threshold_without_its_route_is_noted() -> None:
    imported = router(Router={"default": "p,m", "longContextThreshold": 60000})
    assert len(said(imported, "`Router.longContextThreshold`")) == 1


@pytest.mark.parametrize("key", TRANSFORMERS, ids=lambda key: key.name)
def test_a_row_about_transformers_is_true(key: Any) -> None:
    name = "my-own-plugin" if key.name == "*" else key.name
    imported = router(provider={"transformer": {"use": [name]}})
    notes = said(imported, f"transformer `{name}`")
    assert notes == (
        [f"transformer `{name}` is not carried over: {key.dropped}"] if key.dropped else []
    )


def test_rows_about_providers_name_what_a_provider_has() -> None:
    names = {key.name for key in PROVIDER_KEYS}
    assert {"name", "api_base_url", "api_key", "models", "*"} <= names
    imported = router(provider={"own": 1, "// comment": "x"})
    assert said(imported, "`Providers[0].own`") and not said(imported, "`Providers[0].//")


def test_of_two_providers_with_one_model_both_names_tell_whose_it_is() -> None:
    other = {"name": "q", "api_base_url": "http://127.0.0.1:2/v1", "api_key": "x", "models": ["m"]}
    data = {
        "Providers": [
            {"name": "p", "api_base_url": "http://127.0.0.1:1/v1", "api_key": "x", "models": ["m"]},
            other,
        ],
        "Router": {"default": "Q,m"},
    }
    imported = read_claude_code_router(SourceFile("config.json", json.dumps(data)), Path())
    assert list(imported.fragments) == ["p/m", "q/m"]
    assert imported.settings["default_model"] == "q/m"


SENSIBLE = {
    "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
    "OPENAI_API_BASE_URL": "http://127.0.0.1:1/v1",
    "AZURE_API_VERSION": "2024-10-21",
    "X_API_BASE": "http://127.0.0.1:1",
    "X_MODELS": "'[\"m\"]'",
    "ROTATION_MODE_X": "balanced",
}
ENV_TOOLS = [
    (
        claude_code_proxy.KEYS,
        claude_code_proxy.read_claude_code_proxy,
        "BIG_MODEL=m\nOPENAI_API_KEY=k",
    ),
    (anthropic_proxy.KEYS, anthropic_proxy.read_anthropic_proxy, "BIG_MODEL=m\nOPENAI_API_KEY=k"),
    (
        api_key_proxy.KEYS,
        api_key_proxy.read_api_key_proxy,
        "X_API_BASE=http://127.0.0.1:1\nX_MODELS='[\"m\"]'",
    ),
]


@pytest.mark.parametrize(("keys", "read", "text"), ENV_TOOLS, ids=["fuergaosi", "1rgs", "mirrowel"])
def test_a_row_about_variables_is_true(keys: Any, read: Any, text: str) -> None:
    for key in keys:
        if key.name == "*":
            continue
        name = key.name.replace("*", "X")
        value = SENSIBLE.get(name, "7")
        imported = read(SourceFile(".env", f"{text}\n{name}={value}\n"), Path())
        notes = said(imported, f"`{name}` is not carried over")
        if key.dropped:
            assert notes == [f"`{name}` is not carried over: {key.dropped}"], name
        assert not any(NOTHING_TAKES_IT in note for note in notes), name


def test_what_no_row_names_is_noted() -> None:
    for _, read, text in ENV_TOOLS:
        imported = read(SourceFile(".env", f"{text}\nMY_OWN=7\n"), Path())
        assert said(imported, "`MY_OWN`") == [f"`MY_OWN` is not carried over: {NOTHING_TAKES_IT}"]


def test_lines_of_json5_with_all_that_it_allows() -> None:
    text = """\ufeff// a comment
{ /* two
lines */ a: 'it\\'s', "b//c": [1, // no
  {"d": 0x10,},
  "[{,:}]",
  ], $e: {},
'f': null, a: 2 }"""
    data, lines, twice = read_json5("x", text)
    assert data == {"a": 2, "b//c": [1, {"d": 16}, "[{,:}]"], "$e": {}, "f": None}
    assert lines[("b//c",)] == 3
    assert lines["b//c", 0] == 3
    assert lines["b//c", 1] == 4
    assert lines["b//c", 1, "d"] == 4
    assert lines["b//c", 2] == 5
    assert lines[("$e",)] == 6
    assert lines[("f",)] == lines[("a",)] == 7
    assert twice == (("a",),)


@pytest.mark.parametrize(
    "text",
    [
        "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
        " " * (LARGEST + 1),
        "",
        "\x00",
        "{",
        "{a:1}}",
        "a",
    ],
    ids=["deep", "large", "empty", "nul", "open", "closed", "word"],
)
def test_what_is_no_json5_is_refused(text: str) -> None:
    with pytest.raises(GatewayError) as refused:
        read_json5("config.json", text)
    assert refused.value.message.startswith("config.json")


def test_a_line_of_json5_that_is_none_is_named() -> None:
    with pytest.raises(GatewayError, match=r"^config.json:3: this is not JSON5$"):
        read_json5("config.json", "{\n a: 1,\n b 2\n}")


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        ("https://api.deepseek.com/chat/completions", Wire("openai", "https://api.deepseek.com")),
        ("https://x.org/v1/messages", Wire("anthropic", "https://x.org")),
        (
            "https://api.deepseek.com/anthropic/v1/messages",
            Wire("anthropic", "https://api.deepseek.com/anthropic"),
        ),
        ("https://x.org/v1/responses", Wire("openai", "https://x.org/v1", mode="responses")),
        ("https://x.org/v1/?a=b", Wire("openai", "https://x.org/v1", lost="its query")),
        (
            "https://generativelanguage.googleapis.com/v1beta/models/",
            Wire("gemini", "https://generativelanguage.googleapis.com/v1beta"),
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta/openai",
            Wire("openai", "https://generativelanguage.googleapis.com/v1beta/openai"),
        ),
        ("ftp://x.org", None),
        ("https://user:password@x.org", None),
        ("https://x.org:0", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_an_address_says_how_it_is_asked(url: str, wire: Wire | None) -> None:
    assert wire_of(url) == wire


def test_an_address_of_azure_keeps_its_version() -> None:
    url = "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
    wire = wire_of(url)
    assert wire is not None
    assert (wire.prefix, wire.api_base, wire.api_version) == (
        "azure",
        "https://r.openai.azure.com",
        "2024-10-21",
    )


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://api.deepseek.com", "deepseek"),
        ("https://router.requesty.ai/v1", "requesty"),
        ("https://api.openai.com/v1", "openai"),
        ("http://localhost:11434/v1", "local"),
        ("http://100.74.43.85:8080/v1", "provider"),
        ("http://tower:8080", "tower"),
    ],
)
def test_a_provider_is_named_after_its_address(address: str, name: str) -> None:
    assert named_after(address) == name


def test_names_that_cannot_be_are_brought_near() -> None:
    assert as_model_name("@preset/kimi k2!") == "preset/kimi-k2"
    assert as_model_name("模型") == ""
    assert as_model_name("sk-0123456789abcdefghij") == ""
    assert as_provider_name("my provider/é") == "my-provider"
    assert [duration(s) for s in (0.5, 90, 600, 7200)] == ["500ms", "90s", "10m", "2h"]


def test_an_env_file_is_read_as_its_tool_reads_it() -> None:
    text = "A=1\nexport B='x y' # why\nnot a line\nA=2\nC=pa$$word\nD=${A}/x\nE\nF=\"${A}\"\n"
    source = read_env("proxy.env", text)
    assert {name: source.at(name) for name in source.keys_of()} == {
        "A": "2", "B": "x y", "C": "pa$$word", "D": "", "E": "", "F": "",
    }  # fmt: skip
    lines = {note.line: note.message for note in source.notes()}
    assert lines[1] == "`A` stands again below: the last one counts"
    assert lines[3] == "not carried over: this line is not `NAME=value`"
    assert lines[5] == "`C` is not carried over: nothing here takes it"
    assert lines[6].startswith("`D` holds a `$`")
    assert lines[7] == "`E` has no value here: it comes from the environment"


def test_the_keys_beside_an_llmoxy_configuration_are_taken_along(tmp_path: Path) -> None:
    config = "# llmoxy\nmodel_list:\n  - model_name: kimi\n    litellm_params:\n"
    config += (
        "      model: openrouter/moonshotai/kimi-k2\n      api_key: os.environ/OPENROUTER_API_KEY\n"
    )
    (tmp_path / ".env").write_text("OPENROUTER_API_KEY=or-1234\nOTHER=1\n")
    file = SourceFile("config.yaml", config)
    assert recognise(file).name == "llmoxy"
    imported = read_llmoxy(file, tmp_path)
    assert imported.secrets == {"OPENROUTER_API_KEY": "or-1234"}
    assert imported.variables == ()
    assert [n.message for n in imported.notes if n.path.endswith(".env")] == [
        "`OTHER` is not carried over: nothing here takes it"
    ]
