"""What the property tests draw: JSON, YAML-like text, sound fragments, and keys' shapes."""

from __future__ import annotations

import string
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

# Texts that YAML readers of some version take for something else, and other traps.
TRAPS = [
    *("no", "Yes", "on", "y", "null", "~", "", "true", ".inf", ".nan", "0755", "0o17", "0x1F"),
    *("1e3", "1e-06", "1_000", "12:30:45", "2026-11-21", "-", "--- x", "...", "=", "<<", "? x"),
    *("a: b", "a #b", "- x", "*x", "&x", "!x", "%x", "@x", "`x", "{{ 7*7 }}", "{% raw %}", "$X"),
    *("${X:-y}", "$$", "'", '"', "\\", "\n", "a\n", "\n a", "\r", "\t", " ", "\x85", "\u2028"),
    *("\ufeff", "\x00", "\x1b[31m", "😀", "é", "key: value\nother: x", "x" * 300, "os.environ"),
]
texts = st.one_of(st.sampled_from(TRAPS), st.text(max_size=30))
numbers = st.one_of(
    st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False)
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)

_PIECES = [
    *(
        "provider: home\n",
        "model: x\n",
        "fallbacks: [glm]\n",
        "aliases:\n",
        "  - a\n",
        "timeouts:\n",
    ),
    *("  connect: 1s\n", "headers: {X: y}\n", "name: 'q'\n", 'description: "d"\n', "# comment\n"),
    *("api_key: ", "params: {", "extra_body: ", "litellm:\n", "upstreams:\n", "---\n", "...\n"),
    *("- ", ": ", "[", "]", "{", "}", ",", "&a ", "*a", "!!int ", "|\n", ">-\n", "'", '"', "\t"),
    *(
        "\n",
        "\r\n",
        "\r",
        " ",
        "  ",
        "? ",
        "%YAML 1.1\n",
        "<<: ",
        "\x85",
        "\u2028",
        "\ufeff",
        "é😀",
    ),
    *("default_model: glm\n", "providers:\n", "  home: {litellm: openai}\n", "server: {port: 1}\n"),
]
yaml_like = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), max_size=14).map(
    "".join
)

_names = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
_durations = st.builds("{}{}".format, st.integers(1, 5000), st.sampled_from(["ms", "s", "m", "h"]))
_printable = st.text(string.printable[:95], max_size=20)
_positive = st.integers(1, 10**9)


def _some(keys: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


def is_model_id(text: str) -> bool:
    return bool(text) and text == text.strip(" \t\n") and not {"\n", "$", "*"} & set(text)


_place = {"provider": st.just("home"), "model": texts.filter(is_model_id)}
_upstream = st.fixed_dictionaries(
    _place, optional={"weight": st.integers(1, 100), "order": st.integers(1, 9)}
)
_optional = {
    "description": texts,
    "enabled": st.booleans(),
    "aliases": st.lists(_names.map("alias-{}".format), max_size=3, unique=True),
    "mode": st.sampled_from(["chat", "embedding"]),
    "fallbacks": st.just(["glm"]),
    "timeouts": _some({"connect": _durations, "first_token": _durations, "total": _durations}),
    "limits": _some({"rpm": _positive, "tpm": _positive}),
    "context_window": _positive,
    "capabilities": st.lists(st.sampled_from(["tools", "vision"]), unique=True),
    "price": _some({"input": st.floats(0, 100), "output": st.integers(0, 100)}),
    "headers": st.dictionaries(_names.map("X-{}".format), _printable, max_size=3),
    "params": _some(
        {
            "temperature": st.floats(0, 2),
            "user": texts,
            "stop": st.lists(texts, max_size=2),
            "extra_body": st.dictionaries(texts, json_values, max_size=3),
        }
    ),
}
fragments = st.one_of(
    st.fixed_dictionaries(_place, optional=_optional),
    st.fixed_dictionaries(
        {"upstreams": st.lists(_upstream, min_size=1, max_size=3)}, optional=_optional
    ),
)
settings_files = st.fixed_dictionaries(
    {
        "default_model": _names,
        "providers": st.dictionaries(
            _names,
            st.fixed_dictionaries(
                {"litellm": st.sampled_from(["openai", "openrouter"])},
                optional={
                    "api_base": st.sampled_from(["http://a/v1", "https://b.example:1/"]),
                    "api_keys": st.lists(_names.map("K_{}".format), unique=True, max_size=3),
                },
            ),
            min_size=1,
            max_size=3,
        ),
    },
    optional={
        "failover": _some({"connect": _durations, "within": _durations}),
        "server": _some({"port": st.integers(1, 65535), "workers": st.integers(1, 64)}),
    },
)

_key_characters = string.ascii_letters + string.digits
_tails = st.text(_key_characters, min_size=30, max_size=40).map("7{}".format)
secrets = st.builds(
    str.__add__,
    st.sampled_from(["sk-", "sk-or-v1-", "gsk_", "ghp_", "hf_", "xai-", "AIza", "pplx-", "glpat-"]),
    _tails,
)


@st.composite
def mutated(draw: st.DrawFn, sound: st.SearchStrategy[Any]) -> Any:
    """A sound value with one place in it replaced, removed or added."""
    root = {"": deepcopy(draw(sound))}
    container, key = root, ""
    while isinstance(container[key], dict | list) and container[key] and draw(st.booleans()):
        container = container[key]
        keys = sorted(container) if isinstance(container, dict) else range(len(container))
        key = draw(st.sampled_from(list(keys)))
    match draw(st.sampled_from(["replace", "remove", "add"])):
        case "remove" if container is not root:
            del container[key]
        case "add" if isinstance(container[key], dict):
            container[key][draw(texts)] = draw(json_values)
        case _:
            container[key] = draw(json_values)
    return root[""]
