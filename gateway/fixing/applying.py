"""A plan in, its files on the disk out: each whole or not at all, whatever interrupts it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from gateway.constants import MAX_FILE_BYTES, MODELS_DIR
from gateway.fixing.plan import Plan
from gateway.model import GatewayError
from gateway.project import read_bytes
from gateway.write import remove_all_left_overs, replace_content, write_new


def apply(plan: Plan, root: Path) -> Iterator[str]:
    """Writes what changes, and names each path when its file is written.

    New files come first: a document leaves its old file when it has its new one, so a kill in between
    loses nothing and the next run goes on. Raises GatewayError where somebody else changed a file
    since it was read; what they wrote stays.
    """
    remove_all_left_overs(root, (".", MODELS_DIR))
    for path, (old, new) in plan.changes().items():
        if old is None:
            if not write_new(root / path, new, 0o644):
                raise GatewayError(f"{path} exists already", "run `gateway fix` again")
        else:
            _replace(root, path, old, new)
        yield path


def _replace(root: Path, path: str, old: str, new: str) -> None:
    content = read_bytes(root, path, MAX_FILE_BYTES)
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    is_old = content == mark + old.encode()
    if not is_old or not replace_content(root, path, content, mark + new.encode()):
        raise GatewayError(f"{path} was changed by somebody else meanwhile", "run it again")
