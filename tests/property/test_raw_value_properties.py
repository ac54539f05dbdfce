"""Any value under any raw key: the check ends, and names a place in the file."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from strategies import json_values

from gateway.load import load
from gateway.model import SourceFile
from gateway.resolve.litellm_keys import find_raw_mistakes
from gateway.resolve.litellm_snapshot import schemas

SECTIONS = ("litellm_params", "litellm_settings", "router_settings", "general_settings")
KEYS = st.sampled_from([(s, key) for s in SECTIONS for key in schemas(s)])


@given(KEYS, json_values)
def test_any_value_under_any_key(place: tuple[str, str], value: Any) -> None:
    section, key = place
    fragment, _ = load(SourceFile("a.yaml", json.dumps({key: value})), is_model=False)
    if fragment is None:
        return
    lines = fragment.source.text.split("\n")
    for mistake in find_raw_mistakes(fragment, (), fragment.data, section):
        assert 1 <= mistake.span.line <= len(lines)
        assert mistake.span.column <= len(lines[mistake.span.line - 1]) + 1
        assert mistake.code in {
            "GW217",
            "GW218",
            "GW223",
            "GW238",
            "GW239",
            "GW240",
            "GW241",
            "GW242",
        }
        assert mistake.message[0].islower() or mistake.message[0] in "`L"
