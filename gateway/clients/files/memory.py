"""What a client's file was before gateway wrote to it: kept in the project, for `--undo`.

One file under `.gateway/clients/` (0600: the client's file may hold keys) for each file that was
written to. It is on the disk before the client's file changes, and goes after it was changed back: a
kill in between leaves a memory too many, never one too few.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gateway.clients.files.client_file import Place
from gateway.constants import MAX_FILE_BYTES, STATE_DIR
from gateway.model import GatewayError
from gateway.project import read_bytes
from gateway.write import replace_content, write_new

FOLDER = f"{STATE_DIR}/clients"
_VERSION = 1
_LARGEST = 10 * MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Memory:
    """`before` is the file's text, None where there was no file; `mode` its permissions.

    `texts` are hashes of what we wrote, `values` those of the values that we put at each place; of
    both the last ones, for a kill may have left either.
    """

    file: str
    document: str
    before: str | None = field(repr=False)
    mode: int | None
    texts: tuple[str, ...] = ()
    values: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)

    def wrote(self, text: str) -> bool:
        return _hash(text) in self.texts

    def put(self, place: Place, value: Any) -> bool:
        """Whether we put this value there."""
        return _hash_of_value(value) in self.values.get(place, ())

    def with_(self, text: str, values: Mapping[Place, Any]) -> Memory:
        """The same, with one more text that is ours, and the values in it."""
        texts = (*self.texts[-1:], _hash(text)) if not self.wrote(text) else self.texts
        merged = {place: hashes[-1:] for place, hashes in self.values.items()}
        for place, value in values.items():
            new = _hash_of_value(value)
            merged[place] = tuple(dict.fromkeys((*merged.get(place, ()), new)))
        return replace(self, texts=texts, values=merged)


def memory_of(root: Path, file: Path) -> Memory | None:
    """None where nothing was written, or where what is remembered cannot be read."""
    path = root / _path(file)
    if not path.is_file():
        return None
    try:
        data = json.loads(read_bytes(root, _path(file), _LARGEST))
        values = {tuple(entry["place"]): tuple(entry["hashes"]) for entry in data["values"]}
        texts = tuple(data["texts"])
        return Memory(data["file"], data["document"], data["before"], data["mode"], texts, values)
    except (ValueError, KeyError, TypeError):
        raise GatewayError(
            f"{_path(file)} cannot be read", "remove it; what it remembered is lost"
        ) from None


def remember(root: Path, file: Path, memory: Memory) -> None:
    """Atomically. Raises GatewayError."""
    values = [{"place": p, "hashes": h} for p, h in memory.values.items()]
    data = {"format": _VERSION, "file": memory.file, "document": memory.document}
    data |= {"before": memory.before, "mode": memory.mode, "texts": memory.texts, "values": values}
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    if write_new(root / _path(file), text, 0o600):
        return
    old = read_bytes(root, _path(file), _LARGEST)
    if not replace_content(root, _path(file), old, text.encode()):
        raise GatewayError(f"{_path(file)} was changed by somebody else meanwhile", "run it again")


def forget(root: Path, file: Path) -> None:
    (root / _path(file)).unlink(missing_ok=True)


def _path(file: Path) -> str:
    return f"{FOLDER}/{hashlib.sha256(str(file).encode()).hexdigest()[:16]}.json"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _hash_of_value(value: Any) -> str:
    return _hash(json.dumps(value, sort_keys=True))
