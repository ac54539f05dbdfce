"""What the tests of the other tools' readers share: the readers, and a project made of what they say."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from gateway.diagnostics import Severity
from gateway.importing.claude_code_router import read_claude_code_router
from gateway.importing.env_files.anthropic_proxy import read_anthropic_proxy
from gateway.importing.env_files.api_key_proxy import read_api_key_proxy
from gateway.importing.env_files.claude_code_proxy import read_claude_code_proxy
from gateway.importing.imported import Imported
from gateway.importing.recognise import recognise
from gateway.model import SourceFile
from gateway.pipeline import check

READERS = [
    read_claude_code_router,
    read_claude_code_proxy,
    read_anthropic_proxy,
    read_api_key_proxy,
]

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/source"))


def source_of(case: Path) -> Path:
    """The one file that is to be imported; a `.env` may lie beside it."""
    (path,) = (p for p in (case / "source").iterdir() if p.name != ".env")
    return path


def imported_of(case: Path) -> Imported:
    path = source_of(case)
    file = SourceFile(path.name, path.read_text("utf-8"))
    return recognise(file).read(file, path.parent)


def write_project(imported: Imported, root: Path) -> None:
    """The project as files; JSON is YAML."""
    (root / "models.d").mkdir(parents=True)
    (root / "gateway.yaml").write_text(json.dumps(imported.settings), "utf-8")
    for number, (name, data) in enumerate(imported.fragments.items()):
        text = json.dumps({"name": name, **data})
        (root / "models.d" / f"{number}.yaml").write_text(text, "utf-8")


def errors_in(imported: Imported) -> list[str]:
    """What validate refuses of the project."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "project"
        write_project(imported, root)
        found = check(root).diagnostics
        return [f"{d.code} {d.message}" for d in found if d.severity is Severity.ERROR]


def everything_said(imported: Imported) -> str:
    """All that an import shows or writes where others can read it."""
    data = json.dumps([imported.settings, imported.fragments], ensure_ascii=False)
    notes = [f"{note.path} {note.message} {note.hint}" for note in imported.notes]
    return "\n".join([data, *notes, *imported.secrets, *imported.variables, repr(imported)])
