"""The words that bash completes, put together again: it takes `:` and `=` for ends of words.

`gateway explain qwen/qwen3.5:fr` reaches a completion as `qwen/qwen3.5`, `:` and `fr`, and bash puts
the answer in place of `fr` alone (Bash Reference Manual, COMP_WORDBREAKS). So the word is joined for
whoever parses it, all but its last part, which waits as the head that each answer leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

COMPLETING = "_GATEWAY_COMPLETE"
"""The variable that is set where a shell asks for completions, and nothing else may be printed."""

_HEAD = "_GATEWAY_COMPLETE_HEAD"


def join_words(environ: MutableMapping[str, str]) -> None:
    """Joins the words in `environ` where bash asks; elsewhere does nothing."""
    if environ.get(COMPLETING) != "complete_bash":
        return
    count = int(environ.get("COMP_CWORD", "0")) + 1
    words = environ.get("COMP_WORDS", "").split("\n")
    *before, last = _joined([*words, *[""] * count][:count])
    head, colon, rest = last.rpartition(":")
    environ[_HEAD] = head + colon
    environ["COMP_WORDS"] = "\n".join([*before, rest])
    environ["COMP_CWORD"] = str(len(before))


def head_of_word(environ: Mapping[str, str]) -> str:
    """What stands before the part of the word that the shell replaces; empty but for a `:` in bash."""
    return environ.get(_HEAD, "")


def _joined(words: list[str]) -> list[str]:
    """`a`, `:`, `b` as `a:b`; without the `=` between an option and its value."""
    joined: list[str] = []
    for word in words:
        is_colon = bool(word) and not word.strip(":")
        if joined and (is_colon or joined[-1].endswith(":")):
            joined[-1] += word
        elif joined and joined[-1] == "=":
            joined[-1] = word
        else:
            joined.append(word)
    if len(joined) > 1 and joined[-1] == "=":
        joined[-1] = ""
    return joined
