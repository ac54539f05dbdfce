"""The target `import`: other tools' files, as bytes and with edits; what comes of one can be read."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

from targets import ROOT, Choices, edit_lines

from gateway.diagnostics.secrets import find_secrets
from gateway.importing.place import plan_import
from gateway.importing.recognise import KINDS, Kind
from gateway.model import GatewayError, SourceFile
from gateway.pipeline import check


@cache
def sources() -> tuple[tuple[str, ...], ...]:
    """The lines of every source that the tests import, sorted by path."""
    found = [*ROOT.glob("tests/real_world/*/litellm_config.yaml")]
    found += [path for path in ROOT.glob("tests/import_sources/*/source/**/*") if path.is_file()]
    return tuple(tuple(path.read_text("utf-8").split("\n")) for path in sorted(found))


# What YAML 1.1 takes for the end of a line.
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


def import_(data: bytes) -> None:
    """The first byte chooses the kind and whether what follows is the file or edits of a real one."""
    choices = Choices(data[:1])
    kind = choices.of(KINDS)
    _import(kind, data[1:].decode("utf-8", "replace"))
    edits = Choices(data[1:])
    _import(kind, "\n".join(edit_lines(list(edits.of(sources())), edits, sources())))


def _import(kind: Kind, text: str) -> None:
    with tempfile.TemporaryDirectory(dir=_memory()) as name:
        folder = Path(name)
        try:
            imported = kind.read(SourceFile("source", text), folder)
            placed = plan_import(imported, folder, "fuzz")
        except GatewayError as error:
            assert error.message.isprintable(), error.message
            return
        if not imported.fragments:  # the command says so and writes nothing
            return
        for path, written in placed.new.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(written, "utf-8")
            assert path == ".env" or not list(find_secrets(written)), "a secret left its place"
        for note in imported.notes:
            assert note.message.isprintable(), note
            assert 1 <= note.line <= len(_BREAK.split(text)), note
            assert not list(find_secrets(f"{note.message} {note.hint}")), "a secret was said"
        # A mistake of the source's own may come along, to be named in its new place; never a file
        # that cannot be read, or a key that is none of ours.
        unread = ("GW00", "GW010", "GW103")
        ours = [d for d in check(folder).diagnostics if d.code.startswith(unread)]
        assert not ours, ours[0]


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
