"""A fragment against its schema: each kind of mistake in our words, at its place."""

from __future__ import annotations

import pytest

from gateway.load import load
from gateway.model import SourceFile, Span
from gateway.validate import schema, validate

MODEL = "provider: a\nmodel: b\n"
SETTINGS = "default_model: x\nproviders: {a: {litellm: openai}}\n"


def findings(text: str, schema_name: str = "model"):
    fragment, found = load(SourceFile("file.yaml", text), is_model=schema_name == "model")
    assert fragment is not None
    assert found == ()
    return validate(fragment, schema_name)


def test_what_is_sound_has_no_finding() -> None:
    assert findings(MODEL) == ()
    assert findings(SETTINGS, "gateway") == ()


@pytest.mark.parametrize("duration", ["1s", "500ms", "1.5s", "10m", "2h", "0.5s", "00.1s", "01s"])
def test_durations(duration: str) -> None:
    assert findings(f"{MODEL}timeouts: {{total: {duration}}}\n") == ()


@pytest.mark.parametrize(
    "duration",
    ["1", "0s", "0.0s", "s", "1d", "-1s", "1 s", "1s ", "1S", "1,5s", "'1s\n'", "1e3s", "١s", ".s"],
)
def test_what_is_no_duration(duration: str) -> None:
    (found,) = findings(f'{MODEL}timeouts: {{total: "{duration}"}}\n'.replace("\n'", "\\n"))
    assert found.code == "GW106"


@pytest.mark.parametrize(
    "address",
    [
        "http://a",
        "https://a.example:8443/v1/",
        "http://[::1]:8080/v1",
        "http://host.docker.internal/v1",
    ],
)
def test_addresses(address: str) -> None:
    text = f"default_model: x\nproviders: {{a: {{litellm: openai, api_base: '{address}'}}}}\n"
    assert findings(text, "gateway") == ()


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8080",
        "ftp://a",
        "http://",
        "http://u@a",
        "http://a/?k=v",
        "http://a/#x",
        "http://a b",
    ],
)
def test_what_is_no_address(address: str) -> None:
    text = f"default_model: x\nproviders: {{a: {{litellm: openai, api_base: '{address}'}}}}\n"
    assert [d.code for d in findings(text, "gateway")] == ["GW106"]


@pytest.mark.parametrize(
    ("line", "code", "message", "hint"),
    [
        ("aliases: x", "GW104", "`aliases` must be a list, not text", "put it in brackets: `[…]`"),
        ("aliases: {a: b}", "GW104", "`aliases` must be a list, not a mapping", None),
        (
            "description: 5",
            "GW104",
            "`description` must be text, not a whole number",
            "put it in quotes",
        ),
        ("description: true", "GW104", "`description` must be text, not true or false", None),
        ("enabled: On", "GW104", "`enabled` must be true or false, not text", "write `true`"),
        (
            "limits: {rpm: 1.5}",
            "GW104",
            "`limits.rpm` must be a whole number, not a fraction",
            None,
        ),
        ("price: {input: x}", "GW104", "`price.input` must be a number, not text", None),
        (
            "limits: {rpm: true}",
            "GW104",
            "`limits.rpm` must be a whole number, not true or false",
            None,
        ),
        ("context_window: 0", "GW107", "`context_window` must be at least 1", None),
        ("params: {top_p: 2}", "GW107", "`params.top_p` must be at most 1", None),
        ("upstream: []", "GW103", "unknown key `upstream`", "rename it to `upstreams`"),
        (
            "timeout: 5s",
            "GW103",
            "unknown key `timeout`",
            "write `timeouts: {total: 10m}`, with a unit",
        ),
        ("tpm: 5", "GW103", "unknown key `tpm`", "move it into `limits`"),
        ("api_base: x", "GW103", "unknown key `api_base`", "say it in `providers` of gateway.yaml"),
        ("aliases: [a, b, a]", "GW109", "an item of `aliases` is listed twice", "remove it"),
        (
            "name: ' x'",
            "GW106",
            "`name` must be a name of letters, digits and `. _ - : / @ + [ ]`",
            None,
        ),
        ("capabilities: [vison]", "GW105", None, "write `vision`"),
    ],
)
def test_messages(line: str, code: str, message: str | None, hint: str | None) -> None:
    (found,) = findings(f"{MODEL}{line}\n")
    assert (found.code, found.hint) == (code, hint)
    assert message is None or found.message == message
    assert found.span.line == 3


