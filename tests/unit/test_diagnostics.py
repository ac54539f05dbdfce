"""Findings as values, as text and as JSON; and no secret in any of them."""

from __future__ import annotations

import json

import pytest

from gateway.diagnostics import Diagnostic, Excused, Related, Severity, has_errors, ordered
from gateway.diagnostics.json import as_json
from gateway.diagnostics.nearest import Suggestions, nearest
from gateway.diagnostics.secrets import blanked, blanked_line, looks_like_a_secret, says_secret
from gateway.diagnostics.text import as_text, summary
from gateway.model import Span

FOUND = (
    Diagnostic("GW103", "unknown key `x`", "a.yaml", Span(2, 3, 2, 4), "rename it to `y`"),
    Diagnostic(
        "GW201",
        "the name `é` is taken",
        "b.yaml",
        Span(1, 1, 1, 2),
        related=(Related("a.yaml", Span(4, 1, 4, 2), "taken here"),),
    ),
    Diagnostic("GW210", "no model uses provider `p`", "c.yaml", severity=Severity.WARNING),
)
SOURCES = {"a.yaml": "one: 1\r\n\tx: [\r\n", "b.yaml": "é\n", "c.yaml": ""}


def test_text() -> None:
    assert as_text(FOUND, SOURCES) == (
        "a.yaml:2:3: error[GW103]: unknown key `x`\n"
        "  |\n"
        "2 |  x: [\n"
        "  |   ^\n"
        "  = hint: rename it to `y`\n"
        "b.yaml:1:1: error[GW201]: the name `é` is taken\n"
        "  |\n"
        "1 | é\n"
        "  | ^\n"
        "  = taken here: a.yaml:4:1\n"
        "c.yaml:1:1: warning[GW210]: no model uses provider `p`\n"
    )


