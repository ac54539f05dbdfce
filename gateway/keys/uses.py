"""A blueprint in, what each variable that it names is for out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.constants import MASTER_KEY
from gateway.diagnostics.nearest import nearest
from gateway.model import Blueprint, Deployment, EnvRef, GatewayError, Upstream

_PURPOSES = {"api_key": "key", "api_base": "address"}
_GATEWAYS_OWN = "what clients show"
_PROXYS = "passed to the proxy (`server.variables`)"


@dataclass(frozen=True, slots=True)
class Variable:
    """`purposes` as words: `key`, `address`, a header; `models` are those that need it themselves."""

    name: str
    may_be_empty: bool
    purposes: tuple[str, ...]
    providers: tuple[str, ...]
    models: tuple[str, ...]

    @property
    def is_key(self) -> bool:
        """Whether it is shown as a key, to a provider or by clients."""
        return self.name == MASTER_KEY or "key" in self.purposes


def variables_of(blueprint: Blueprint) -> tuple[Variable, ...]:
    """Every variable that the blueprint names: the master key first, the others in the alphabet's order."""
    purposes: dict[str, dict[str, None]] = {each.name: {} for each in blueprint.variables}
    providers: dict[str, dict[str, None]] = {each.name: {} for each in blueprint.variables}
    models: dict[str, dict[str, None]] = {each.name: {} for each in blueprint.variables}
    for upstream, deployment in served(blueprint):
        for name, purpose in _in_params(deployment.litellm_params):
            purposes[name][purpose] = None
            providers[name][upstream.provider.name] = None
            models[name][upstream.model] = None
    for name, purpose in _elsewhere(blueprint):
        purposes[name][purpose] = None
    found = (
        Variable(
            each.name,
            each.may_be_empty,
            tuple(purposes[each.name]),
            tuple(providers[each.name]),
            tuple(models[each.name]),
        )
        for each in blueprint.variables
    )
    return tuple(sorted(found, key=lambda each: (each.name != MASTER_KEY, each.name)))


def served(blueprint: Blueprint) -> Iterator[tuple[Upstream, Deployment]]:
    """Each upstream beside the deployment that was made of it."""
    by_id = {each.model_info["id"]: each for each in blueprint.deployments}
    for model in blueprint.models:
        for upstream in model.upstreams:
            yield upstream, by_id[upstream.id]


def references_in(params: Mapping[str, Any]) -> list[str]:
    """The names of the variables that a deployment cannot do without."""
    return [
        reference.name for _, reference in _references(params, "") if not reference.may_be_empty
    ]


def require_known(names: Collection[str], blueprint: Blueprint, more: str = "") -> None:
    """Raises GatewayError for a name that the blueprint does not have; `more` goes into the hint.

    A name that may be a pasted key is not repeated.
    """
    known = {each.name for each in blueprint.variables}
    for name in names:
        if name in known:
            continue
        if not may_be_shown(name):
            raise GatewayError(
                "this is no name of a variable: upper case, digits and `_`",
                "a key on the command line is seen by others: if this was one, have a new one made",
            )
        likely = nearest(name, known)
        hint = f"did you mean `{likely}`?" if likely else f"there are: {', '.join(sorted(known))}"
        raise GatewayError(f"nothing in this project names the variable `{name}`", hint + more)


def may_be_shown(name: str) -> bool:
    """Whether this is what people call variables, and not a key that was pasted in its place."""
    return name.isascii() and name.isidentifier() and (name.isupper() or len(name) < 24)


def _in_params(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in params.items():
        for path, reference in _references(value, key):
            header = path.removeprefix("extra_headers.")
            yield (
                reference.name,
                _PURPOSES.get(path)
                or (f"header {header}" if header != path else f"setting {path}"),
            )


def _elsewhere(blueprint: Blueprint) -> Iterator[tuple[str, str]]:
    for name in blueprint.server.variables:
        yield name, _PROXYS
    for section in ("router_settings", "litellm_settings", "general_settings"):
        for path, reference in _references(getattr(blueprint, section), section):
            is_master = path == "general_settings.master_key"
            yield reference.name, _GATEWAYS_OWN if is_master else f"setting {path}"


def _references(value: Any, path: str) -> Iterator[tuple[str, EnvRef]]:
    if isinstance(value, EnvRef):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _references(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _references(item, path)