PROVIDER = "providers: {p: {litellm: openai, api_base: http://a, "
APPS = "providers: {p: {litellm: openai, api_base: http://a}}\napps: {web: {key: K, "


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("api_key: K}}", "unknown key `api_key`", "rename it to `api_keys`"),
        ("api_keys: [{name: K}]}}", "unknown key `name`", "rename it to `env`"),
        ("api_keys: [{key: K}]}}", "unknown key `key`", "rename it to `env`"),
        ("api_keys: [{env: K, prio: 2}]}}", "unknown key `prio`", "rename it to `priority`"),
        (
            "api_keys: [K_*]}}",
            "`providers.p.api_keys[0]` must be the name of a variable, such as `NANOGPT_API_KEY`",
            "for numbered variables write `{env: NAME_*, count: 5}`",
        ),
        ("api_keys: [K-*]}}", "`providers.p.api_keys[0]` must be the name of a variable", None),
    ],
)
def test_slips_in_a_providers_keys(line: str, message: str, hint: str | None) -> None:
    found = findings(f"default_model: x\n{PROVIDER}{line}\n", "gateway")
    assert [each.hint for each in found if each.message.startswith(message)] == [hint]


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("rpm: 5}}", "unknown key `rpm`", "write it as `limits: {rpm: …}`"),
        ("api_key: K}}", "unknown key `api_key`", "rename it to `key`"),
        ("budget: {dollars: 5, per: day}}}", "unknown key `dollars`", "rename it to `usd`"),
    ],
)
def test_slips_in_an_app(line: str, message: str, hint: str) -> None:
    (found,) = findings(f"default_model: x\n{APPS}{line}\n", "gateway")
    assert (found.message, found.hint) == (message, hint)


@pytest.mark.parametrize(
    ("section", "hint"),
    [
        ("", "say `tiers`, `routes` or `rules` in it, or remove it"),
        ("{tiers: [sonnet]}", "name each family with its model: `{sonnet: MODEL}`"),
        ("{tiers: sonnet}", "name each family with its model: `{sonnet: MODEL}`"),
        (
            "{rules: [{name: a, model: b, when: {}}]}",
            "name a condition, such as `{model: claude-opus-*}`",
        ),
        (
            "{rules: [{name: a, model: b, when: {header: x-team}}]}",
            'name each header with its value: `{x-team: "*"}`',
        ),
        ("{rules: [{name: my rule, model: b, when: {tool: c}}]}", "write `my-rule`"),
    ],
)
def test_hints_about_claude_code(section: str, hint: str) -> None:
    (found,) = findings(f"{SETTINGS}claude_code: {section}\n", "gateway")
    assert found.hint == hint


def test_a_missing_key_is_named_at_its_parent() -> None:
    (found,) = findings("upstreams:\n  - {provider: a, model: b}\n  - {provider: c}\n")
    assert found.message == "missing key `model` in `upstreams[1]`"
    assert found.span == Span(3, 5, 3, 18)


def test_a_value_that_may_be_a_secret_is_hidden() -> None:
    text = (
        "default_model: x\nproviders: {a: {litellm: openai, api_keys: ['my key', os.environ/K]}}\n"
    )
    first, second = findings(text, "gateway")
    assert first.hides_value
    assert "my key" not in first.message
    assert second.hint == "write the name alone, without `os.environ/`"


def test_all_findings_come_in_one_run() -> None:
    assert len(findings("modell: x\nmode: y\nlimits: {rpm: 0, x: 1}\n")) == 6


@pytest.mark.parametrize("name", ["model", "gateway"])
def test_schemas_say_where_they_are_from(name: str) -> None:
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
