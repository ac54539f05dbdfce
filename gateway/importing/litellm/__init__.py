"""A LiteLLM configuration in, a project as data out, with a line for all that could not be carried over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.importing.default_model import with_served_default
from gateway.importing.imported import Imported
from gateway.importing.ledger import ENV_PREFIX, Ledger
from gateway.importing.litellm.entry import Entry, read_entry
from gateway.importing.litellm.including import read_with_includes
from gateway.importing.litellm.models import Models, read_models, with_patterns
from gateway.importing.litellm.numbers import duration
from gateway.importing.litellm.prefixes import CLOUD_VARIABLES
from gateway.importing.litellm.providers import Providers
from gateway.importing.litellm.routing import FALLBACKS, Routing, routed_names
from gateway.importing.litellm.sections import Carried, read_sections
from gateway.importing.litellm.wildcards import without_lost
from gateway.importing.sound import Place, nearest_origin, without_mistakes
from gateway.importing.source import Value
from gateway.model import Path as GatewayPath
from gateway.model import SourceFile
from gateway.validate import schema

__all__ = ["looks_like_litellm", "read_litellm"]

_ROUTING_SECTIONS = ("router_settings", "litellm_settings")
_SECTIONS = re.compile(
    r"^(?:model_list|litellm_settings|router_settings|include)\s*:", re.MULTILINE
)


def looks_like_litellm(path: str, text: str) -> bool:
    """Whether a file is a LiteLLM proxy's configuration: YAML with one of its sections."""
    return path.endswith((".yaml", ".yml")) and _SECTIONS.search(text) is not None


def read_litellm(source: SourceFile, folder: Path) -> Imported:
    """The configuration with all that it includes. Raises GatewayError where it cannot be read."""
    ledger = Ledger()
    sections = read_with_includes(source, folder, ledger)
    ledger.reserve(_referred(sections.values()))
    entries = _entries(sections, ledger)
    providers = Providers()
    models = with_patterns(
        read_models(entries, providers, ledger),
        _written_names(sections),
        routed_names(map(sections.get, _ROUTING_SECTIONS)),
        ledger,
    )
    fragments = models.fragments
    modes = {name: fragment.get("mode", "chat") for name, fragment in fragments.items()}
    routing = _routing(sections, models.names, modes, ledger)
    carried = read_sections(sections, ledger)
    _add_cloud_variables(entries, carried)
    _note_untaken(sections, ledger)
    complete = {name: {**data, **routing.of(name)} for name, data in fragments.items()}
    imported = Imported(
        kind="litellm",
        settings=_settings(modes, routing, providers, carried) if fragments else {},
        fragments={name: _in_order(data) for name, data in complete.items()},
        secrets=ledger.secrets,
        variables=tuple(
            v for v in (*ledger.variables, *carried.variables) if v not in ledger.secrets
        ),
        notes=tuple(ledger.notes),
    )
    if not fragments:
        return imported
    sound = without_mistakes(imported, nearest_origin(_origins(models.groups, sections)))
    return _without_dropped(sound, models, ledger)


def _without_dropped(sound: Imported, models: Models, ledger: Ledger) -> Imported:
    """A model that our checks refuse is none of a pattern's either."""
    dropped = [name for name in models.fragments if name not in sound.fragments]
    before = len(ledger.notes)
    fragments = without_lost(sound.fragments, dropped, models.places, ledger)
    return replace(
        sound,
        settings=with_served_default(sound.settings, fragments),
        fragments={name: _in_order(data) for name, data in fragments.items()},
        notes=(*sound.notes, *ledger.notes[before:]),
    )


def _in_order(data: Mapping[str, Any]) -> dict[str, Any]:
    """The keys in the order in which the schema, and so every example, has them."""
    return {key: data[key] for key in schema("model")["properties"] if key in data}


def _origins(
    groups: Mapping[str, Sequence[Entry]], sections: Mapping[str, Value]
) -> dict[tuple[str, GatewayPath], list[Place]]:
    """Where the pieces of the project stood in the source."""
    found: dict[tuple[str, GatewayPath], list[Place]] = {}
    for name, entries in groups.items():
        for entry in entries:
            for path, value in (((), entry.at), *entry.origins.items()):
                found.setdefault((name, path), []).append((value.path, value.line))
    for section, value in sections.items():
        for key, child in value.items():
            place = (child.path, child.line)
            found["", ("litellm", section, key)] = [place]
            if key in FALLBACKS:
                found.update({(name, (key,)): [place] for name in groups})
    return found


