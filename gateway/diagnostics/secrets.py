"""Text in, the places of literal secrets in it out; and the same text with them blanked."""

from __future__ import annotations

import re
from collections.abc import Iterator

# The shapes of keys that providers hand out. A shape needs enough random characters behind its
# prefix that a name such as `sk-test` or a model such as `glm-4.6` is none.
_KEY = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:
        sk-[A-Za-z0-9_-]{16,}               # OpenAI, Anthropic, OpenRouter, LiteLLM, NanoGPT, …
      | (?:gsk|xai|csk|pplx|nvapi|fw|r8|hf|tgp|rpa|key|pk|rk)[-_][A-Za-z0-9_-]{20,}
      | AIza[A-Za-z0-9_-]{30,}              # Google
      | (?:AKIA|ASIA)[A-Z0-9]{16}           # AWS
      | gh[pousr]_[A-Za-z0-9]{30,}          # GitHub
      | github_pat_[A-Za-z0-9_]{30,}
      | glpat-[A-Za-z0-9_-]{20,}            # GitLab
      | xox[abprs]-[A-Za-z0-9-]{20,}        # Slack
      | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}   # a JSON web token
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----
    )(?![A-Za-z0-9])""",
    re.VERBOSE,
)
_PASSWORD_IN_URL = re.compile(r"://[^\s/@:]*:([^\s/@]+)@")
_BEARER = re.compile(r"(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{12,})")
# Text without any of these holds no such shape: one cheap pass over a file that is in order.
_MARKS = (
    *("sk-", "gsk", "xai", "csk", "pplx", "nvapi", "fw_", "fw-", "r8_", "r8-", "hf_", "hf-", "tgp"),
    *("rpa", "key-", "key_", "pk_", "pk-", "rk_", "rk-", "aiza", "akia", "asia", "ghp_", "gho_"),
    *(
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
        "glpat-",
        "xox",
        "eyj",
        "-----begin",
        "bearer",
        "basic",
        "://",
    ),
)
# A name that says that its value is a secret, in a line of YAML.
_WORDED = (
    r"(?:[\w-]*[-_])?(?:api[-_]?key|apikey|authorization|token|secret|password|passwd"
    r"|credentials?|private[-_]?key)(?:[-_][\w-]*)?"
)
_NAMED = re.compile(rf"""(?i)(?<![\w-])["']?({_WORDED})["']?\s*[:=]\s*(?P<value>\S.*)""")
# Names that say so but hold none: limits and counts of tokens, lists of variables' names.
_HARMLESS_NAME = re.compile(
    r"(?i)^(?:api_keys|first_token|tokens?[-_].*)$|^(?:max|min|num|count|per|limit|cost|budget|input|output)[-_]"
    r"|tokens$|[-_](?:count|limit|params?|type|name|id)$"
)
_REFERENCE = re.compile(r"""["']?os\.environ/[A-Za-z_]\w*["']?[\s,}]*(?:#.*)?$""")


def find_secrets(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) offsets of what has the shape of a provider's key."""
    lower = text.lower()
    if not any(mark in lower for mark in _MARKS):
        return
    for match in _KEY.finditer(text):
        if any(character.isdigit() for character in match[0]) or match[0].startswith("-----"):
            yield match.span()
    for pattern in (_BEARER, _PASSWORD_IN_URL):
        for match in pattern.finditer(text):
            yield match.span(1)


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
    named = next((m for m in _NAMED.finditer(line) if not _HARMLESS_NAME.search(m[1])), None)
    if named is None or _REFERENCE.match(named["value"]):
        return line
    return line[: named.start("value")] + re.sub(r"[^\s\[\]{},\"']", "*", named["value"])
