"""A blueprint in, the JSON Schemas out that its project's editors read: with its names as proposals.

`gateway/schema/` holds the contract, which refuses and accepts; these copies accept exactly the same.
Where the contract says that a value names a model or a provider (`x-names`), the copy proposes the
project's own names, so that editors complete them; a name that was added since is proposed after the
next render, and never refused.

The proposals are `defaultSnippets`, which VS Code and the YAML language server know: `enum` would
refuse new names, and `examples` are all listed on every hover and say nothing about each name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from operator import attrgetter
from typing import Any

from gateway.constants import STACK_DIR
from gateway.model import Blueprint
from gateway.resolve.patterns import asked_by_name
from gateway.validate import schema
from gateway.yaml_text import encode

_SCHEMAS = ("gateway", "model")
_DEFS = "#/$defs/"
_SHOWN = 2  # names in the example of a list


def project_schemas(blueprint: Blueprint) -> dict[str, str]:
    """Path in the project -> text; the same for the same blueprint."""
    names = {"model": _models(blueprint), "provider": _providers(blueprint)}
    return {
        f"{STACK_DIR}/schema/{name}.schema.json": _text(_with_names(schema(name), names))
        for name in _SCHEMAS
    }


def _models(blueprint: Blueprint) -> dict[str, str]:
    """Every name that a client can ask for, and a line about it."""
    about = {}
    for model in asked_by_name(blueprint.models):
        served = ", ".join(dict.fromkeys(u.provider.name for u in model.upstreams))
        about[model.name] = model.description or f"{model.mode}, served by {served}"
        about.update((alias, f"an alias of {model.name}") for alias in model.aliases)
    return dict(sorted(about.items()))


def _providers(blueprint: Blueprint) -> dict[str, str]:
    in_order = sorted(blueprint.providers, key=attrgetter("name"))
    return {provider.name: provider.address for provider in in_order}


_Names = Mapping[str, Mapping[str, str]]


def _with_names(contract: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    """The contract, with the project's names kept once, however many values may be one."""
    copy: dict[str, Any] = _copied(contract, names, contract["$defs"])
    used = set(_references(copy))
    kept = {f"{kind}_names": _proposals(known) for kind, known in names.items()}
    return {**copy, "$defs": {**copy["$defs"], **{n: p for n, p in kept.items() if n in used}}}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix(_DEFS)
        for child in node.values():
            yield from _references(child)


def _proposals(known: Mapping[str, str]) -> dict[str, Any]:
    return {"defaultSnippets": [_proposal(*item) for item in known.items()]}


def _proposal(name: str, about: str) -> dict[str, str]:
    """The body is YAML: a name that reads as a number comes in quotes."""
    return {"label": name, "description": about, "body": encode(name)}


def _copied(node: Any, names: _Names, defs: Mapping[str, Any]) -> Any:
    """A node of the schema and all below it; no example of it names another project's models."""
    if isinstance(node, list):
        return [_copied(item, names, defs) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {
        key: value if key == "examples" else _copied(value, names, defs)
        for key, value in node.items()
    }
    description = node.get("description")
    if isinstance(description, str) and "`" in description:
        copy["markdownDescription"] = description  # else editors show the backticks, escaped
    if "x-names" in node:
        copy["$ref"] = f"{_DEFS}{node['x-names']}_names"
    if kind := node.get("items", {}).get("x-names"):
        # In place: beside a `$ref` in a list the YAML language server proposes a `- ` as well.
        del copy["items"]["$ref"]
        copy["items"].update(_proposals(names[kind]))
    if "examples" in node and _holds_names(node, defs):
        kind = _at(node, defs).get("items", {}).get("x-names")
        if kind:
            copy["examples"] = [list(islice(names[kind], _SHOWN))]
        else:
            del copy["examples"]
    return copy


def _holds_names(node: Any, defs: Mapping[str, Any]) -> bool:
    if isinstance(node, list):
        return any(_holds_names(item, defs) for item in node)
    if not isinstance(node, dict):
        return False
    return "x-names" in node or any(_holds_names(c, defs) for c in _at(node, defs).values())


def _at(node: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node, with what its `$ref` adds to it."""
    name = node.get("$ref", "").removeprefix(_DEFS)
    return {**defs[name], **node} if name else node


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
