"""A value that a schema refuses in, what to write instead out, where it is likely right."""

from __future__ import annotations

import re
from typing import Any

from gateway.model import Path

_BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_QUOTED = ("true", "false")  # text only where it is in quotes
_THOUSANDS = {"": 1, "k": 1_000, "m": 1_000_000}
_COUNT = re.compile(r"([1-9][0-9_]{0,14})([kKmM]?)\Z")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?\Z")
_VARIABLE = re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_]*\}?\Z")
_BARE_ADDRESS = re.compile(r"(localhost|[0-9.]+|[\w-]+(?:\.[\w-]+)*)(:[0-9]+)?(/[^\s?#@]*)?\Z")


def type_hint(error: Any) -> str | None:
    """For a value of another type."""
    wanted, value = error.validator_value, error.instance
    if isinstance(value, str):
        return text_hint(wanted, value)
    if wanted == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        pattern = error.schema.get("pattern", "")
        if re.search(pattern, str(value)):
            return "put it in quotes"
        if re.search(pattern, f"{value}s"):
            return f"write `{value}s`"
    return None


def text_hint(wanted: Any, value: str) -> str | None:
    """For text where a value of the type `wanted` must stand."""
    if wanted == "array":
        return "put it in brackets: `[…]`"
    if wanted == "boolean" and value.lower() in _BOOLEANS:
        return f"write `{_BOOLEANS[value.lower()]}`"
    if wanted == "boolean" and value.lower() in _QUOTED:
        return "remove the quotes"
    if wanted in ("integer", "number") and _NUMBER.match(value):
        return "remove the quotes"
    count = _COUNT.match(value) if wanted == "integer" else None
    if count:
        number = int(count[1].replace("_", "")) * _THOUSANDS[count[2].lower()]
        return f"write `{number}`"
    return None


def pattern_hint(error: Any, path: Path) -> str | None:
    """For a text of another shape. Repeats no value that may be a secret."""
    value: str = error.instance
    if error.schema.get("x-secret"):
        if value.startswith("os.environ/"):
            return "write the name alone, without `os.environ/`"
        return "write the name without `$`" if _VARIABLE.match(value) else None
    if path[-1:] == ("api_base",):
        return _address_hint(value)
    pattern = error.schema["pattern"]
    if path[-1:] == ("litellm",) and re.search(pattern, value.lower()):
        return f"write `{value.lower()}`"
    if re.search(pattern, f"{value}s") and value.isdecimal():
        return f"write `{value}s`"
    return None


def _address_hint(value: str) -> str | None:
    if value.startswith("$"):
        return "write the address itself, or `os.environ/NAME`"
    bare = _BARE_ADDRESS.match(value)
    if bare is None:
        return None
    is_public = "." in bare[1] and re.search(r"[A-Za-z]\Z", bare[1])
    return "add `https://`" if is_public and not bare[2] else "add `http://`"
