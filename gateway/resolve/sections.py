"""The sections of gateway.yaml that name models for clients in, diagnostics about what they name out.

This version checks `instances` and `request_log` but renders neither: a project that has one is
refused, for a stack without it would not be what was written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from gateway.diagnostics import Diagnostic, Related
from gateway.diagnostics.nearest import is_slip_of, nearest
from gateway.fix import Advice, RenameValue, advise
from gateway.model import Path, Settings
from gateway.resolve.claude_code_rules import named_models
from gateway.yaml_text import shown

NOT_RENDERED = ("instances", "request_log")


def find_section_mistakes(
    settings: Settings, names: Mapping[str, str], unsound: Collection[str]
) -> Iterator[Diagnostic]:
    """Unknown models, ports that are taken, and the sections themselves."""
    for path, wanted in _model_names(settings.data):
        if wanted not in names and wanted not in unsound and wanted != "default":
            likely = nearest(wanted, names)
            advice = Advice("add a fragment for it, or remove it")
            if likely:
                certain = is_slip_of(wanted, likely, names)
                advice = advise(RenameValue(path, wanted, likely), certain=certain)
            yield Diagnostic(
                "GW226",
                f"`{shown(wanted)}` is not a model",
                settings.path,
                settings.value_span(path),
                advice.hint,
                fix=advice.fix,
            )
    yield from find_shared_ports(settings)
    for section in NOT_RENDERED:
        if section in settings.data:
            yield Diagnostic(
                "GW228",
                f"`{section}` is not rendered by this version",
                settings.path,
                settings.key_span((section,)),
                "remove it: the stack would not be what it says",
            )


def find_shared_ports(settings: Settings) -> Iterator[Diagnostic]:
    """Two instances, or an instance and the server, on one port."""
    taken: dict[int, Path] = {settings.data.get("server", {}).get("port", 4000): ("server", "port")}
    for name, instance in settings.data.get("instances", {}).items():
        path: Path = ("instances", name, "port")
        port = instance["port"]
        if port in taken:
            there = settings.value_span(taken[port])
            yield Diagnostic(
                "GW227",
                f"port {port} is taken",
                settings.path,
                settings.value_span(path),
                "choose another port",
                related=(Related(settings.path, there, "taken here"),)
                if taken[port] in settings.spans
                else (),
            )
        taken.setdefault(port, path)


def _model_names(data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every place of the sections that names a model."""
    yield from named_models(data.get("claude_code", {}))
    for section in ("apps", "instances"):
        for key, entry in data.get(section, {}).items():
            for index, name in enumerate(entry.get("models", ())):
                if section != "apps" or "*" not in name:
                    yield (section, key, "models", index), name
            if "default_model" in entry:
                yield (section, key, "default_model"), entry["default_model"]
