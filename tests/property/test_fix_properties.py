"""A mistake put into any sound text is taken out again, byte for byte; and no text is made worse."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from hypothesis import assume, example, given
from hypothesis import strategies as st
from strategies import fragments, mutated, yaml_like

from gateway.fixing import Plan, plan
from gateway.load import load
from gateway.model import SourceFile
from gateway.pipeline import check_project
from gateway.project import Project
from gateway.yaml_text import encode, find_comments, read

SETTINGS = "default_model: glm\nproviders:\n  home: {litellm: openai, api_base: 'http://a', api_keys: [K]}\n"
GLM = "provider: home\nmodel: x\n"
PATH = "models.d/example.yaml"


def counted(text: str) -> Counter[str] | None:
    """How often each comment stands in a text; None where it cannot be read."""
    comments = find_comments(text)
    return None if comments is None else Counter(c.text.rstrip() for c in comments)


def planned(text: str, *, sort: bool = False, modelines: bool = False) -> Plan:
    files = (SourceFile(PATH, text), SourceFile("models.d/glm.yaml", GLM))
    project = Project(Path("/nowhere"), SourceFile("gateway.yaml", SETTINGS), files)
    return plan(check_project(project), sort=sort, modelines=modelines)


def fixed(text: str) -> str:
    """The text as the fixes leave it."""
    return next(f.text for f in planned(text).checked.project.fragments if f.path == PATH)


# Sound texts in every writing that people have: each piece is an entry of a fragment.
spaces = st.sampled_from([" ", "  ", "     "])
behind = st.sampled_from(["", "", " ", "\t", "  # a: [comment]", " # écrit 😀", "\t# x", " #"])
between = st.lists(st.sampled_from(["", "   ", "# apart", "#\t{x", "# - é"]), max_size=2)
anyhow = st.integers(1, 6).map(" ".__mul__)


@st.composite
def sound(draw: st.DrawFn, *entries: str, indents: st.SearchStrategy[str] = anyhow) -> str:
    """`entries` among others, in any order; `^` is an indentation, `~` the blanks behind a colon."""
    others = [
        "description:~'one: # no comment'",
        "description:~>-\n^folded\n^ more\n\n^end",
        "description:~|+\n^kept: x\n\n",
        "limits:\n^tpm:~1000\n^max_parallel_requests: 4",
        "limits:~{ tpm:~1000,  rpm: 5 }",
        "timeouts:\n^connect:~1s\n# odd\n^total: 5m",
        "price:~{input: 0.60, output: .5}",
        'params:~{"stop":~["a",  "b#c" ], user: x y }',
        "context_window:~131072",
        'headers:~{X-Title: "it\'s"}',
    ]
    used = {entry.split(":")[0] for entry in entries}
    some = draw(st.lists(st.sampled_from(others), max_size=4, unique_by=lambda e: e.split(":")[0]))
    chosen = [*entries, *(entry for entry in some if entry.split(":")[0] not in used)]
    text = "".join(
        "".join(f"{line}\n" for line in draw(between)) + _written(draw, entry, indents) + "\n"
        for entry in draw(st.permutations(chosen))
    )
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def _written(draw: st.DrawFn, entry: str, indents: st.SearchStrategy[str]) -> str:
    entry = entry.replace("^", draw(indents)) if "\n" in entry else entry
    while "~" in entry:
        entry = entry.replace("~", draw(spaces), 1)
    return entry if "|" in entry or ">" in entry else entry + draw(behind)


PLACE = ("provider:~home", 'model:~"4.10"')
Mistake = tuple[str, str, str]
MISTAKES: list[Mistake] = [
    ("fallbacks:~[glm]", "fallbacks:", "fallback:"),
    ("fallbacks:~[glm]", "[glm]", "glm"),
    ("fallbacks:~[glm]", "glm]", "GLM]"),
    ("fallbacks:~[glm]", "[glm]", "[glm, glm]"),
    ("fallbacks:\n^- glm", "glm", "glm.yaml"),
    ("mode:~chat", "mode:", "mod:"),
    ("mode:~'chat'", "'chat'", "'chatt'"),
    ("enabled:~true", "true", "Yes"),
    ("max_output_tokens:~8192", "8192", "'8192'"),
    ("max_output_tokens:~8192", "max_output_tokens", "max-output-tokens"),
    ("name:~qwen", "name", '"name"'),
    ("model:~\"4.10\"", '"4.10"', "4.10"),
    ("provider:~home", "home", "hmoe"),
    ('aliases:~["one: two"]', '["one: two"]', '["one: two" ]'),
]  # fmt: skip


@given(st.data(), st.sampled_from(MISTAKES))
def test_a_mistake_is_taken_out_byte_for_byte(data: st.DataObject, mistake: Mistake) -> None:
    entry, right, wrong = mistake
    key = entry.split(":")[0]
    others = [place for place in PLACE if place.split(":")[0] != key]
    text = data.draw(sound(entry, *others))
    at = text.find(right, text.index(f"{key}:"))
    broken = text[:at] + wrong + text[at + len(right) :]
    before = planned(text)
    assume(before.checked.blueprint is not None)
    assert before.mended == ()
    if planned(broken).before.blueprint is None:
        assert fixed(broken) == text
    else:
        assert fixed(broken) == broken, "no finding, no change"


@given(st.data())
def test_text_that_lost_its_quotes_gets_them_back(data: st.DataObject) -> None:
    words = st.lists(
        st.sampled_from(["a", "b:c", "é", "- d", "it's", "{e}", "#f", "[g"]), max_size=3
    )
    value = f"x: {' '.join(data.draw(words))} y"
    assume(" #" not in value)
    text = data.draw(sound(f'name: n\nmode: chat\nmodel: "{value}"', "provider:~home"))
    assume("\t" not in text)
    broken = text.replace(f'"{value}"', value, 1)
    assume(planned(text).checked.blueprint is not None)
    assert fixed(broken) == text


@given(sound(*PLACE, indents=st.just("  ")))
def test_spaces_that_became_tabs_are_spaces_again(text: str) -> None:
    """Where a text on several lines has them too, they may be the text's own: nothing is done."""
    broken = re.sub(r"(?m)^  (?=[^\s])", "\t", text)
    is_tab = [problem.message for problem in read(broken).problems] == ["a tab"]
    assume(is_tab)
    assert fixed(broken) in (text, broken)
    if "|" not in text and ">" not in text:
        assert fixed(broken) == text


