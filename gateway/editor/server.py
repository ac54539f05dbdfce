"""The language server: which request of an editor is answered by what. stdin and stdout are the wire."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcMethodNotFound
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.uris import to_fs_path

from gateway.constants import MODELS_DIR, SETTINGS_FILE, TEMPLATES_DIR, VERSION
from gateway.editor.definitions import find_definitions
from gateway.editor.hover import hover_text
from gateway.editor.places import find_place, find_written
from gateway.editor.proposals import Proposal, find_proposals
from gateway.editor.schema_nodes import node_at
from gateway.editor.session import Session

_WATCHED = (
    f"**/{SETTINGS_FILE}",
    f"**/{MODELS_DIR}/*.{{yaml,yml}}",
    f"**/{TEMPLATES_DIR}/*.j2",
)
_TRIGGERS = [" ", "[", ",", "-", ":"]


class Server(LanguageServer):
    """Whole texts are sent at each change: a fragment has ten lines, and nothing can be miscounted."""

    def __init__(self) -> None:
        super().__init__(
            "gateway", VERSION, types.TextDocumentSyncKind.Full, protocol_cls=_Protocol
        )
        self.session = Session(self)

    def report_server_error(self, error: Exception, source: object) -> None:  # noqa: ARG002 - pygls's
        """The kind of error only: its words may hold a value of the user's."""
        whose = "the editor sent what is no message" if _is_editors(error) else "this is a bug"
        self.window_log_message(
            types.LogMessageParams(
                types.MessageType.Error, f"gateway: {whose} ({type(error).__name__})"
            )
        )


def _is_editors(error: Exception) -> bool:
    return isinstance(error, JsonRpcInvalidParams | JsonRpcMethodNotFound)


class _Protocol(LanguageServerProtocol):
    def structure_message(self, data: dict[str, Any]) -> Any:
        """Of a message; a request that lacks something is answered, too: pygls 2.1 says nothing."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise


def serve() -> None:
    """Speaks with one editor until it says goodbye, or is gone."""
    # What pygls logs quotes whole messages, and with them what is in the user's files.
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    logging.getLogger("pygls").propagate = False
    make_server().start_io()


def make_server() -> Server:
    server = Server()
    for name, feature, options in _FEATURES:
        server.feature(name, options)(feature)
    return server


def _initialized(server: Server, _: types.InitializedParams) -> None:
    """Checks the projects among the editor's folders, and asks to hear of changes on the disk."""
    for uri in server.workspace.folders:
        root = Path(to_fs_path(uri) or "/nowhere")
        if (root / SETTINGS_FILE).exists():
            server.session.schedule(root)
    workspace = server.client_capabilities.workspace
    watching = workspace and workspace.did_change_watched_files
    if watching and watching.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions(
            [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
        )
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        server.client_register_capability(
            types.RegistrationParams([types.Registration("files", method, options)])
        )


def _touched(
    server: Server,
    params: types.DidOpenTextDocumentParams
    | types.DidChangeTextDocumentParams
    | types.DidCloseTextDocumentParams
    | types.DidSaveTextDocumentParams,
) -> None:
    server.session.touch(params.text_document.uri)


def _changed_on_disk(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        if change.uri.endswith(".j2"):
            server.session.schedule_all()
        else:
            server.session.touch(change.uri)


def _define(server: Server, params: types.DefinitionParams) -> types.Location | None:
    file = server.session.find_file(params.text_document.uri)
    place = file and find_place(file.text, *file.lines.place_of(params.position))
    if not file or not place or place.is_key:
        return None
    kind = node_at(file.schema_name, place.path).get("x-names", "")
    found = find_definitions(file.project).get(kind, {}).get(place.text)
    if found is None:
        return None
    source, span = found
    where = server.session.lines(source.text).range_of(span)
    return types.Location(server.session.uri_of(file.project.root, source.path), where)


def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    file = server.session.find_file(params.text_document.uri)
    place = file and find_place(file.text, *file.lines.place_of(params.position))
    shown = file and place and hover_text(place, file.schema_name, file.blueprint)
    if not file or not place or not shown:
        return None
    content = types.MarkupContent(types.MarkupKind.Markdown, shown)
    return types.Hover(content, file.lines.range_of(place.span))


def _complete(server: Server, params: types.CompletionParams) -> list[types.CompletionItem]:
    file = server.session.find_file(params.text_document.uri)
    place = file and find_written(file.text, *file.lines.place_of(params.position))
    if not file or not place:
        return []
    names = {
        kind: {name: d[0].path for name, d in known.items() if d[0].path != file.path}
        for kind, known in find_definitions(file.project).items()
    }  # not its own: a model that falls back to itself is a mistake
    where = file.lines.range_of(place.span)
    return [_item(found, where) for found in find_proposals(place, file.schema_name, names)]


def _item(proposal: Proposal, where: types.Range) -> types.CompletionItem:
    kinds = types.CompletionItemKind
    return types.CompletionItem(
        label=proposal.label,
        kind=kinds.Property if proposal.is_key else kinds.Value,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, proposal.about),
        filter_text=proposal.text,
        text_edit=types.TextEdit(where, proposal.text),
    )


_FEATURES = (
    (types.INITIALIZED, _initialized, None),
    (types.TEXT_DOCUMENT_DID_OPEN, _touched, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, _touched, None),
    (types.TEXT_DOCUMENT_DID_SAVE, _touched, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, _touched, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, _changed_on_disk, None),
    (types.TEXT_DOCUMENT_DEFINITION, _define, None),
    (types.TEXT_DOCUMENT_HOVER, _hover, None),
    (types.TEXT_DOCUMENT_COMPLETION, _complete, types.CompletionOptions(_TRIGGERS)),
)
