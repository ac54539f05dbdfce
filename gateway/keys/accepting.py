"""What somebody typed or piped in, the value to be set out; or what it looks like instead of a key."""

from __future__ import annotations

import re
from collections.abc import Collection

from gateway.model import GatewayError

_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?=[^=\s])")
_SCHEME = re.compile(r"(?:bearer|basic|authorization:)\s", re.IGNORECASE)
_QUOTES = "\"'"


def accepted(text: str, name: str, known: Collection[str]) -> str:
    """The value without the line break and the blanks around it. Raises GatewayError; never with the value.

    `known` are the names that the project has variables for.
    """
    value = text.strip(" \t\r\n")
    if not value:
        raise GatewayError(f"no value for `{name}` came: nothing was written")
    if "\n" in value or "\r" in value:
        raise GatewayError("the value has several lines", "pass the key alone")
    if not (value.isascii() and value.isprintable()):
        raise GatewayError(
            "the value holds a character that no HTTP header can carry", "copy it again, alone"
        )
    found = _ASSIGNMENT.match(value)
    if found and (found[1] in {name, *known} or value.startswith("export ") or _is_name(found[1])):
        raise GatewayError("this is a whole line, not a value", "pass what stands behind the `=`")
    if len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
        raise GatewayError(
            "the value stands in quotes", "pass it without them: they are put as needed"
        )
    if _SCHEME.match(value):
        raise GatewayError("this is a whole header, not a key", "pass what stands behind the blank")
    if value.startswith("missing-"):
        raise GatewayError("a value that begins with `missing-` stands for a key that is not set")
    return value


def _is_name(text: str) -> bool:
    """As people call variables: a key that ends in `=`, or an Azure connection, begins otherwise."""
    return text.isupper() and "_" in text
