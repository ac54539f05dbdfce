"""Message contents go in, their text, its pieces and plausible token counts come out."""

from __future__ import annotations

import re
from typing import Any


def text_of(content: Any) -> str:
    """The text of a message's content or of a prompt: a string, or a list of strings and parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [each.get("text", "") if isinstance(each, dict) else each for each in content]
        return "\n".join(each for each in texts if isinstance(each, str) and each)
    return ""


def pieces_of(text: str) -> list[str]:
    """Cut a text into words, each with the white space before it; joined they are the text."""
    return re.findall(r"\s*\S+|\s+$", text)


def usage_of(prompt: str, completion: str) -> dict[str, Any]:
    """Token counts at four characters a token, at least one."""
    prompt_tokens, completion_tokens = (max(1, len(text) // 4) for text in (prompt, completion))
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }
