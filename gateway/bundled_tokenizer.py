"""The encoding that LiteLLM brings with it, read from its file: nothing is imported but tiktoken."""

from __future__ import annotations

import base64
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from gateway.runtime.claude_tokens import Encode

_FILE = "litellm_core_utils/tokenizers/9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
# Of tiktoken's cl100k_base (tiktoken_ext/openai_public.py).
_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)


@cache
def bundled_encode() -> Encode | None:
    """cl100k_base, as the stack counts with; None where tiktoken or LiteLLM is not installed."""
    found = importlib.util.find_spec("litellm")
    folders: Sequence[str] = (found and found.submodule_search_locations) or ()
    file = next((path for f in folders if (path := Path(f, _FILE)).is_file()), None)
    if file is None or importlib.util.find_spec("tiktoken") is None:
        return None
    from tiktoken import Encoding  # noqa: PLC0415 - comes with LiteLLM, which is optional

    lines = (line.split() for line in file.read_bytes().splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    encoding = Encoding("cl100k", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})
    return encoding.encode_ordinary
