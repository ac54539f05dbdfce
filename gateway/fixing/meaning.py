"""A fix and the data of a file in, the data that the file must say afterwards out: nothing else may change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gateway.fix import (
    InData,
    MoveKey,
    Quote,
    RemoveItem,
    RemoveKey,
    RenameKey,
    RenameValue,
    Unquote,
    WrapInList,
    WriteValue,
)
from gateway.model import Path
from gateway.yaml_text import read

Kind = TypeVar("Kind")


class OtherKindError(Exception):
    """A mapping, a list or a text is something else."""


def applied(  # noqa: PLR0911 - one for each kind
    fix: InData, data: Any, raw: Callable[[Path], str]
) -> Any:
    """`raw` gives the text of the value at a path, as it was written.

    Raises OtherKindError where the data is not what the fix takes it to be: of two equal keys another
    reader may take the other one.
    """
    match fix:
        case RenameKey(path, to):
            return _at(data, path[:-1], lambda entries: _renamed(entries, path[-1], to))
        case RenameValue(path, _, to):
            return _at(data, path, lambda _: to)
        case WriteValue(path, value):
            return _at(data, path, lambda _: value)
        case Quote(path):
            return _at(data, path, lambda _: raw(path))
        case Unquote(path):
            return _at(data, path, lambda text: read(_as(str, text)).data)
        case WrapInList(path):
            return _at(data, path, lambda value: [value])
        case RemoveItem(path) | RemoveKey(path):
            return _at(data, path[:-1], lambda held: _without(held, path[-1]))
        case MoveKey(key, into):
            return _moved(data, key, into)


def _at(data: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(data)
    if isinstance(data, dict):
        return {
            key: _at(value, path[1:], change) if key == path[0] else value
            for key, value in data.items()
        }
    return [
        _at(value, path[1:], change) if index == path[0] else value
        for index, value in enumerate(_as(list, data))
    ]


def _as(kind: type[Kind], data: Any) -> Kind:
    if not isinstance(data, kind):
        raise OtherKindError
    return data


def _renamed(entries: Any, old: Any, new: str) -> dict[str, Any]:
    return {new if key == old else key: value for key, value in _as(dict, entries).items()}


def _without(held: Any, part: Any) -> Any:
    if isinstance(held, dict):
        return {key: value for key, value in held.items() if key != part}
    return [value for index, value in enumerate(_as(list, held)) if index != part]


def _moved(data: dict[str, Any], key: str, into: str) -> dict[str, Any]:
    """A mapping that is new stands where the key stood."""
    if into not in data:
        return {
            into if name == key else name: {key: value} if name == key else value
            for name, value in data.items()
        }
    held = {**_as(dict, data[into]), key: data[key]}
    return {name: held if name == into else v for name, v in data.items() if name != key}
