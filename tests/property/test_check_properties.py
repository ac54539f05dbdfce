"""Nothing that a file can hold crashes `check`, leaves a span outside it, or gets a secret printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import fragments, mutated, secrets, yaml_like
from test_yaml_properties import is_inside

from gateway.diagnostics.json import as_json
from gateway.diagnostics.text import as_text
from gateway.model import GatewayError
from gateway.pipeline import Checked, check
from gateway.yaml_text import encode

SETTINGS = "default_model: glm\nproviders:\n  home: {litellm: openai, api_base: 'http://a', api_keys: [K]}\n"
GLM = "provider: home\nmodel: x\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "models.d").mkdir()
    (folder / "models.d/glm.yaml").write_text(GLM)
    return folder


def run(root: Path, model: str | bytes = GLM, settings: str | bytes = SETTINGS) -> Checked | None:
    """None where a file could not be read at all."""
    for path, content in (("models.d/x.yaml", model), ("gateway.yaml", settings)):
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        (root / path).write_bytes(raw)
    try:
        return check(root)
    except GatewayError as error:
        assert error.message.isprintable()
        return None


def outputs(checked: Checked | None) -> Iterator[str]:
    if checked is not None:
        files = (checked.project.settings, *checked.project.fragments)
        yield as_text(checked.diagnostics, {file.path: file.text for file in files})
        yield as_json(checked.diagnostics)


def assert_in_order(checked: Checked | None) -> None:
    if checked is None:
        return
    texts = {f.path: f.text for f in (checked.project.settings, *checked.project.fragments)}
    for found in checked.diagnostics:
        assert is_inside(found.span, texts[found.path]), found
        assert all(is_inside(other.span, texts[other.path]) for other in found.related)
        assert found.message.isprintable()
        assert found.message
    text, document = outputs(checked)
    first_lines = [line for line in text.split("\n") if ": error[" in line or ": warning[" in line]
    assert len(first_lines) == len(checked.diagnostics)
    assert len(json.loads(document)["diagnostics"]) == len(checked.diagnostics)
    assert (checked.blueprint is None) == any(d.severity == "error" for d in checked.diagnostics)


@given(st.binary(max_size=60))
@example(b"\xff\xfea\x00")
@example(b"\xef\xbb\xbfprovider: home\nmodel: x\n")
@example(b"\x00")
@example(b"%YAML 1.2\n---\na: 1")
def test_any_bytes(root: Path, content: bytes) -> None:
    assert_in_order(run(root, model=content))
    assert_in_order(run(root, settings=content))


@given(yaml_like)
def test_any_text_as_a_fragment(root: Path, text: str) -> None:
    assert_in_order(run(root, model=text))


@given(yaml_like)
def test_any_text_as_settings(root: Path, text: str) -> None:
    assert_in_order(run(root, settings=SETTINGS + text))


@given(mutated(fragments))
def test_any_fragment_with_a_mistake(root: Path, data: object) -> None:
    assert_in_order(run(root, model=encode(data) + "\n"))


@given(st.lists(st.lists(st.integers(0, 6), max_size=3, unique=True), min_size=1, max_size=7))
def test_any_graph_of_fallbacks(
    tmp_path_factory: pytest.TempPathFactory, edges: list[list[int]]
) -> None:
    folder = tmp_path_factory.mktemp("graph")
    (folder / "models.d").mkdir()
    (folder / "gateway.yaml").write_text(SETTINGS.replace("glm", "m0"))
    for index, targets in enumerate(edges):
        fallbacks = ", ".join(f"m{target}" for target in targets)
        (folder / f"models.d/m{index}.yaml").write_text(f"{GLM}fallbacks: [{fallbacks}]\n")
    checked = check(folder)
    assert_in_order(checked)
    reached = {i: {t for t in targets if t < len(edges)} for i, targets in enumerate(edges)}
    for _ in edges:
        reached = {i: ts.union(*(reached[t] for t in ts)) for i, ts in reached.items()}
    has_cycle = any(index in targets for index, targets in reached.items())
    assert has_cycle == any(d.code == "GW203" for d in checked.diagnostics)
    dangling = any(target >= len(edges) for targets in edges for target in targets)
    assert dangling == any(d.code == "GW202" for d in checked.diagnostics)


PLACES = [
    "description: {}\n",
    "# {}\n",
    "{}: x\n",
    "{}\n",
    "fallbacks: [{}]\n",
    "fallbacks: {}\n",
    "aliases: [a, '{}'\n",
    'name: "{}\n',
    "headers: {{X: {}}}\n",
    "headers:\n  {}: x\n",
    "headers: {{X: 'a\n  {}\n  b: c'}}\n",
    "litellm: {{{}: 1}}\n",
    "params: {{stop: [{}, os.environ/X]}}\n",
    "timeouts: {{connect: {}}}\n",
    "mode: {}\n",
    "provider: {}\n",
    "\t{}\n",
    "a: {} b: c\n",
    "&{} a: 1\n",
    "!{} a: 1\n",
    "a: *{}\n",
]
SETTINGS_PLACES = [
    "    api_keys: [{}]\n",
    "default_model: {}\n",
    "server: {{bind: {}, port: {}}}\n",
    "server: {{image: '{}'}}\n",
    "  other: {{litellm: {}, api_base: 'http://x:{}@y'}}\n",
    "  other: {{litellm: openai, api_base: '{}'}}\n",
    "  {}: {{litellm: openai, api_base: 'http://a'}}\n",
    "litellm: {{router_settings: {{routing_strategy: {}}}}}\n",
    "litellm: {{general_settings: {{master_key: {}}}}}\n",
]


@settings(max_examples=60)
@given(secrets, st.sampled_from(PLACES))
def test_a_keys_shape_is_never_shown(root: Path, secret: str, place: str) -> None:
    text = GLM + place.replace("{{", "{").replace("}}", "}").replace("{}", secret)
    checked = run(root, model=text)
    assert checked is not None
    assert any(d.code == "GW220" for d in checked.diagnostics)
    assert not any(secret in output for output in outputs(checked))


@settings(max_examples=40)
@given(secrets, st.sampled_from(SETTINGS_PLACES))
def test_a_keys_shape_in_settings_is_never_shown(root: Path, secret: str, place: str) -> None:
    text = SETTINGS + place.replace("{{", "{").replace("}}", "}").replace("{}", secret)
    checked = run(root, settings=text)
    assert checked is not None
    assert any(d.code == "GW220" for d in checked.diagnostics)
    assert not any(secret in output for output in outputs(checked))


passwords = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=14, max_size=20)
NAMED = [
    "api_key: {}\n",
    "api_key: '{}'\napi_key: x\n",
    "headers: {Authorization: {}, X: é}\n",
    "headers:\n  X-Api-Key: {}\n  X-Api-Key: {}\n",
    "params: {password: {}}\n",
    "params: {extra_body: {client_secret: {}, x: os.environ/X y}}\n",
    "litellm: {aws_secret_access_key: {}}\n",
    "litellm: {a_typo: 1, api_key: {}}\n",
    "token: {} : x\n",
    "password: [{}\n",
]


@settings(max_examples=40)
@given(passwords, st.sampled_from(NAMED))
def test_what_a_secrets_name_says_is_one_is_never_shown(
    root: Path, password: str, place: str
) -> None:
    checked = run(root, model=GLM + place.replace("{}", password))
    assert checked is not None
    assert checked.blueprint is None
    assert not any(password in output for output in outputs(checked))
