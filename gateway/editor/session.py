"""Open files in, each project's findings out to the editor: checked a moment after the last change.

A project is checked as a whole, from the texts that the editor holds and, for what it does not hold,
from the disk; so a change in one file brings and takes findings in another. Nothing is ever written.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.uris import to_fs_path

from gateway.constants import SETTINGS_FILE
from gateway.diagnostics import Diagnostic, Severity
from gateway.editor.positions import Lines
from gateway.model import Blueprint, GatewayError, Span
from gateway.pipeline import Checked, check_project
from gateway.project import Project, is_fragment_path, read_project

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

_BOM = "\ufeff"
_PAUSE = 0.15  # seconds without a change before a check begins

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
}


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file as the editor holds it: its path in the project, and the last blueprint without errors."""

    project: Project
    blueprint: Blueprint | None
    path: str
    text: str
    lines: Lines

    @property
    def schema_name(self) -> str:
        return "gateway" if self.path == SETTINGS_FILE else "model"


@dataclass(slots=True)
class _Watched:
    """A project with an open file. `blueprint` is the last one without errors: half-written text has none."""

    project: Project | None = None
    blueprint: Blueprint | None = None
    published: set[str] = field(default_factory=set)
    waiting: asyncio.TimerHandle | None = None
    checking: asyncio.Task[None] | None = None
    complaint: str = ""


class Session:
    """One editor's projects, by folder."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._projects: dict[Path, _Watched] = defaultdict(_Watched)

    def locate(self, uri: str) -> tuple[Path, str] | None:
        """A file's project and its path in it; None for a file that belongs to none."""
        name = to_fs_path(uri) if uri.startswith("file:") else None
        if not name:
            return None
        file = Path(name)
        if file.name == SETTINGS_FILE:
            return file.parent, SETTINGS_FILE
        root, path = file.parent.parent, f"{file.parent.name}/{file.name}"
        if is_fragment_path(path) and (
            root / SETTINGS_FILE in self._open_files() or _is_project(root)
        ):
            return root, path
        return None

    def touch(self, uri: str) -> None:
        """A file was opened, changed or closed, here or on the disk: its project is due for a check."""
        located = self.locate(uri)
        if located:
            self.schedule(located[0])

    def schedule(self, root: Path) -> None:
        watched = self._projects[root]
        if watched.waiting:
            watched.waiting.cancel()
        loop = asyncio.get_running_loop()
        watched.waiting = loop.call_later(_PAUSE, self._start, root, watched)

    def schedule_all(self) -> None:
        """What lies in a template or elsewhere may concern every project."""
        for root in self._projects:
            self.schedule(root)

    def find_file(self, uri: str) -> OpenFile | None:
        """An open file of a project, with the project around it; None for any other."""
        located = self.locate(uri)
        project = located and self._project(located[0])
        if not located or not project:
            return None
        text = self._server.workspace.get_text_document(uri).source.removeprefix(_BOM)
        blueprint = self._projects[located[0]].blueprint
        return OpenFile(project, blueprint, located[1], text, self.lines(text))

    def lines(self, text: str) -> Lines:
        encoding = self._server.workspace.position_encoding or types.PositionEncodingKind.Utf16
        return Lines(text, types.PositionEncodingKind(encoding))

    def uri_of(self, root: Path, path: str) -> str:
        """As the editor spells it where it has the file open."""
        return self._open_files().get(root / path) or (root / path).as_uri()

    def _project(self, root: Path) -> Project | None:
        """As the editor holds it now; as it was at the last check where it cannot be read."""
        try:
            return read_project(root, self._unsaved(root))
        except GatewayError:
            return self._projects[root].project

    def _open_files(self) -> dict[Path, str]:
        documents = self._server.workspace.text_documents.values()
        return {Path(d.path): d.uri for d in documents if d.uri.startswith("file:")}

    def _unsaved(self, root: Path) -> dict[str, str]:
        documents = self._server.workspace.text_documents
        located = ((self.locate(uri), document.source) for uri, document in documents.items())
        return {
            place[1]: text.removeprefix(_BOM)
            for place, text in located
            if place is not None and place[0] == root
        }

    def _start(self, root: Path, watched: _Watched) -> None:
        """One check at a time: a change during it waits for its end."""
        if watched.checking and not watched.checking.done():
            self.schedule(root)
            return
        watched.waiting = None
        watched.checking = asyncio.ensure_future(self._check(root, watched))

    async def _check(self, root: Path, watched: _Watched) -> None:
        unsaved = self._unsaved(root)
        try:
            checked = await asyncio.to_thread(_check, root, unsaved)
        except GatewayError as error:
            if not (root / SETTINGS_FILE).exists() and SETTINGS_FILE not in unsaved:
                self._publish(root, watched, {}, {})  # no project any more
            elif watched.complaint != error.message:
                watched.complaint = error.message
                self._say(error.message)
            return
        except Exception as error:  # a bug of ours must not end what the editor shows
            self._say(f"this is a bug of gateway ({type(error).__name__})")
            return
        watched.complaint = ""
        watched.project = checked.project
        watched.blueprint = checked.blueprint or watched.blueprint
        files = (checked.project.settings, *checked.project.fragments)
        found: dict[str, list[Diagnostic]] = defaultdict(list)
        for diagnostic in checked.diagnostics:
            found[diagnostic.path].append(diagnostic)
        self._publish(root, watched, found, {file.path: file.text for file in files})

    def _publish(
        self,
        root: Path,
        watched: _Watched,
        found: Mapping[str, list[Diagnostic]],
        texts: Mapping[str, str],
    ) -> None:
        """Every file with findings, and those that had some before and have none now."""
        for path in sorted({*found, *watched.published}):
            items = [self._diagnostic(root, one, texts) for one in found.get(path, ())]
            self._server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(self.uri_of(root, path), items)
            )
        watched.published = set(found)

    def _diagnostic(
        self, root: Path, found: Diagnostic, texts: Mapping[str, str]
    ) -> types.Diagnostic:
        def place(path: str, span: Span) -> types.Location:
            where = self.lines(texts.get(path, "")).range_of(span)
            return types.Location(self.uri_of(root, path), where)

        return types.Diagnostic(
            range=place(found.path, found.span).range,
            message=found.message + (f"\nhint: {found.hint}" if found.hint else ""),
            severity=_SEVERITIES[found.severity],
            code=found.code,
            source="gateway",
            related_information=[
                types.DiagnosticRelatedInformation(place(r.path, r.span), r.message)
                for r in found.related
            ],
        )

    def _say(self, message: str) -> None:
        self._server.window_show_message(
            types.ShowMessageParams(types.MessageType.Warning, f"gateway: {message}")
        )


def _is_project(root: Path) -> bool:
    return (root / SETTINGS_FILE).exists()


def _check(root: Path, unsaved: Mapping[str, str]) -> Checked:
    return check_project(read_project(root, unsaved))
