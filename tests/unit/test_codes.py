"""Every code's bad example gives that code and its good one nothing; the table and the source agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_project import SETTINGS

import gateway
from gateway.diagnostics.codes import CODES, Code, explanation
from gateway.model import GatewayError
from gateway.pipeline import build

OTHERS = {
    "models.d/glm-5.yaml": (
        "provider: nanogpt\nmodel: zai-org/glm-5\ncontext_window: 131072\ncapabilities: [tools]\n"
    ),
    "models.d/embedder.yaml": "provider: nanogpt\nmodel: qwen3-embedding\nmode: embedding\n",
    "models.d/old.yaml": "provider: nanogpt\nmodel: zai-org/glm-4\nenabled: false\n",
    **{f"models.d/many-{i}.yaml": f"provider: nanogpt\nmodel: many/{i}\n" for i in range(1, 21)},
}


# What an example takes for granted beyond that.
HOME = "  home: {litellm: openai, api_base: 'http://100.74.43.85:8080/v1'}\n"
LIMITED = "  limited: {litellm: openai, api_base: 'https://a.example/v1', api_keys: [], limits: {rpm: 60}}\n"
PATTERN = "name: nanogpt/*\nprovider: nanogpt\nmodel: '*'\n"
MORE = {
    "GW245": {"models.d/silent.yaml": "provider: nanogpt\nmodel: silent\nfallbacks: [glm-5]\n"},
    "GW246": {"models.d/short.yaml": "provider: nanogpt\nmodel: s\nmax_output_tokens: 8192\n"},
    "GW298": {"models.d/pattern.yaml": PATTERN},
    "GW299": {"models.d/pattern.yaml": PATTERN},
    "GW248": {"gateway.yaml": SETTINGS + HOME},
    "GW250": {"gateway.yaml": SETTINGS + LIMITED},
    "GW235": {
        "gateway.yaml": f"{SETTINGS}  anthropic: {{litellm: anthropic, api_keys: [ANTHROPIC_API_KEY]}}\n"
    },
}


def codes_of(write_project, code: Code, text: str, file: str = "") -> set[str]:
    files = {**OTHERS, **MORE.get(code.code, {}), file or code.file: text}
    return {d.code for d in build(write_project(files)).checked.diagnostics}


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_examples_do_what_they_say(code: Code, write_project) -> None:
    if code.code == "GW302":  # a bug of ours: tests/unit/test_render.py brings it about
        assert (code.bad, code.good) == ("", "")
        return
    # GW228 refuses the sections whose mistakes GW226 and GW227 are.
    assert codes_of(write_project, code, code.bad) - {"GW228"} == {code.code} - {"GW228"}
    assert code.code in codes_of(write_project, code, code.bad)
    for left in write_project({}).glob("models.d/*/*"):
        left.unlink()
    assert codes_of(write_project, code, code.good, code.good_file) == set()


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_a_finding_counts_as_the_table_says(code: Code, write_project) -> None:
    if not code.bad:
        return
    files = {**OTHERS, **MORE.get(code.code, {}), code.file: code.bad}
    found = [d for d in build(write_project(files)).checked.diagnostics if d.code == code.code]
    assert {d.severity for d in found} == {code.severity}


def test_a_code_says_whether_and_how_it_can_be_set() -> None:
    assert "GW212: error  # or off" in explanation("GW212")
    assert "# gateway: allow GW212 — the reason" in explanation("GW212")
    for code in CODES.values():
        text = explanation(code.code)
        assert ("\nrules:\n" in text.replace("    ", "")) is code.is_adjustable
        assert ("Always an error" in text) is not code.is_adjustable


def test_the_table_and_the_source_name_the_same_codes() -> None:
    package = Path(gateway.__file__).parent
    files = [p for p in package.rglob("*.py") if p.parent.name != "codes"]
    used = {code for p in files for code in re.findall(r'"(GW\d{3})"', p.read_text())}
    assert used == set(CODES)


def test_every_code_is_explained_in_full() -> None:
    for code in CODES.values():
        text = explanation(code.code.lower())
        assert text.startswith(f"{code.code}: {code.title}\n")
        assert code.reason in text
        assert code.title[0].islower() or code.title.startswith("`")
        assert not code.title.endswith(".")
        assert code.reason.endswith(".")


def test_a_code_that_is_none_is_said_so() -> None:
    with pytest.raises(GatewayError) as caught:
        explanation("GW999")
    assert caught.value.message == "GW999 is not a code"


def test_no_code_stands_twice() -> None:
    package = Path(gateway.__file__).parent / "diagnostics" / "codes"
    written = [
        c for p in package.glob("*.py") for c in re.findall(r'^ +"(GW\d{3})"', p.read_text(), re.M)
    ]
    assert sorted(written) == sorted(CODES)
