"""A provider's refusal in, what it says about the key that was shown out. Standard library only."""

from __future__ import annotations

from enum import Enum

_LONGEST = 20_000


class About(Enum):
    """What the upstream refuses."""

    THE_KEY = "the key"
    ITS_QUOTA = "what is left of its quota"
    THE_SIZE = "a request larger than all of its quota for a minute"
    SOMETHING_ELSE = "something else"


def what_is_refused(status: int, body: bytes) -> About:
    """Google says 400 to a key that is none, Groq 413 to what OpenAI says 429 to."""
    if status in (401, 402, 403):
        return About.THE_KEY
    text = body[:_LONGEST].lower()
    if status == 400:
        is_googles = b"api_key_invalid" in text or b"api key expired" in text
        return About.THE_KEY if is_googles else About.SOMETHING_ELSE
    is_too_large = b"request too large" in text and b"per min" in text
    if status == 413:
        return About.THE_SIZE if is_too_large else About.SOMETHING_ELSE
    if status == 429:
        return About.THE_SIZE if is_too_large else About.ITS_QUOTA
    return About.SOMETHING_ELSE
