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
_BEARER = re.compile(r"(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{12,})")
# Only these names make a search worthwhile; one cheap pass over a file that has none of them.
_HINT = re.compile(
    r"(?i)sk-|[a-z0-9]{2,5}[-_][A-Za-z0-9_-]{20}|AIza|AKIA|ASIA|gh[pousr]_|glpat|xox|eyJ|-----BEGIN|bearer |basic "
)


def find_secrets(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) offsets of what has the shape of a provider's key."""
    if not _HINT.search(text):
        return
    for match in _KEY.finditer(text):
        if any(character.isdigit() for character in match[0]) or match[0].startswith("-----"):
            yield match.span()
    for match in _BEARER.finditer(text):
        yield match.span(1)


def looks_like_a_secret(text: str) -> bool:
    return next(find_secrets(text), None) is not None


def blanked(text: str) -> str:
    """The text with every such place replaced by as many `*`: the columns stay."""
    for start, end in find_secrets(text):
        text = text[:start] + "*" * (end - start) + text[end:]
    return text
