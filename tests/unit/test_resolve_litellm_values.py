"""A raw LiteLLM value against its schema: what is refused, where, and with which hint."""

from __future__ import annotations

import subprocess
import sys

import pytest
from small_project import MODEL, SETTINGS

from gateway.load import load
from gateway.model import SourceFile
from gateway.resolve.litellm_values import find_value_mistakes


def found(text: str, schema: dict[str, object]) -> list[tuple[str, int, int, str | None]]:
    """Code, line, column and hint for the value of `key` in a YAML text."""
    fragment, problems = load(SourceFile("a.yaml", text), is_model=False)
    assert fragment is not None and not list(problems)
    mistakes = find_value_mistakes(fragment, ("key",), fragment.data["key"], schema, 0)
    return [(d.code, d.span.line, d.span.column, d.hint) for d in mistakes]


@pytest.mark.parametrize(
    ("value", "kinds", "is_accepted"),
    [
        ("3", ["integer"], True),
        ("3.0", ["integer"], True),
        ("3.5", ["integer"], False),
        ("3", ["number"], True),
        ("true", ["integer"], False),
        ("true", ["boolean"], True),
        ("1", ["boolean"], False),
        ("yes", ["boolean"], False),
        ("text", ["string"], True),
        ("3", ["string"], False),
        ("[]", ["array"], True),
        ("{}", ["object"], True),
        ("[]", ["object"], False),
        ("null", ["null", "string"], True),
        ("null", ["string"], False),
        ("os.environ/NAME", ["integer"], True),
        ("os.environ/NAME", ["object"], True),
    ],
)
def test_types(value: str, kinds: list[str], is_accepted: bool) -> None:
    assert [c for c, *_ in found(f"key: {value}\n", {"type": kinds})] == ["GW238"] * (
        not is_accepted
    )


@pytest.mark.parametrize(
    ("value", "kind", "is_accepted"),
    [
        ('"30"', "integer", True),
        ('" 30 "', "integer", True),
        ('"30.0"', "integer", True),
        ('"30.5"', "integer", False),
        ('"abc"', "integer", False),
        ('"1e-3"', "number", True),
        ('"nan"', "number", False),
        ('"yes"', "boolean", True),
        ('"maybe"', "boolean", False),
        ("1", "boolean", True),
        ("2", "boolean", False),
    ],
)
def test_text_where_litellm_casts_it(value: str, kind: str, is_accepted: bool) -> None:
    codes = [c for c, *_ in found(f"key: {value}\n", {"type": [kind], "x-text": True})]
    assert codes == ["GW238"] * (not is_accepted)


def test_bounds_hold_for_cast_text_too() -> None:
    schema = {"type": ["integer"], "x-text": True, "minimum": 1, "maximum": 9}
    assert found('key: "9"\n', schema) == []
    assert found('key: "10"\n', schema) == [("GW239", 1, 6, None)]
    assert found("key: 0\n", schema) == [("GW239", 1, 6, None)]


