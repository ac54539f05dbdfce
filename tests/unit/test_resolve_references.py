"""What models point to: every wrong reference once, at the place where it is written."""

from __future__ import annotations

import pytest
from small_project import MODEL, SETTINGS, model_at

from gateway.diagnostics import Severity


def findings(check_project, models: dict[str, str], settings: str = SETTINGS):
    files = {
        f"models.d/{name}.yaml": text.replace(MODEL, model_at(name), 1)
        for name, text in models.items()
    }
    return check_project({"gateway.yaml": settings, **files}).diagnostics


@pytest.mark.parametrize(
    "key", ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"]
)
def test_each_kind_of_fallback_is_checked(check_project, key: str) -> None:
    models = {
        "a": f"{MODEL}{key}: [nowhere]\n",
        "b": f"{MODEL}{key}: [b]\n",
        "c": f"{MODEL}{key}: [d]\n",
        "d": f"{MODEL}{key}: [c]\n",
        "e": f"{MODEL}{key}: [off]\n",
        "f": f"{MODEL}{key}: [embed]\n",
        "off": MODEL + "enabled: false\n",
        "embed": MODEL + "mode: embedding\n",
    }
    found = findings(check_project, models)
    assert [(d.code, d.path[-6:-5]) for d in found] == [
        ("GW202", "a"),
        ("GW203", "b"),
        ("GW203", "c"),
        ("GW211", "e"),
        ("GW204", "f"),
    ]


def test_an_alias_is_as_good_as_a_name(check_project) -> None:
    models = {
        "a": MODEL + "aliases: [x]\nfallbacks: [y]\n",
        "b": MODEL + "aliases: [y]\nfallbacks: [c, x]\n",
        "c": MODEL,
    }
    (found,) = findings(check_project, models)
    assert found.message == "the fallbacks go in a circle: `a` → `b` → `a`"
    assert (found.path, found.span) == ("models.d/a.yaml", (4, 13, 4, 14))


def test_a_place_is_found_where_one_model_is_named_twice(check_project) -> None:
    models = {
        "a": MODEL + "fallbacks: [b, x, big]\ncontext_window: 200\n",
        "b": MODEL + "aliases: [x]\n",
        "big": MODEL + "context_window: 100\n",
    }
    (found,) = findings(check_project, models)
    assert (found.code, found.span.column) == ("GW212", 19)


def test_separate_cycles_are_reported_separately_and_each_once(check_project) -> None:
    edges = {"a": "b, c", "b": "a", "c": "a", "d": "e", "e": "f", "f": "e", "g": "g"}
    found = findings(check_project, {n: f"{MODEL}fallbacks: [{t}]\n" for n, t in edges.items()})
    assert [(d.code, d.path, d.span.column) for d in found] == [
        ("GW203", "models.d/a.yaml", 13),
        ("GW203", "models.d/a.yaml", 16),
        ("GW203", "models.d/e.yaml", 13),
        ("GW203", "models.d/g.yaml", 13),
    ]


def test_nothing_is_said_about_models_with_findings_of_their_own(check_project) -> None:
    models = {
        "a": MODEL + "fallbacks: [b, other, c]\n",
        "b": MODEL + "typo: 1\n",
        "c": "model: [\n",
        "d": MODEL + "name: other\nmode: nope\n",
    }
    found = findings(check_project, models, SETTINGS.replace("glm-5\n", "other\n", 1))
    assert [d.path[-6:-5] for d in found] == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("default", "message"),
    [
        ("glm5", "`default_model` `glm5` is not a model"),
        ("off", "`default_model` `off` is not enabled"),
        ("off-alias", "`default_model` `off-alias` is not enabled"),
    ],
)
def test_the_default_model_is_one_that_runs(check_project, default: str, message: str) -> None:
    models = {"off": MODEL + "enabled: false\naliases: [off-alias]\n"}
    settings = SETTINGS.replace("default_model: glm-5", f"default_model: {default}")
    (found,) = findings(check_project, models, settings)
    assert (found.code, found.message) == ("GW208", message)


def test_a_default_model_may_be_an_alias(resolve_project) -> None:
    settings = SETTINGS.replace("default_model: glm-5", "default_model: x")
    blueprint = resolve_project({"zed": MODEL + "aliases: [x]\nfallbacks: [glm-5]\n"}, settings)
    assert [m.name for m in blueprint.models] == ["zed", "glm-5"]
    assert blueprint.default_model == "zed"
    assert blueprint.router_settings["model_group_alias"] == {"default": "zed", "x": "zed"}
    named = [next(iter(entry)) for entry in blueprint.router_settings["fallbacks"]]
    assert named == ["default", "x", "zed"]


@pytest.mark.parametrize(
    ("key", "own", "other", "warns"),
    [
        ("fallbacks", 100, 99, True),
        ("fallbacks", 100, 100, False),
        ("context_window_fallbacks", 100, 100, True),
        ("context_window_fallbacks", 100, 101, False),
        ("content_policy_fallbacks", 100, 99, True),
    ],
)
def test_windows_are_compared(check_project, key: str, own: int, other: int, warns: bool) -> None:
    models = {
        "a": f"{MODEL}context_window: {own}\n{key}: [b]\n",
        "b": f"{MODEL}context_window: {other}\n",
    }
    found = findings(check_project, models)
    assert [(d.code, d.severity) for d in found] == [("GW212", Severity.WARNING)] * warns


def test_capabilities_that_are_not_stated_are_not_compared(check_project) -> None:
    models = {"a": MODEL + "capabilities: [vision]\nfallbacks: [b, c]\n", "b": MODEL}
    models["c"] = MODEL + "capabilities: [tools]\n"
    (found,) = findings(check_project, models)
    assert found.message == "fallback `c` lacks vision, which `a` has"


def test_a_thousand_wrong_references_are_found_quickly(check_project) -> None:
    models = {f"m{i:04}": f"{MODEL}fallbacks: [n{i:04}]\n" for i in range(1500)}
    found = findings(check_project, models)
    assert len(found) == 1500
    assert found[7].hint == "rename it to `m0007`"


@pytest.mark.parametrize(
    ("models", "places"),
    [
        ({"a": MODEL + "name: b\n", "b": MODEL}, [("b", "a.yaml:3:7")]),
        ({"a": MODEL + "aliases: [b]\n", "b": MODEL}, [("a", "b.yaml:1:1")]),
        ({"a": MODEL + "aliases: [x]\n", "b": MODEL + "aliases: [x]\n"}, [("b", "a.yaml:3:11")]),
        ({"a": MODEL + "aliases: [a]\n"}, [("a", "a.yaml:1:1")]),
        ({"a": MODEL + "enabled: false\n", "b": MODEL + "name: a\n"}, [("b", "a.yaml:1:1")]),
    ],
)
def test_a_name_belongs_to_one(check_project, models, places) -> None:
    found = findings(check_project, models)
    assert {d.code for d in found} == {"GW201"}
    told = [(d.path[-6:-5], d.related[0]) for d in found]
    said = [
        (a, f"{r.path.removeprefix('models.d/')}:{r.span.line}:{r.span.column}") for a, r in told
    ]
    assert said == places


@pytest.mark.parametrize(
    "name", ["qwen/qwen3.5:free", "Claude-4[1m]", "a@b", "5", "a+b", "x" * 200]
)
def test_names_that_are_fine(resolve_project, name: str) -> None:
    assert name in resolve_project({"a": f"{MODEL}name: '{name}'\n"}).names()