def test_colour_changes_nothing_but_colour() -> None:
    coloured = as_text(FOUND, SOURCES, colour=True)
    plain = coloured
    for code in ("31", "33", "1", "36", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert coloured != plain == as_text(FOUND, SOURCES)


def test_json() -> None:
    document = json.loads(as_json(FOUND))
    assert (document["format_version"], document["valid"]) == ("1.1", False)
    assert (document["error_count"], document["warning_count"]) == (2, 1)
    assert document["diagnostics"][1]["related"] == [
        {
            "path": "a.yaml",
            "line": 4,
            "column": 1,
            "end_line": 4,
            "end_column": 2,
            "message": "taken here",
        }
    ]
    assert json.loads(as_json(())) == {
        "format_version": "1.1",
        "valid": True,
        "error_count": 0,
        "warning_count": 0,
        "excused_count": 0,
        "diagnostics": [],
    }


def test_summary_counts_in_words() -> None:
    assert summary(FOUND, 7) == "2 errors, 1 warning in 7 fragments"
    assert summary((), 1) == "0 errors, 0 warnings in 1 fragment"
    assert summary((), 1, 2) == "0 errors, 0 warnings in 1 fragment, 2 excused"


def test_the_reason_of_an_excuse_shows_no_key() -> None:
    assert "c4narychars" not in Excused(FOUND[0], "as sk-or-v1-c4narychars0123456789 says").reason


def test_order_is_by_place_and_each_finding_stands_once() -> None:
    assert ordered([*reversed(FOUND), *FOUND]) == FOUND
    assert has_errors(FOUND)
    assert not has_errors(FOUND[2:])


@pytest.mark.parametrize("line", ["", "   ", "x" * 161, "a\x1b[31mb", "\u202eabc"])
def test_lines_that_would_garble_the_screen_are_not_shown(line: str) -> None:
    assert as_text(FOUND[2:], {"c.yaml": line}).count("\n") == 1


SECRETS = [
    "sk-0123456789abcdefghij",
    "sk-or-v1-0123456789abcdef0123456789abcdef",
    "sk-ant-api03-abcdefghijklmnopqrstuvwxyz-0123",
    "gsk_abcdefghij0123456789ABCD",
    "AIzaSyA-0123456789abcdefghijklmnopqrstu",
    "AKIA0123456789ABCDEF",
    "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
    "github_pat_0123456789abcdefghijklmnopqrstuvwxyz",
    "glpat-0123456789abcdefghij",
    "xoxb-0123456789-abcdefghij",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----",
    "Bearer abcdefghijkl0mnop",
    "bearer abcdefghijkLmnopqrstu",
    "Basic dXNlcjpodW50ZXIy",
    "xai-0123456789abcdefghijABCDEFGHIJ",
    "redis://:hunter2@cache:6379",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_the_shapes_of_keys_are_known(secret: str) -> None:
    assert looks_like_a_secret(f'key: "{secret}"')
    line = f"a: {secret} # b"
    assert blanked(line) != line
    assert len(blanked(line)) == len(line)
    assert not looks_like_a_secret(blanked(line))


@pytest.mark.parametrize(
    "text",
    [
        "sk-test",
        "sk-1234",
        "NANOGPT_API_KEY",
        "glm-4.6",
        "claude-sonnet-4-5-20250929",
        "moonshotai/kimi-k2.5",
        "qwen3-235b-a22b-instruct-2507",
        "ask-something-long-enough-2026",
        "https://nano-gpt.com/api/v1",
        "http://[::1]:8080/v1",
        "accounts/fireworks/models/llama-v3p1-405b-instruct",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef",
        "basic auth",
        "Basic conversational model, bearer authentication needed",
        "Basic authenticate",
        "Basic qwen3-235b-a22b-instruct-2507",
        "Bearer os.environ/NAME_OF_A_KEY_2",
        "xai-grok-4-fast-reasoning",
        "hf-meta-llama-3-70b-instruct",
        "key_of_my_second_account_2",
    ],
)
def test_names_are_no_secrets(text: str) -> None:
    assert not looks_like_a_secret(text)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("api_key: hunter2", "api_key: *******"),
        ("  X-Api-Key: 'hunter2'  # x", "  X-Api-Key: '*******'  * *"),
        ("headers: {Authorization: abc def}", "headers: {Authorization: *** ***}"),
        ('"password": "a b"', '"password": "* *"'),
        ("token: os.environ/TOKEN", "token: os.environ/TOKEN"),
        ("Authorization: Bearer os.environ/KEY", "Authorization: Bearer os.environ/KEY"),
        ("api_keys: [NANOGPT_API_KEY]", "api_keys: [NANOGPT_API_KEY]"),
        ("first_token: 30", "first_token: 30"),
        ("max_tokens: 30", "max_tokens: 30"),
        ("max_tokens: 30, api_key: x", "max_tokens: 30, api_key: *"),
        ("{max_token: 5, password: x}", "{max_token: 5, password: *}"),
        ("model: x", "model: x"),
    ],
)
def test_what_stands_behind_a_secrets_name_is_blanked(line: str, shown: str) -> None:
    assert blanked_line(line) == shown


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "Authorization",
        "X-Auth-Token",
        "db_password",
        "client_secret",
        "api_key_1",
    ],
)
def test_names_that_say_secret(name: str) -> None:
    assert says_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "token_count",
        "tokens",
        "output_token_limit",
        "secretary",
        "key",
        "api_key_name",
        "stop_token_id",
        "model",
    ],
)
def test_names_that_do_not(name: str) -> None:
    assert not says_secret(name)


def test_a_finding_cannot_repeat_a_secret() -> None:
    found = Diagnostic(
        "GW103", f"unknown key `{SECRETS[0]}`", "a.yaml", hint=f"rename {SECRETS[1]}"
    )
    assert SECRETS[0] not in found.message
    assert SECRETS[1] not in (found.hint or "")


@pytest.mark.parametrize(
    ("word", "likely"),
    [
        ("fallback", "fallbacks"),
        ("FALLBACKS", "fallbacks"),
        ("modle", "model"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_word(word: str, likely: str | None) -> None:
    assert nearest(word, ["fallbacks", "model", "mode"]) == likely


def test_among_very_many_words_a_slip_is_found_at_once() -> None:
    suggestions = Suggestions([f"model-{i}" for i in range(5000)])
    assert suggestions.nearest("modl-4711") == "model-4711"
    assert suggestions.nearest("Model-4711") == "model-4711"
    assert suggestions.nearest("mode1-4711") == "model-4711"
    assert suggestions.nearest("something-else") is None
