"""A proxy's log lines in, the same without colours and without LiteLLM's banner out."""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# LiteLLM's name in block letters, and the box and thanks below it (its proxy/common_utils/banner.py).
_BANNER = re.compile(
    r"[ █╗╔═╝╚║]*[█╗╔═╝╚║][ █╗╔═╝╚║]*"
    r"|#[ -]*#|#.*(?:github\.com/BerriAI|').*#"
    r"| Thank you for using LiteLLM!.*|Give Feedback / Get Help: .*"
)


def plain(text: str) -> str:
    """Empty lines that stood around the banner go with it."""
    lines = _COLOURS.sub("", text).splitlines()
    kept = [line for line in lines if line.strip() and not _BANNER.fullmatch(line)]
    return "".join(f"{line}\n" for line in kept)
