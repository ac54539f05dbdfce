"""A value in, YAML on one line out that YAML 1.1 and 1.2 readers take for exactly that value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

# Plain scalars that YAML 1.1 and 1.2 readers take for exactly this text. `:` and `#` are only safe
# inside a word; a word of digits with `:` (a base-60 number) or `.`, `e`, `x` could be a number, so
# a plain scalar starts with a letter, `/` or `_` and is none of the constants (none and nan are not
# special, but people read them so).
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./+@-]*(:[A-Za-z0-9_./+@-]+)*\Z")
_RESERVED = frozenset(
    ("y", "yes", "n", "no", "true", "false", "on", "off", "null", "none", "~", "nan", "inf")
)
_LONGEST_PLAIN = 200


class _Writer(yaml.CSafeDumper):
    """PyYAML's safe writer without aliases, and with every text in quotes that could be misread."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _is_plain(text: str) -> bool:
    return (
        len(text) < _LONGEST_PLAIN
        and _PLAIN.match(text) is not None
        and text.lower() not in _RESERVED
    )


def _represent_text(writer: Any, text: str) -> Any:
    style = None if _is_plain(text) else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _represent_text)


def encode(value: Any) -> str:
    """One value as YAML on one line, read back alike by YAML 1.1 and 1.2: plain, quoted or flow."""
    kind = type(value)
    if kind is str:
        return _encode_text(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if value is None:
        return "null"
    return _dump(_plain_types(value))


@lru_cache(maxsize=8192)
def _encode_text(text: str) -> str:
    return text if _is_plain(text) else _dump(text)


def _dump(value: Any) -> str:
    written = yaml.dump(
        value,
        Dumper=_Writer,
        default_flow_style=True,
        allow_unicode=True,
        width=10**9,
        sort_keys=False,
    )
    return written.removesuffix("\n").removesuffix("\n...")


def _plain_types(value: Any) -> Any:
    """Mappings, sequences and text of any class as the plain types that the writer knows."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain_types(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_types(item) for item in value]
    return value
