"""A fix of a file that can be read in, the edits of its text out."""

from __future__ import annotations

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
from gateway.fixing.edits import Edit
from gateway.fixing.moving import moving
from gateway.fixing.places import Places
from gateway.model import Fragment
from gateway.yaml_text import encode


def edits_for(  # noqa: PLR0911 - one for each kind
    fix: InData, fragment: Fragment
) -> list[Edit] | None:
    """None where the text does not allow it: a comment would be lost, or the shape is unusual."""
    places = Places(fragment)
    match fix:
        case RenameKey(path, to):
            start, end = places.key(path)
            return [Edit(start, end, _spelt_like(places.text[start:end], to))]
        case RenameValue(path, _, to):
            return _written(places, path, to)
        case WriteValue(path, value):
            return _written(places, path, value)
        case Quote(path):
            return _replaced(places, path, f'"{places.raw(path)}"')
        case Unquote(path):
            raw = places.raw(path)
            return _replaced(places, path, raw[1:-1]) if raw[:1] in "'\"" else None
        case WrapInList(path):
            raw = places.raw(path)
            is_short = "\n" not in raw and not places.is_block_scalar(path)
            return _replaced(places, path, f"[{raw}]") if is_short else None
        case RemoveItem(path) | RemoveKey(path):
            removal = places.removal(path)
            return [removal] if removal else None
        case MoveKey(key, into):
            return moving(places, key, into)


def _written(places: Places, path: tuple[str | int, ...], value: str | int | bool) -> list[Edit]:
    new = _spelt_like(places.raw(path), value) if isinstance(value, str) else encode(value)
    return _replaced(places, path, new)


def _replaced(places: Places, path: tuple[str | int, ...], new: str) -> list[Edit]:
    return [Edit(*places.value(path), new)]


def _spelt_like(old: str, new: str) -> str:
    """In the old one's quotes; without any where it had none and needs none."""
    quote = old[:1]
    if quote in ("'", '"') and "\\" not in new and quote not in new and new.isprintable():
        return quote + new + quote
    return encode(new)
