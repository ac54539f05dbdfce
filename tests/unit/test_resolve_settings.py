"""gateway.yaml's providers, server and raw settings: what is refused, and where."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from small_project import MODEL, SETTINGS

from gateway.resolve import litellm_keys
from gateway.validate import schema


def findings(check_project, settings: str, model: str = MODEL) -> list[tuple[str, int, int]]:
    files = {"gateway.yaml": settings, "models.d/glm-5.yaml": model}
    return [(d.code, d.span.line, d.span.column) for d in check_project(files).diagnostics]


@pytest.mark.parametrize(
    ("image", "refused"),
    [
        ("docker.litellm.ai/berriai/litellm:v1.82.7", True),
        ("ghcr.io/berriai/litellm:1.82.8", True),
        ("ghcr.io/berriai/litellm:main-v1.82.7-stable", True),
        ("registry:5000/litellm:v1.82.6", False),
        ("litellm:v11.82.7", False),
        ("litellm:v1.82.70", False),
        ("litellm@sha256:1827182718271827", False),
    ],
)
def test_stolen_releases_are_refused(check_project, image: str, refused: bool) -> None:
    found = findings(check_project, f"{SETTINGS}server: {{image: '{image}'}}\n")
    assert [code for code, *_ in found] == ["GW222"] * refused


@pytest.mark.parametrize(
    ("bind", "code"),
    [
        ("127.0.0.1", None),
        ("::", None),
        ("::1", None),
        ("0.0.0.0", None),
        ("1.2.3.256", "GW221"),
        ("::::", "GW221"),
        ("localhost", "GW106"),
    ],
)
def test_addresses_to_listen_on(check_project, bind: str, code: str | None) -> None:
    found = findings(check_project, f"{SETTINGS}server: {{bind: '{bind}'}}\n")
    assert [c for c, *_ in found] == [code] * (code is not None)


@pytest.mark.parametrize(
    "name", ["LITELLM_MASTER_KEY", "GATEWAY_IMAGE", "PYTHONPATH", "HOME", "PATH", "NO_DOCS"]
)
def test_variables_of_the_gateways_own_go_nowhere(check_project, name: str) -> None:
    settings = SETTINGS.replace("NANOGPT_API_KEY", name)
    model = f"{MODEL}headers: {{X: os.environ/{name}}}\n"
    assert findings(check_project, settings, model) == [("GW224", 6, 16), ("GW224", 3, 14)]


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("headers: {X: os.environ/A}", None),
        ("params: {user: os.environ/A}", None),
        ("params: {extra_body: {a: {b: os.environ/A}}}", None),
        ("litellm: {api_version: os.environ/A}", None),
        ("description: the key is os.environ/A", None),
        ("headers: {X: os.environ/A-B}", "GW219"),
        ("headers: {X: 'os.environ/A '}", "GW219"),
        ("headers: {X: os.environ/}", "GW219"),
        ("headers: {X: os.environ/1A}", "GW219"),
        ("params: {stop: [os.environ/A]}", "GW219"),
    ],
)
def test_references_to_variables(check_project, where: str, code: str | None) -> None:
    found = findings(check_project, SETTINGS, f"{MODEL}{where}\n")
    assert [c for c, *_ in found] == [code] * (code is not None)


@pytest.mark.parametrize(
    ("where", "refused"),
    [
        ("headers: {Authorization: abc}", True),
        ("headers: {X-Api-Key: abc}", True),
        ("params: {extra_body: {auth: {password: abc}}}", True),
        ("params: {extra_body: {tokens: [abc]}}", False),
        ("params: {extra_body: {secrets: {secret: [abc]}}}", True),
        ("headers: {X-Api-Key: os.environ/AUTH}", False),
        ("litellm: {aws_secret_access_key: abc}", True),
        ("description: 'password: abc'", False),
    ],
)
def test_text_under_a_secrets_name(check_project, where: str, refused: bool) -> None:
    found = findings(check_project, SETTINGS, f"{MODEL}{where}\n")
    assert [c for c, *_ in found] == ["GW220"] * refused


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("NANOGPT_API_KEY", ["GW103"]),
        ("[NANOGPT_API_KEY]", ["GW103"]),
        ("HUNTER2", ["GW103", "GW220"]),
        ("hunter_two", ["GW103", "GW220"]),
    ],
)
def test_a_variable_one_word_before_where_it_belongs(
    check_project, value: str, codes: list[str]
) -> None:
    found = findings(
        check_project, SETTINGS.replace("api_keys: [NANOGPT_API_KEY]", f"api_key: {value}")
    )
    assert [c for c, *_ in found] == codes


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("NANOGPT_API_KEY", False),
        ("nanogpt_key_1", False),
        ("MYOPENROUTERAPIKEYNUMBERTWO", False),
        ("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", True),
    ],
)
def test_a_key_that_is_spelt_like_a_variable(check_project, name: str, refused: bool) -> None:
    found = findings(check_project, SETTINGS.replace("NANOGPT_API_KEY", name))
    assert found == [("GW220", 6, 16)] * refused


def test_an_address_is_needed_where_the_prefix_says_no_place(check_project) -> None:
    settings = SETTINGS.replace("    api_base: https://nano-gpt.com/api/v1\n", "")
    assert findings(check_project, settings) == [("GW216", 3, 3)]
    assert findings(check_project, settings.replace("litellm: openai", "litellm: anthropic")) == []


def test_raw_settings_of_every_section_are_checked(check_project) -> None:
    raw = "litellm:\n  litellm_settings: {a_typo: 1}\n  router_settings: {a_typo: 1}\n  general_settings: {a_typo: 1}\n"
    found = findings(check_project, SETTINGS + raw, f"{MODEL}litellm: {{a_typo: 1}}\n")
    assert found == [("GW217", 8, 22), ("GW217", 9, 21), ("GW217", 10, 22), ("GW217", 3, 11)]


def test_every_key_of_ours_is_one_that_litellm_has() -> None:
    """A rename in LiteLLM would let its new spelling pass beside ours."""
    elsewhere = {
        "headers",
        "model_list",
        "model_info",
        "openai_key",
        "api_key",
        "cooldown_time",
        "num_retries",
    }
    for section, names in litellm_keys._OURS.items():
        assert set(names) - elsewhere <= litellm_keys.known(section), section


def test_the_modes_of_the_schema_are_litellms() -> None:
    modes = schema("model")["properties"]["mode"]["enum"]
    assert set(modes) <= litellm_keys.known("modes")


def test_resolving_needs_neither_templates_nor_schemas() -> None:
    code = "import gateway.resolve, json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], timeout=30))
    assert {"jinja2", "jsonschema", "jsonschema_rs", "typer", "litellm"}.isdisjoint(loaded)
