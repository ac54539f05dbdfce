"""An embedding request goes in, unit vectors that depend on nothing but their input come out."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import struct
from typing import Any

from .texts import usage_of

_DIMENSIONS = 8
_MOST_DIMENSIONS = 16384


def embedding_body(request: dict[str, Any]) -> dict[str, Any]:
    """Answer with a vector per input, as numbers or, where asked for, as base64 of 32-bit floats.

    Raises ValueError with what is wrong about the request.
    """
    inputs = _inputs(request.get("input"))
    dimensions = request.get("dimensions") or _DIMENSIONS
    if not isinstance(dimensions, int) or not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise ValueError(f"`dimensions` must be between 1 and {_MOST_DIMENSIONS}")
    encoding = request.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise ValueError("`encoding_format` must be float or base64")
    data = []
    for index, each in enumerate(inputs):
        packed = _packed_vector(each, dimensions)
        # Both come from the same 32-bit floats, so that they are equal whichever way they travel.
        vector: Any = struct.unpack(f"<{dimensions}f", packed)
        if encoding == "base64":
            vector = base64.b64encode(packed).decode("ascii")
        data.append({"object": "embedding", "index": index, "embedding": vector})
    usage = usage_of("".join(inputs), "")
    usage = {"prompt_tokens": usage["prompt_tokens"], "total_tokens": usage["prompt_tokens"]}
    return {"object": "list", "data": data, "model": request["model"], "usage": usage}


def _inputs(value: Any) -> list[str]:
    """One text per vector; token lists, which clients may send too, become their JSON."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and value:
        if all(isinstance(each, int) for each in value):
            return [json.dumps(value)]
        if all(isinstance(each, str | list) for each in value):
            return [each if isinstance(each, str) else json.dumps(each) for each in value]
    raise ValueError("`input` must be a string or a list that is not empty")


def _packed_vector(text: str, dimensions: int) -> bytes:
    digest = hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(2 * dimensions)
    numbers = struct.unpack(f"<{dimensions}h", digest)
    length = math.hypot(*numbers) or 1.0
    return struct.pack(f"<{dimensions}f", *(number / length for number in numbers))