def test_bounds_that_are_not_reached() -> None:
    schema = {"type": ["number"], "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    assert found("key: 0.5\n", schema) == []
    assert [c for c, *_ in found("key: 0\n", schema)] == ["GW239"]
    assert [c for c, *_ in found("key: 1\n", schema)] == ["GW239"]


def test_a_nested_value_is_named_at_its_own_place() -> None:
    schema = {
        "type": ["object"],
        "properties": {"a": {"type": ["array"], "items": {"type": ["string"], "enum": ["x"]}}},
        "additionalProperties": False,
    }
    text = "key:\n  a:\n    - x\n    - y\n  b: 1\n"
    assert found(text, schema) == [
        ("GW223", 4, 7, "known: x"),
        ("GW217", 5, 3, "known here: a"),
    ]


def test_any_key_of_a_mapping_has_the_schema_for_any_key() -> None:
    schema = {"type": ["object"], "additionalProperties": {"type": ["integer"]}}
    assert found("key: {a: 1, b: x}\n", schema) == [("GW238", 1, 16, None)]


def test_a_missing_key_is_named_at_the_mapping() -> None:
    schema = {"type": ["object"], "properties": {}, "required": ["target"]}
    assert found("key: {path: /x}\n", schema) == [("GW241", 1, 1, "add `target: …`")]


@pytest.mark.parametrize(
    ("value", "kind", "hint"),
    [
        ('"20"', "integer", "remove the quotes"),
        ("8k", "integer", "write `8000`"),
        ('"true"', "boolean", "remove the quotes"),
        ("off", "boolean", "write `false`"),
        ("5", "string", "put it in quotes"),
        ("one", "array", "put it in brackets: `[…]`"),
        ("5", "array", "put it in brackets: `[…]`"),
        ("{}", "array", None),
        ("many", "integer", None),
    ],
)
def test_hints_where_they_are_likely_right(value: str, kind: str, hint: str | None) -> None:
    assert found(f"key: {value}\n", {"type": [kind]}) == [("GW238", 1, 6, hint)]


def test_a_duration_where_seconds_are_counted() -> None:
    fragment, _ = load(SourceFile("a.yaml", "ttl: 5m\nlimit: 5m\n"), is_model=False)
    assert fragment is not None
    hints = [
        d.hint
        for key in ("ttl", "limit")
        for d in find_value_mistakes(fragment, (key,), "5m", {"type": ["integer"]}, 0)
    ]
    assert hints == ["write `300`, in seconds", "write `5000000`"]


def test_a_value_whose_name_says_secret_is_not_shown() -> None:
    fragment, _ = load(SourceFile("a.yaml", "redis_password: 12345\n"), is_model=False)
    assert fragment is not None
    [mistake] = find_value_mistakes(fragment, ("redis_password",), 12345, {"type": ["string"]}, 0)
    assert mistake.hides_value
    assert "12345" not in mistake.message


def test_many_choices_are_not_listed() -> None:
    schema = {"type": ["string"], "enum": [f"choice-{i:02}" for i in range(40)]}
    assert found("key: nothing\n", schema) == [("GW223", 1, 6, None)]


@pytest.mark.parametrize(
    ("raw", "code", "hint"),
    [
        (
            "general_settings: {drop_params: true}",
            "GW240",
            "remove it: the gateway sets it",
        ),
        (
            "litellm_settings: {enable_jwt_auth: true}",
            "GW240",
            "move it to `litellm.general_settings` of gateway.yaml",
        ),
        (
            "router_settings: {json_logs: true}",
            "GW240",
            "move it to `litellm.litellm_settings` of gateway.yaml",
        ),
        (
            "litellm_settings: {num_ctx: 8192}",
            "GW240",
            "move it to `litellm` of a fragment",
        ),
        ("router_settings: {supports_vision: true}", "GW240", "use `capabilities` of the fragment"),
        ("litellm_settings: {jsn_logs: true}", "GW217", "rename it to `json_logs`"),
        ("general_settings: {nothing_like_it: 1}", "GW217", "remove it"),
    ],
)
def test_a_key_in_another_section(check_project, raw: str, code: str, hint: str) -> None:
    files = {"gateway.yaml": f"{SETTINGS}litellm: {{{raw}}}\n", "models.d/glm-5.yaml": MODEL}
    [mistake] = check_project(files).diagnostics
    assert (mistake.code, mistake.hint) == (code, hint)


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        ("{max_tokens: 4096, temperature: 0.2}", []),
        ("{metadata: {team: a}, a_field_of_one_server: 1}", []),
        ("{temprature: 0.2}", [("GW217", "rename it to `temperature`")]),
        ('{max_tokens: "4096"}', [("GW238", "remove the quotes")]),
    ],
)
def test_defaults_of_every_request(
    check_project, defaults: str, expected: list[tuple[str, str]]
) -> None:
    raw = f"litellm: {{router_settings: {{default_litellm_params: {defaults}}}}}\n"
    files = {"gateway.yaml": SETTINGS + raw, "models.d/glm-5.yaml": MODEL}
    found_here = check_project(files).diagnostics
    assert [(d.code, d.hint) for d in found_here] == expected


def test_a_project_without_raw_keys_reads_the_snapshot_once_at_most() -> None:
    """The check of raw values costs nothing where there are none: its module does no work on import."""
    code = (
        "import gateway.resolve.litellm_values, gateway.resolve.litellm_keys as k\n"
        "from gateway.resolve import litellm_snapshot as s\n"
        "assert s._snapshot.cache_info().currsize == 0\n"
        "s.known('providers'), s.known('providers')\n"
        "assert s._snapshot.cache_info().misses == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
