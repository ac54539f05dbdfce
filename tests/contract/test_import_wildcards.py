"""LiteLLM's own choice among wildcards against that of the patterns that are made of them: never another
upstream, and none missing where nothing was lost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from litellm.router_utils.pattern_match_deployments import PatternMatchRouter

from gateway.importing.litellm import read_litellm
from gateway.model import SourceFile
from gateway.resolve.patterns import data_for, patterns_of

_FIT = re.compile(r"[^*]+\*\Z")
_WRITTEN = st.text("ab*", min_size=1, max_size=5)
_ASKED = st.lists(st.text("ab", min_size=1, max_size=7), min_size=1, max_size=12)


def litellms(entries: Mapping[str, str], asked: str) -> str | None:
    """The model that LiteLLM asks for, its prefix aside."""
    if asked in entries:
        return entries[asked]
    router = PatternMatchRouter()
    for name, model in entries.items():
        if "*" in name:
            router.add_pattern(name, {"litellm_params": {"model": model}})
    found = router.route(asked)
    return found[0]["litellm_params"]["model"] if found else None


def ours(entries: Mapping[str, str], asked: str) -> str | None:
    params = {"api_base": "http://10.0.0.2/v1", "api_key": "none"}
    models = [
        {"model_name": name, "litellm_params": {**params, "model": f"openai/{model}"}}
        for name, model in entries.items()
    ]
    source = SourceFile("c.yaml", json.dumps({"model_list": models}))
    fragments = read_litellm(source, Path()).fragments
    if asked in fragments:
        return str(fragments[asked]["model"])
    pattern = patterns_of({n: d for n, d in fragments.items() if "*" in n}).serving(asked)
    if pattern is None:
        return None
    return str(data_for(fragments[pattern.name], pattern.rest_of(asked) or "")["model"])


@given(st.dictionaries(_WRITTEN, st.booleans(), min_size=1, max_size=5), _ASKED)
def test_no_name_goes_to_another_upstream(written: Mapping[str, bool], names: list[str]) -> None:
    entries = {name: f"u{at}{'*' * is_open}" for at, (name, is_open) in enumerate(written.items())}
    is_whole = all(
        _FIT.match(name) and "*" in model if "*" in name else "*" not in model
        for name, model in entries.items()
    )
    for asked in names:
        expected, found = litellms(entries, asked), ours(entries, asked)
        assert found in {expected, None}, (entries, asked)
        if is_whole:
            assert found == expected, (entries, asked)
