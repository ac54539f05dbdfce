"""TOML, edited by the library that keeps comments, order and spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.clients.files.client_file import Document, Place

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


@dataclass(frozen=True, slots=True)
class _Toml:
    name: str = "toml"

    def read(self, text: str) -> Mapping[str, Any]:
        return _parsed(text).unwrap()

    def put(self, text: str, place: Place, value: Any) -> str:
        import tomlkit  # noqa: PLC0415 - every client is imported to run one

        document = _parsed(text)
        table: Any = document
        for index, part in enumerate(place[:-1]):
            if not isinstance(table.get(part), Mapping):
                table[part] = tomlkit.table(is_super_table=index < len(place) - 2)
            table = table[part]
        table[place[-1]] = value
        return tomlkit.dumps(document)

    def take_out(self, text: str, place: Place) -> str:
        import tomlkit  # noqa: PLC0415 - see above

        document = _parsed(text)
        table: Any = document
        for part in place[:-1]:
            table = table[part]
        del table[place[-1]]
        return tomlkit.dumps(document)


def _parsed(text: str) -> TOMLDocument:
    import tomlkit  # noqa: PLC0415 - see above
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        return tomlkit.parse(text)
    except TOMLKitError:
        raise ValueError("not TOML") from None


TOML: Document = _Toml()
