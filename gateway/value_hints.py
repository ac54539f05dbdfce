"""A value that a schema refuses in, what to write instead out, where it is likely right; and the fix where it is certain."""

from __future__ import annotations

import re
from typing import Any

from gateway.diagnostics.secrets import looks_like_a_secret
from gateway.fix import Advice, Quote, RenameValue, Unquote, WrapInList, WriteValue, advise
from gateway.model import Path

_BOOLEANS = {"yes": True, "on": True, "no": False, "off": False}
_QUOTED = {"true": True, "false": False}  # text only where it is in quotes
_THOUSANDS = {"": 1, "k": 1_000, "m": 1_000_000}
_COUNT = re.compile(r"([1-9][0-9_]{0,14})([kKmM]?)\Z")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?\Z")
_ONE_ITEM = re.compile(r"(?!(?i:none|null|nothing|all|any|empty|-)\Z)[^\s,;|\[\]{}]+\Z")
_VARIABLE = re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_]*\}?\Z")
_BARE_ADDRESS = re.compile(r"(localhost|[0-9.]+|[\w-]+(?:\.[\w-]+)*)(:[0-9]+)?(/[^\s?#@]*)?\Z")


def type_hint(error: Any, path: Path) -> Advice:
    """For a value of another type."""
    wanted, value = error.validator_value, error.instance
    if isinstance(value, str) and "x-hint" not in error.schema:
        return text_hint(wanted, value, path)
    if wanted == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        pattern = error.schema.get("pattern", "")
        if re.search(pattern, str(value)):
            return advise(Quote(path))
        if re.search(pattern, f"{value}s"):  # seconds for one program, milliseconds for the next
            return Advice(f"write `{value}s`")
    return Advice(error.schema.get("x-hint"))


def text_hint(wanted: Any, value: str, path: Path) -> Advice:
    """For text where a value of the type `wanted` must stand."""
    if wanted == "array":  # `a, b` are two, and `none` means an empty list
        return advise(WrapInList(path), certain=_ONE_ITEM.match(value) is not None)
    if wanted == "boolean" and value.lower() in _BOOLEANS:
        return advise(WriteValue(path, _BOOLEANS[value.lower()]))
    if wanted == "boolean" and value.lower() in _QUOTED:
        return Advice("remove the quotes", WriteValue(path, _QUOTED[value.lower()]))
    if wanted in ("integer", "number") and _NUMBER.match(value):
        return advise(Unquote(path))
    count = _COUNT.match(value) if wanted == "integer" else None
    if count:  # whether 128k is 128,000 or 131,072 only its author knows
        number = int(count[1].replace("_", "")) * _THOUSANDS[count[2].lower()]
        return advise(WriteValue(path, number), certain=not count[2])
    return Advice(None)


def pattern_hint(error: Any, path: Path) -> Advice:
    """For a text of another shape. Repeats no value that may be a secret."""
    value: str = error.instance
    pattern = error.schema["pattern"]
    if error.schema.get("x-secret"):
        return _variable_hint(value, pattern, path)
    if path[-1:] == ("api_base",):
        return Advice(_address_hint(value))
    if path[-1:] == ("litellm",) and re.search(pattern, value.lower()):
        return advise(WriteValue(path, value.lower()))
    if re.search(pattern, f"{value}s") and value.isdecimal():
        return Advice(f"write `{value}s`")
    if path[-1:] == ("name",) and re.search(pattern, dashed := value.replace(" ", "-")):
        return Advice(f"write `{dashed}`")
    return Advice(None)


def _variable_hint(value: str, pattern: str, path: Path) -> Advice:
    """For what stands where a variable's name is wanted. A name that could be a key is not moved."""
    name, hint = value.removeprefix("os.environ/"), "write the name alone, without `os.environ/`"
    if name == value:
        if "api_keys" in path and value.endswith("*") and re.search(pattern, value[:-1]):
            return Advice("for numbered variables write `{env: NAME_*, count: 5}`")
        if not _VARIABLE.match(value):
            return Advice(None)
        name, hint = value.strip("${}"), "write the name without `$`"
    is_name = re.search(pattern, name) is not None and not looks_like_a_secret(name)
    return Advice(hint, RenameValue(path, value, name) if is_name else None)


def _address_hint(value: str) -> str | None:
    if value.startswith("$"):
        return "write the address itself, or `os.environ/NAME`"
    bare = _BARE_ADDRESS.match(value)
    if bare is None:
        return None
    is_public = "." in bare[1] and re.search(r"[A-Za-z]\Z", bare[1])
    return "add `https://`" if is_public and not bare[2] else "add `http://`"
