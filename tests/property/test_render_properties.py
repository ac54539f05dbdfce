"""Any text stays where it was put; a render depends on nothing but what the files say."""

from __future__ import annotations

import random
import string
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import TRAPS, fragments, is_model_id, json_values, texts

from gateway import assets
from gateway.diagnostics.secrets import looks_like_a_secret, says_secret
from gateway.load import load
from gateway.model import Blueprint, Fragment, Rendered, SourceFile, Verb
from gateway.pipeline import build
from gateway.render import render
from gateway.resolve import resolve
from gateway.validate import validate
from gateway.write import apply, plan
from gateway.yaml_text import encode, read_plain

SETTINGS = {
    "default_model": "glm",
    "providers": {"home": {"litellm": "openai", "api_base": "http://a/v1", "api_keys": ["KEY"]}},
}
GLM = {"provider": "home", "model": "glm-5"}
MARK = "a mark that nothing else says"


def fragment(path: str, data: dict[str, Any]) -> Fragment:
    is_model = path != "gateway.yaml"
    loaded, found = load(SourceFile(path, encode(data) + "\n"), is_model=is_model)
    assert loaded is not None
    assert found == ()
    assert validate(loaded, "model" if is_model else "gateway") == ()
    return loaded


def blueprint_of(model: dict[str, Any], settings: dict[str, Any]) -> Blueprint:
    models = [fragment("models.d/glm.yaml", GLM), fragment("models.d/other.yaml", model)]
    blueprint, found = resolve(models, fragment("gateway.yaml", settings))
    assume(not any(d.code == "GW220" for d in found))  # a text that has the shape of a key
    assert blueprint is not None, found
    return blueprint


def render_of(model: dict[str, Any], settings: dict[str, Any] = SETTINGS) -> Rendered:
    blueprint = blueprint_of(model, settings)
    rendered, found = render(
        blueprint, Path("none"), assets.templates_folder(), {"__init__.py": ""}
    )
    assert found == ()
    return rendered


def parsed(rendered: Rendered) -> dict[str, Any]:
    return {path: read_plain(text) for path, text in rendered.items() if path.endswith(".yaml")}


def replaced(data: Any, old: str, new: Any) -> Any:
    if isinstance(data, dict):
        return {key: replaced(item, old, new) for key, item in data.items()}
    if isinstance(data, list):
        return [replaced(item, old, new) for item in data]
    return new if data == old else data


def without_hash(data: dict[str, Any]) -> dict[str, Any]:
    del data["compose/compose.yaml"]["services"]["gateway"]["labels"]["gateway.config"]
    return data


def assert_it_stays_in_its_place(make: Any, value: Any) -> None:
    """The render with `value` is the one with a mark, but for the mark."""
    expected = without_hash(parsed(render_of(*make(MARK))))
    actual = without_hash(parsed(render_of(*make(value))))
    assert actual == replaced(expected, MARK, value)


def is_ordinary(text: str) -> bool:
    return "os.environ" not in text and not looks_like_a_secret(text)


ordinary = texts.filter(is_ordinary)
header_values = st.one_of(
    st.sampled_from([t for t in TRAPS if t.isascii() and t.isprintable() and is_ordinary(t)]),
    st.text(string.printable[:95], max_size=30),
).filter(is_ordinary)


def sits(value: Any) -> bool:
    """Whether this JSON has no text that is refused or read otherwise."""
    if isinstance(value, dict):
        return all(is_ordinary(k) and not says_secret(k) and sits(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(sits, value))
    return not isinstance(value, str) or is_ordinary(value)


@given(ordinary)
def test_a_description_changes_nothing(text: str) -> None:
    assert render_of({**GLM, "description": text}) == render_of(GLM)


@given(header_values)
@example("${LITELLM_MASTER_KEY}")
def test_a_headers_value(value: str) -> None:
    assert_it_stays_in_its_place(lambda v: ({**GLM, "headers": {"X-A": v, "X-B": "b"}},), value)


@given(header_values)
def test_a_providers_headers_value(value: str) -> None:
    def make(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
        home = {**SETTINGS["providers"]["home"], "headers": {"X-A": text}}
        return GLM, {**SETTINGS, "providers": {"home": home}}

    assert_it_stays_in_its_place(make, value)


@given(ordinary)
def test_a_parameter(value: str) -> None:
    assert_it_stays_in_its_place(lambda v: ({**GLM, "params": {"user": v, "stop": [v]}},), value)


@given(json_values.filter(sits))
def test_any_json_in_extra_body(value: Any) -> None:
    def make(item: Any) -> tuple[dict[str, Any]]:
        return ({**GLM, "params": {"extra_body": {"deployments": item, "b": 1}}},)

    assert_it_stays_in_its_place(make, value)


@given(ordinary.filter(is_model_id))
def test_an_upstreams_model_id(value: str) -> None:
    rendered = render_of({"provider": "home", "model": value})
    ids = [
        d["litellm_params"]["model"]
        for d in parsed(rendered)["compose/litellm_config.yaml"]["model_list"]
    ]
    assert ids == ["openai/glm-5", f"openai/{value}"]


def write_project(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
    return root


@settings(max_examples=25)
@given(st.lists(fragments, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_a_render_depends_on_nothing_but_the_texts(
    models: list[dict[str, Any]], dice: random.Random
) -> None:
    files = {
        "gateway.yaml": encode(SETTINGS) + "\n",
        "models.d/glm.yaml": encode(GLM) + "\n",
        **{
            f"models.d/m{index}.yaml": encode({k: v for k, v in m.items() if k != "aliases"}) + "\n"
            for index, m in enumerate(models)
        },
    }
    shuffled = list(files.items())
    dice.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        first = write_project(Path(folder) / "one", files)
        second = write_project(Path(folder) / "elsewhere" / "$two {{ x }}", dict(shuffled))
        built = build(first)
        assert build(second).rendered == built.rendered
        if not built.rendered:
            return
        apply(built.changes, first)
        again = build(first)
        assert again.rendered == built.rendered
        assert {change.verb for change in plan(again.rendered, first)} == {Verb.UNCHANGED}
        assert folder not in "".join(built.rendered.values())
