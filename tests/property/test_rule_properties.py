"""Rules about chains against what they are for, said in the plainest way: over any graph of fallbacks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pipeline import Checked, check

SETTINGS = "default_model: m0\nproviders:\n  home: {litellm: openai, api_base: 'http://a', api_keys: [K]}\n"


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    """For each model its fallbacks, which stand behind it: no circles."""
    count = draw(st.integers(1, 7))
    return [
        draw(st.lists(st.integers(i + 1, count - 1), max_size=3, unique=True))
        if i + 1 < count
        else []
        for i in range(count)
    ]


def run(folder: Path, graph: Sequence[Sequence[int]], texts: Sequence[str]) -> Checked:
    (folder / "models.d").mkdir(exist_ok=True)
    for old in (folder / "models.d").iterdir():
        old.unlink()
    (folder / "gateway.yaml").write_text(SETTINGS)
    for index, (targets, text) in enumerate(zip(graph, texts, strict=True)):
        names = ", ".join(f"m{target}" for target in targets)
        fallbacks = f"fallbacks: [{names}]\n" if names else ""
        (folder / f"models.d/m{index}.yaml").write_text(f"provider: home\n{text}{fallbacks}")
    return check(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graph")


@settings(max_examples=80)
@given(graphs(), st.lists(st.sampled_from([None, 1, 2, 3]), min_size=7, max_size=7))
def test_no_chain_shrinks_where_nothing_is_said_and_none_is_told_twice(
    folder: Path, graph: list[list[int]], windows: list[int | None]
) -> None:
    said = [
        f"model: x{i}\n" + (f"context_window: {windows[i]}\n" if windows[i] else "")
        for i in range(len(graph))
    ]
    checked = run(folder, graph, said)
    assert checked.blueprint is not None
    shrinks = {
        (name, member)
        for name, chain in checked.blueprint.chains.items()
        for member in chain.members
        if (windows[int(member[1:])] or 9) < (windows[int(name[1:])] or 0)
    }
    found = [d for d in checked.diagnostics if d.code in ("GW212", "GW245")]
    told = [(d.path[9:-5], d.message.removeprefix("fallback ").split("`")[1]) for d in found]
    assert bool(told) == bool(shrinks)
    assert set(told) <= shrinks
    assert len(set(told)) == len(told)


@settings(max_examples=80)
@given(graphs(), st.lists(st.integers(0, 3), min_size=7, max_size=7))
def test_no_chain_asks_an_upstream_twice_where_nothing_is_said(
    folder: Path, graph: list[list[int]], ids: list[int]
) -> None:
    checked = run(folder, graph, [f"model: x{ids[i]}\n" for i in range(len(graph))])
    assert checked.blueprint is not None
    chains = [
        [ids[int(m[1:])] for m in chain.members] for chain in checked.blueprint.chains.values()
    ]
    repeats = any(len(set(asked)) < len(asked) for asked in chains)
    found = [d for d in checked.diagnostics if d.code == "GW249"]
    assert bool(found) == repeats
    assert all(a != b for a, b in pairwise(found))
    for d in found:
        member = d.message.removeprefix("fallback ").split("`")[1]
        again = int(d.related[0].path[10:-5])
        assert ids[int(member[1:])] == ids[again]