@given(sound(*PLACE, "fallbacks:~[glm]"), st.sampled_from(["rpm: 60", "temperature: 0.6"]))
def test_a_key_that_moves_takes_nothing_with_it_and_leaves_nothing(text: str, entry: str) -> None:
    key = entry.partition(":")[0]
    into = {"rpm": "limits", "temperature": "params"}[key]
    before = load(SourceFile(PATH, text))[0]
    assume(before is not None and key not in before.data.get(into, {}))
    newline = "\r\n" if "\r\n" in text else "\n"
    broken = f"# first{newline}{newline}{entry}  # mine{newline}{text}"
    after = load(SourceFile(PATH, fixed(broken)))[0]
    assert after is not None
    expected = {**before.data, into: {**before.data.get(into, {}), key: float(entry.split()[1])}}
    assert after.data == expected
    assert counted(fixed(broken)) == counted(broken)
    assert Counter(fixed(broken).split("\n")) & Counter(text.split("\n")), "the other lines"


@given(sound(*PLACE, "fallbacks:~[glm]", "mode:~chat"))
def test_sorting_moves_lines_and_changes_none(text: str) -> None:
    done = planned(text, sort=True, modelines=True)
    after = next(f.text for f in done.checked.project.fragments if f.path == PATH)
    modeline, _, rest = after.partition("\n")
    assert "yaml-language-server" in modeline
    if text.endswith("\n"):
        assert Counter(rest.split("\n")) == Counter(text.split("\n"))
    assert read(rest).data == read(text).data
    assert not planned(after, sort=True, modelines=True).changes().keys() & {PATH}


any_text = st.one_of(
    yaml_like,
    mutated(fragments).map(lambda data: "".join(f"{k}: {encode(v)}\n" for k, v in data.items())
                           if isinstance(data, dict) else encode(data)),
    st.builds(
        lambda text, at, piece: text[: at % (len(text) + 1)] + piece + text[at % (len(text) + 1) :],
        sound(*PLACE, "fallbacks:~[glm]"),
        st.integers(0, 500),
        st.sampled_from(["\t", "'", ": ", "#", "]", "\r", "\n", "---\n", "model: 4\n", "- ", "x"]),
    ),
)  # fmt: skip


@given(any_text)
@example("provider: home\nmodel: x\n---\nname: two\nprovider: home\nmodel: y\n")
@example("provider: home\nprovider: home\nprovider: home\nmodel: x\n")
@example("? a\n: b\nprovider: home\nmodle: x\n")
@example("provider: home\nmodel: x\nfallback: 'glm'")
def test_no_text_is_made_worse(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        assume(False)
    done = planned(text)
    old, new = done.before, done.checked
    assert len(new.diagnostics) <= len(old.diagnostics) or any(
        d.code < "GW100" for d in old.diagnostics
    )
    assert (done.mended == ()) == (done.changes() == {})
    again = plan(new)
    assert again.mended == ()
    comments = counted(text)
    if comments is not None and len(done.changes()) == 1:
        assert counted(fixed(text)) == comments
