"""One value of a `.env` is set: it is read back as it is, and no other byte changed."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.env_edit import with_value
from gateway.env_text import Assignment, assignment, every_assignment
from gateway.model import GatewayError

NAMES = ("A", "B", "KEY_OF_C")
VALUES = st.one_of(
    st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=12),
    st.text("ab$'\"\\# =", max_size=8),
    st.text(string.printable, max_size=8),
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """As people write them: exported, quoted, with blanks and comments, on several lines, broken."""
    name = draw(st.sampled_from(NAMES))
    value = draw(VALUES)
    quote = draw(st.sampled_from(("", "", "'", '"')))
    before = draw(st.sampled_from(("", "export ", "  ", "\t")))
    equals = draw(st.sampled_from(("=", " = ", "= ")))
    after = draw(st.sampled_from(("", " ", " # why", "\t# why", "# why", "   ")))
    whole = f"{before}{name}{equals}{quote}{value}{quote}{after}"
    others = ("", "# a comment with A=1", f"#{whole}", name, f"{name}='one\ntwo' # three")
    return draw(st.sampled_from((whole, whole, *others)))


@st.composite
def texts(draw: st.DrawFn) -> str:
    newline = draw(st.sampled_from(("\n", "\r\n")))
    end = draw(st.sampled_from(("", newline)))
    mark = draw(st.sampled_from(("", "\ufeff")))
    return mark + newline.join(draw(st.lists(lines(), max_size=6))) + end


def read(text: str) -> dict[str, Assignment]:
    return {e.name: e for e in every_assignment(text.removeprefix("\ufeff")) if not e.is_alone}


def alike(one: str, other: str) -> int:
    """How many characters the two begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


@given(texts(), st.sampled_from(NAMES), VALUES)
def test_a_value_is_read_back_and_nothing_else_changed(text: str, name: str, value: str) -> None:
    try:
        new = with_value(text, name, value)
    except GatewayError as error:
        assert len(value) < 4 or value not in error.message + (error.hint or "")
        return
    before, after = read(text), read(new)
    assert (after[name].value, after[name].problem) == (value, None)
    others = {key: (e.value, e.problem) for key, e in before.items() if key != name}
    assert {key: (e.value, e.problem) for key, e in after.items() if key != name} == others
    start = alike(text, new)
    end = alike(text[start:][::-1], new[start:][::-1])
    changed = text[start : len(text) - end]
    if name in before:
        assert "\n" not in changed or "\n" in before[name].value, (
            "one line, or the value's own lines"
        )
        assert new.count("\n") >= text.count("\n") - before[name].value.count("\n")
    else:
        assert new.startswith(text), "a line of its own at the end"


@given(texts(), st.sampled_from(NAMES), VALUES)
def test_set_again_it_stays_as_it_is(text: str, name: str, value: str) -> None:
    try:
        new = with_value(text, name, value)
    except GatewayError:
        return
    assert with_value(new, name, value) == new


@given(st.text(string.ascii_letters + string.digits + "-_$#. ", min_size=1, max_size=20))
def test_whatever_keys_are_made_of_can_be_set_in_a_sound_file(value: str) -> None:
    text = "# my keys\r\nA=old # of mine\r\nB='x'\r\n"
    new = with_value(text, "A", value)
    line = assignment("A", value)
    assert new == text.replace("A=old", line or "")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("", "A='k$y'\n"),
        ("B=1", "B=1\nA='k$y'\n"),
        ("B=1\r\n", "B=1\r\nA='k$y'\r\n"),
        ("A=\n", "A='k$y'\n"),
        ("  export A = old   # why\n", "  export A = 'k$y'   # why\n"),
        ("A=one\nB=2\nA=two\n", "A=one\nB=2\nA='k$y'\n"),
        ("A='one\ntwo' # why\nB=2\n", "A='k$y' # why\nB=2\n"),
        ("A= # fill this in\n", "A= 'k$y' # fill this in\n"),
        ("A=#old\n", "A='k$y'\n"),
        ("A=old\t# a secret's rest\n", "A='k$y'\n"),
        ("# A=1\nA\n", "# A=1\nA\nA='k$y'\n"),
        ("\ufeffA=old\r\n", "\ufeffA='k$y'\r\n"),
    ],
)
def test_where_the_value_goes(text: str, new: str) -> None:
    assert with_value(text, "A", "k$y") == new


@pytest.mark.parametrize("value", ["it's $5", "a\\'", "two\nlines", "\u00e9", "\x00"])
def test_what_no_line_can_hold_is_refused_without_being_said(value: str) -> None:
    with pytest.raises(GatewayError) as raised:
        with_value("A=old\n", "A", value)
    assert value not in raised.value.message + (raised.value.hint or "")


def test_a_file_that_cannot_be_read_is_left_alone() -> None:
    with pytest.raises(GatewayError, match=r"\.env:2: a quote that is opened here"):
        with_value("A=1\nB='x\n", "A", "new")