def _referred(sections: Any) -> set[str]:
    texts = (value.data for section in sections for value in (section, *section.below()))
    return {
        t.removeprefix(ENV_PREFIX) for t in texts if isinstance(t, str) and t.startswith(ENV_PREFIX)
    }


def _entries(sections: Mapping[str, Value], ledger: Ledger) -> list[Entry]:
    credentials: dict[str, Value] = {}
    listed = sections.get("credential_list")
    for item in listed.children() if listed is not None else ():
        name, values = item.child("credential_name"), item.child("credential_values")
        if name is not None and values is not None:
            credentials[str(name.take())] = values
        info = item.child("credential_info")
        if info is not None:
            info.take()
    models = sections.get("model_list")
    found = [read_entry(v, credentials, ledger) for v in (models.children() if models else ())]
    return [entry for entry in found if entry is not None]


def _written_names(sections: Mapping[str, Value]) -> list[str]:
    models = sections.get("model_list")
    named = [value.child("model_name") for value in (models.children() if models else ())]
    return list(dict.fromkeys(str(name.plain) for name in named if name is not None))


def _routing(
    sections: Mapping[str, Value],
    names: Mapping[str, str],
    modes: Mapping[str, str],
    ledger: Ledger,
) -> Routing:
    routing = Routing(names, modes, ledger)
    holders = [sections[name] for name in _ROUTING_SECTIONS if name in sections]
    for holder in holders:
        routing.read_aliases(holder.child("model_group_alias"))
    for key in FALLBACKS:
        for holder in holders:
            routing.read_fallbacks(key, holder.child(key))
    for holder in holders:
        routing.read_default_fallbacks(holder.child("default_fallbacks"), holder.child("fallbacks"))
    return routing


def _add_cloud_variables(entries: Sequence[Entry], carried: Carried) -> None:
    """What a cloud's client reads from the environment, where no parameter says it."""
    for entry in entries:
        if entry.place.keys:
            continue
        for parameter, variables in CLOUD_VARIABLES.get(entry.place.prefix, ()):
            others = ("aws_role_name", "aws_profile_name", "aws_web_identity_token")
            if not {parameter, *(others if "key" in parameter else ())} & entry.place.raw.keys():
                carried.variables.update(dict.fromkeys(variables))


def _settings(
    modes: Mapping[str, str], routing: Routing, providers: Providers, carried: Carried
) -> dict[str, Any]:
    single = {name: mode for name, mode in modes.items() if "*" not in name}
    chats = [name for name, mode in single.items() if mode == "chat"]
    default = routing.default_model or next(iter([*chats, *single]), None)
    settings: dict[str, Any] = {"default_model": default} if default else {}
    settings["providers"] = providers.data
    if carried.cooldown is not None:
        settings["failover"] = {"cooldown": duration(carried.cooldown)}
    if carried.total is not None:
        settings["timeouts"] = {"total": duration(carried.total)}
    if carried.variables:
        settings["server"] = {"variables": list(carried.variables)}
    if carried.raw:
        settings["litellm"] = carried.raw
    return settings


def _note_untaken(sections: Mapping[str, Value], ledger: Ledger) -> None:
    for name, section in sections.items():
        if section.is_shared and name not in _READ:
            continue  # a block of anchors: what refers to it has been carried over or noted
        for value in _opened(section.untaken()):
            ledger.note(value, f"`{value.name}` was not carried over", _HINTS.get(value.name))


def _opened(values: Iterable[Value]) -> Iterator[Value]:
    """Of a whole `model_info` each key, for each is a loss of its own."""
    for value in values:
        if value.name == "model_info" and isinstance(value.data, dict):
            yield from value.data.values()
        else:
            yield value


_READ = ("model_list", "litellm_settings", "router_settings", "general_settings")
_HINTS = {
    "guardrails": "they need their own configuration of LiteLLM; a stack renders none",
    "mcp_servers": "they need their own configuration of LiteLLM; a stack renders none",
}
