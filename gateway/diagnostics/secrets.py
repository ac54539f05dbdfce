"""Text in, the places of literal secrets in it out; and the same text with them blanked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.model import Span

# A run that no model's name has: words in names are shorter, and have `-` between them.
_RUN = r"(?:[A-Za-z0-9]+[-_])*?[A-Za-z0-9]{16,}[A-Za-z0-9_-]*"
_WORDS = ("gsk", "xai", "csk", "pplx", "fw", "r8", "hf", "tgp", "rpa", "key", "pk", "rk")
# The shapes of keys that providers hand out: how they start, and what follows. A shape needs enough
# random characters that a name such as `sk-test` or a model such as `glm-4.6` is none.
_SHAPES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("sk-",), r"[A-Za-z0-9_-]{16,}"),  # OpenAI, Anthropic, OpenRouter, LiteLLM, NanoGPT, …
    (tuple(word + mark for word in _WORDS for mark in "-_"), _RUN),
    (("nvapi-",), r"[A-Za-z0-9_-]{20,}"),
    (("AIza",), r"[A-Za-z0-9_-]{30,}"),  # Google
    (("AKIA", "ASIA"), r"[A-Z0-9]{16}"),  # AWS
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"[A-Za-z0-9]{30,}"),  # GitHub
    (("github_pat_",), r"[A-Za-z0-9_]{30,}"),
    (("glpat-",), r"[A-Za-z0-9_-]{20,}"),  # GitLab
    (("xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"), r"[A-Za-z0-9-]{20,}"),  # Slack
    # a JSON web token
    (("eyJ",), r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}"),
    (("-----BEGIN ",), r"[A-Z ]*PRIVATE KEY-----"),
)
_SCHEMES = {"bearer": r"[A-Za-z0-9._~+/=-]{12,}", "basic": r"[A-Za-z0-9+/]{12,}={0,2}(?![\w.-])"}
_URL = "://"

_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    + "|".join(f"(?:{'|'.join(map(re.escape, starts))}){rest}" for starts, rest in _SHAPES)
    + r")(?![A-Za-z0-9])"
)
_AUTHORIZATION = tuple(
    re.compile(rf"(?i)\b{scheme}\s+(?!os\.environ/)({token})") for scheme, token in _SCHEMES.items()
)
# Behind `bearer` and `basic` people also write words: a token has digits, or is long and mixed.
_TOKEN = re.compile(r".*[0-9]|(?=.{20}).+[A-Z]")
_PASSWORD_IN_URL = re.compile(rf"{_URL}[^\s/@:]*:(?!\*+@)([^\s/@]+)@")  # blanked, it is none
# Text without any of these holds no such shape: one cheap pass over a file that is in order.
_MARKS = (*(start.lower() for starts, _ in _SHAPES for start in starts), *_SCHEMES, _URL)
# A name that says that its value is a secret, in a line of YAML.
_WORDED = (
    r"(?:[\w-]*[-_])?(?:api[-_]?key|apikey|authorization|token|secret|password|passwd"
    r"|credentials?|private[-_]?key)(?:[-_][\w-]*)?"
)
# A name at a time, so that a long line costs no more than its length.
_NAMED = re.compile(r"""(?<![\w-])["']?(?P<name>[\w-]+)["']?\s*[:=]\s*(?=\S)""")
# Names that say so but hold none: limits and counts of tokens, lists of variables' names.
_HARMLESS_NAME = re.compile(
    r"(?i)^(?:api_keys|first_token|tokens?[-_].*)$|^(?:max|min|num|count|per|limit|cost|budget|input|output)[-_]"
    r"|tokens$|[-_](?:count|limit|params?|type|name|id)$"
)
_REFERENCE = re.compile(
    r"""["']?(?:(?i:bearer|basic)\s+)?os\.environ/[A-Za-z_]\w*["']?[\s,}]*(?:#.*)?$"""
)


def find_secrets(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) offsets of what has the shape of a provider's key."""
    lower = text.lower()
    if not any(mark in lower for mark in _MARKS):
        return
    for match in _KEY.finditer(text):
        if any(character.isdigit() for character in match[0]) or match[0].startswith("-----"):
            yield match.span()
    for pattern in _AUTHORIZATION:
        for match in pattern.finditer(text):
            if _TOKEN.match(match[1]):
                yield match.span(1)
    for match in _PASSWORD_IN_URL.finditer(text):
        yield match.span(1)


def secret_spans(text: str) -> Iterator[Span]:
    """The same as places of a file."""
    for start, end in find_secrets(text):
        line = text.count("\n", 0, start) + 1
        line_start = text.rfind("\n", 0, start) + 1
        yield Span(line, start - line_start + 1, line, end - line_start + 1)


def looks_like_a_secret(text: str) -> bool:
    return next(find_secrets(text), None) is not None


def says_secret(name: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    return _WHOLE_NAME.match(name) is not None and not _HARMLESS_NAME.search(name)


_WHOLE_NAME = re.compile(rf"(?i){_WORDED}\Z")


def blanked(text: str) -> str:
    """The text with every secret's shape replaced by as many `*`: the columns stay."""
    for start, end in find_secrets(text):
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def blanked_line(line: str) -> str:
    """A line of YAML with the shapes blanked, and what stands behind a name that says secret."""
    line = blanked(line)
    named = next((match for match in _NAMED.finditer(line) if says_secret(match["name"])), None)
    if named is None or _REFERENCE.match(line, named.end()):
        return line
    return line[: named.end()] + re.sub(r"[^\s\[\]{},\"']", "*", line[named.end() :])
