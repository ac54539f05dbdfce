"""The readers of other tools' files: total, silent about secrets, and what they make is sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import json5
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from import_sources.reading import READERS, errors_in, everything_said
from property.strategies import json_values, texts

from gateway.importing.claude_code_router import read_claude_code_router
from gateway.importing.env_files.api_key_proxy import read_api_key_proxy
from gateway.importing.env_files.claude_code_proxy import read_claude_code_proxy
from gateway.importing.imported import Imported
from gateway.importing.json5_text import read_json5
from gateway.importing.words import is_placeholder
from gateway.model import GatewayError, SourceFile

CANARY = "sk-CANARY0123456789abcdefghij"
PLAIN_CANARY = "hunter2-correct-horse-battery"


def read(reader: Callable[[SourceFile, Path], Imported], path: str, text: str) -> Imported | None:
    try:
        return reader(SourceFile(path, text), Path())
    except GatewayError as error:
        assert error.message
        return None


names = st.sampled_from(["a", "b", "deepseek", "Ünïcode name", "a b", "", "A", "*", "default"])
ids = st.one_of(
    st.sampled_from(["m", "x/y", "m:free", "*", "default", "M", "os.environ/X", "${X}", " m ", ""]),
    texts,
)
addresses = st.sampled_from(
    [
        "http://127.0.0.1:1/v1/chat/completions",
        "https://api.anthropic.com/v1/messages",
        "https://generativelanguage.googleapis.com/v1beta/models/",
        "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
        "https://u:p@example.org/v1",
        "http://[::1/v1",
        "https://example.org:0/v1",
        "https://example.org/v1?key=1#x",
        "http://",
        "$HOME",
    ]
)
keys = st.sampled_from(["", "sk-xxx", "$KEY", "${OTHER}", "a $B c", "ollama", "$PATH", "ü", CANARY])
options = st.fixed_dictionaries(
    {},
    optional={
        "max_tokens": st.one_of(st.integers(-5, 10**12), json_values),
        "temperature": st.one_of(st.floats(), st.integers(-3, 3)),
        "provider": json_values,
        "providerOrder": json_values,
        "referer": json_values,
        "anything": json_values,
    },
)
transformer_names = st.sampled_from(
    ["openrouter", "maxtoken", "Anthropic", "gemini", "sampling", "customparams", "tooluse", "own"]
)
uses = st.fixed_dictionaries(
    {
        "use": st.lists(
            st.one_of(transformer_names, st.tuples(transformer_names, options)), max_size=3
        )
    }
)
providers = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(names, json_values),
        "api_base_url": st.one_of(addresses, json_values),
        "api_key": st.one_of(keys, json_values),
        "models": st.one_of(st.lists(ids, max_size=4), json_values),
        "transformer": st.one_of(uses, st.dictionaries(ids, uses, max_size=2), json_values),
        "more": json_values,
    },
)
routes = st.one_of(
    st.builds(lambda p, m: f"{p},{m}", names, ids), st.lists(names, max_size=2), json_values
)
router = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("default", "background", "think", "longContext", "webSearch", "fallback", "own"), routes
    ),
)
routers = st.fixed_dictionaries(
    {},
    optional={
        "Providers": st.lists(st.one_of(providers, json_values), max_size=4),
        "Router": st.one_of(router, json_values),
        "fallback": st.dictionaries(
            st.sampled_from(["default", "think"]), st.lists(routes), max_size=2
        ),
        "APIKEY": st.one_of(keys, json_values),
        "HOST": st.one_of(
            st.sampled_from(["0.0.0.0", "::1", "fe80::1%eth0", "10.0.0.1"]), json_values
        ),
        "PORT": json_values,
        "API_TIMEOUT_MS": json_values,
        "LOG": json_values,
        "own": json_values,
    },
)


@given(routers)
def test_whatever_a_router_says_becomes_a_sound_project(config: Any) -> None:
    imported = read(read_claude_code_router, "config.json", json.dumps(config))
    if imported is not None:
        assert errors_in(imported) == []


@given(routers)
def test_every_value_of_a_router_is_carried_or_noted(config: Any) -> None:
    """A key of its own in every mapping is in the project, or has a note: at it or at what it is in."""
    marked, _ = _marked(config)
    text = json.dumps(marked, indent=0)
    imported = read(read_claude_code_router, "config.json", text)
    if imported is None:
        return
    project = json.dumps([imported.settings, imported.fragments])
    noted = {note.line for note in imported.notes}
    _, lines, _ = read_json5("config.json", text)
    for place in lines:
        mark = str(place[-1]) if place else ""
        if mark.startswith("mark"):
            above = {lines[place[:end]] for end in range(1, len(place) + 1)}
            assert mark in project or noted & above, place


def _marked(value: Any, count: int = 0) -> tuple[Any, int]:
    """The value with a text of its own in each mapping."""
    if isinstance(value, dict):
        done: dict[str, Any] = {}
        for key, item in value.items():
            done[key], count = _marked(item, count)
        done[f"mark{count:04}x"] = True
        return done, count + 1
    if isinstance(value, list | tuple):
        items = []
        for item in value:
            marked, count = _marked(item, count)
            items.append(marked)
        return items, count
    return value, count


@given(json_values)
def test_the_lines_of_places_are_those_of_the_text(value: Any) -> None:
    text = json.dumps(value, indent=1)
    data, lines, twice = read_json5("x", text)
    assert data == value or json.dumps(data) == json.dumps(value)
    assert twice == ()
    expected = _places(value)
    assert set(lines) == set(expected)
    written = text.split("\n")
    for place, line in lines.items():
        if place and isinstance(place[-1], str):
            assert json.dumps(place[-1]) in written[line - 1]


def _places(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [place, *(deep for key, item in inside for deep in _places(item, (*place, key)))]


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from("[]{},:\"'/*a1 \n\\"), max_size=60).map("".join),
    )
)
@example("[" * 5000)
@example("{a:" * 5000)
@example("/*" * 50000)
@example("\ufeff{}")
@example("\x00")
@example("[1,,]")
@example('{"a": Infinity}')
def test_no_text_crashes_the_reader_of_json5(text: str) -> None:
    try:
        data, lines, _ = read_json5("x", text)
    except GatewayError:
        return
    assert repr(json5.loads(text.removeprefix("\ufeff"))) == repr(data)
    assert () in lines


@pytest.mark.parametrize("reader", READERS)
@given(
    text=st.one_of(st.text(max_size=80), st.binary(max_size=80).map(lambda b: b.decode("latin-1")))
)
def test_no_text_crashes_a_reader(
    reader: Callable[[SourceFile, Path], Imported], text: str
) -> None:
    imported = read(reader, "file", text)
    if imported is not None:
        assert errors_in(imported) == []


VARIABLES = [
    *(
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "BIG_MODEL",
        "MIDDLE_MODEL",
        "SMALL_MODEL",
        "HOST",
        "PORT",
    ),
    *(
        "ANTHROPIC_API_KEY",
        "AZURE_API_VERSION",
        "REQUEST_TIMEOUT",
        "MAX_TOKENS_LIMIT",
        "OWN",
        "BIG_MODEL",
    ),
    *("CUSTOM_HEADER_X_API_KEY", "CUSTOM_HEADER_ACCEPT", "OPENAI_HEADERS", "PREFERRED_PROVIDER"),
    *("USE_VERTEX_AUTH", "VERTEX_PROJECT", "GEMINI_API_KEY", "PROXY_API_KEY", "GEMINI_API_KEY_1"),
    *("GEMINI_API_KEY_2", "GEMINI_MODELS", "IGNORE_MODELS_GEMINI", "WHITELIST_MODELS_GEMINI"),
    *("HOME_API_BASE", "HOME_API_KEY", "HOME_MODELS", "ROTATION_MODE_GEMINI", "TIMEOUT_CONNECT"),
    *(
        "MAX_CONCURRENT_REQUESTS_PER_KEY_GEMINI",
        "GEMINI_CLI_OAUTH_1",
        "A_API_KEY_API_KEY",
        "_API_KEY",
    ),
]
values = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                "x",
                "gpt-4o",
                "true",
                "google",
                "anthropic",
                "2",
                "0",
                "-1",
                "1e400",
                "nan",
                "*",
            ),
            *(
                '["m", "n"]',
                '{"a": {"id": "b", "options": {"top_k": 2, "temperature": 9}}}',
                "[[",
                "a,b",
            ),
            *(
                "http://127.0.0.1:1/v1",
                "https://x.openai.azure.com",
                "0.0.0.0",
                "os.environ/X",
                "${X}",
            ),
            *(
                '{"x-y": "z", "api-key": "k", "bad name": "v"}',
                "gemini-2.5-pro",
                "2024-10-21",
                CANARY,
            ),
        ]
    ),
    texts,
)
lines = st.lists(
    st.one_of(
        st.builds(lambda n, v: f"{n}='{v}'", st.sampled_from(VARIABLES), values),
        st.builds(lambda n, v: f"{n}={v}", st.sampled_from(VARIABLES), values),
        st.sampled_from([*VARIABLES, "# comment", "", "not a line", 'X="']),
    ),
    max_size=12,
)


@pytest.mark.parametrize("reader", READERS[1:])
@given(lines=lines)
def test_whatever_an_env_file_says_becomes_a_sound_project(
    reader: Callable[[SourceFile, Path], Imported], lines: list[str]
) -> None:
    imported = read(reader, ".env", "\n".join(lines))
    if imported is not None:
        assert errors_in(imported) == []
        assert len(imported.fragments) > 0


@given(routers)
def test_no_key_of_a_router_is_shown(config: Any) -> None:
    _plant(config)
    imported = read(read_claude_code_router, "config.json", json.dumps(config))
    if imported is not None:
        assert CANARY not in everything_said(imported)
        assert PLAIN_CANARY not in everything_said(imported)


def _plant(config: Any) -> None:
    """Keys with a shape anywhere, keys without one where keys stand."""
    if isinstance(config, dict):
        for key in list(config):
            if key in ("api_key", "APIKEY"):
                config[key] = PLAIN_CANARY
            elif isinstance(config[key], str) and key not in ("name",):
                config[key] = config[key] + CANARY if len(config[key]) % 3 == 0 else config[key]
            else:
                _plant(config[key])
        config["api_secret"] = PLAIN_CANARY
    elif isinstance(config, list):
        for item in config:
            _plant(item)


@pytest.mark.parametrize("reader", READERS[1:])
@given(lines=lines, planted=st.sampled_from([CANARY, PLAIN_CANARY]), data=st.data())
def test_no_key_of_an_env_file_is_shown(
    reader: Callable[[SourceFile, Path], Imported],
    lines: list[str],
    planted: str,
    data: st.DataObject,
) -> None:
    secret = (
        [v for v in VARIABLES if "KEY" in v and "REQUESTS" not in v]
        if planted != CANARY
        else VARIABLES
    )
    lines = [*lines, *(f"{data.draw(st.sampled_from(secret))}={planted}" for _ in range(3))]
    imported = read(reader, ".env", "\n".join(lines))
    if imported is not None:
        assert planted not in everything_said(imported)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (
            read_claude_code_proxy,
            "BIG_MODEL=m\nOPENAI_API_KEY='{}'\nOPENAI_BASE_URL=https://x.org/v1",
        ),
        (read_api_key_proxy, "GEMINI_MODELS='[\"m\"]'\nGEMINI_API_KEY_1='{}'\nGEMINI_API_KEY_2=b"),
    ],
)
@given(
    value=st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'\\"), min_size=6
    )
)
def test_a_literal_key_is_kept_as_it_is(reader: Any, text: str, value: str) -> None:
    imported = read(reader, ".env", text.replace("{}", value))
    assert imported is not None
    variable = "OPENAI_API_KEY" if "OPENAI" in text else "GEMINI_API_KEY_1"
    assert imported.secrets.get(variable) == (None if is_placeholder(value) else value)
