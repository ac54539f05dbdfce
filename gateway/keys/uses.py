"""A blueprint in, what each variable that it names is for out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.constants import MASTER_KEY, POSTGRES_PASSWORD, SALT_KEY
from gateway.diagnostics.nearest import nearest
from gateway.model import Blueprint, Deployment, EnvRef, GatewayError, Upstream

_PURPOSES = {"api_key": "key", "api_base": "address"}
_GATEWAYS_OWN = "what clients show"
_STILL = ", still"
_REDIS = "the address of the Redis that counts for the apps"
_PROXYS = "passed to the proxy (`server.variables`)"


@dataclass(frozen=True, slots=True)
class Variable:
    """`purposes` as words: `key`, `address`, a header; `models` are those that need it themselves."""

    name: str
    purposes: tuple[str, ...]
    providers: tuple[str, ...]
    models: tuple[str, ...]

    @property
    def is_key(self) -> bool:
        """Whether it is shown as a key, to a provider or by clients."""
        shown = any(purpose.startswith("what the app ") for purpose in self.purposes)
        return self.name == MASTER_KEY or "key" in self.purposes or shown


def variables_of(blueprint: Blueprint) -> tuple[Variable, ...]:
    """Every variable that the blueprint names: the master key first, the others in their order."""
    uses: dict[str, list[_Use]] = {each.name: [] for each in blueprint.variables}
    for use in (*_in_deployments(blueprint), *_elsewhere(blueprint)):
        uses[use.name].append(use)
    in_order = sorted(blueprint.variables, key=lambda each: each.name != MASTER_KEY)
    return tuple(
        Variable(
            each.name,
            purposes=_once(use.purpose for use in uses[each.name]),
            providers=_once(use.provider for use in uses[each.name]),
            models=_once(use.model for use in uses[each.name]),
        )
        for each in in_order
    )


def served(blueprint: Blueprint) -> Iterator[tuple[Upstream, Deployment]]:
    """Each upstream beside the deployment that was made of it."""
    by_id = {each.model_info["id"]: each for each in blueprint.deployments}
    for model in blueprint.models:
        for upstream in model.upstreams:
            yield upstream, by_id[upstream.id]


def needed_by(deployment: Deployment) -> list[str]:
    """The names of the variables without which nobody answers: keys, addresses and headers, too, for a
    request is not sent with what stands for a missing one."""
    return [reference.name for _, reference in _references(deployment.litellm_params, "")]


def require_known(names: Collection[str], blueprint: Blueprint, more: str = "") -> None:
    """Raises GatewayError for a name that the blueprint does not have; `more` goes into the hint.

    A name that may be a pasted key is not repeated.
    """
    known = [each.name for each in blueprint.variables]
    for name in names:
        if name in known:
            continue
        if not may_be_shown(name):
            raise GatewayError(
                "this is no name of a variable: upper case, digits and `_`",
                "a key on the command line is seen by others: if this was one, have a new one made",
            )
        likely = nearest(name, known)
        hint = f"did you mean `{likely}`?" if likely else f"there are: {', '.join(known)}"
        if more:
            hint += f" {more}" if likely else f"; {more}"
        raise GatewayError(f"nothing in this project names the variable `{name}`", hint)


def may_be_shown(name: str) -> bool:
    """Whether this is what people call variables, and not a key that was pasted in its place."""
    return name.isascii() and name.isidentifier() and (name.isupper() or len(name) < 24)


class _Use(NamedTuple):
    """One reference to a variable; no provider and model where it is none of theirs."""

    name: str
    purpose: str
    provider: str = ""
    model: str = ""


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


def _in_deployments(blueprint: Blueprint) -> Iterator[_Use]:
    for upstream, deployment in served(blueprint):
        for path, reference in _references(deployment.litellm_params, ""):
            name, provider = reference.name, upstream.provider.name
            yield _Use(name, _purpose(path), provider, upstream.model)


def _purpose(path: str) -> str:
    if path in _PURPOSES:
        return _PURPOSES[path]
    header = path.removeprefix("extra_headers.")
    return f"setting {path}" if header == path else f"header {header}"


def _elsewhere(blueprint: Blueprint) -> Iterator[_Use]:
    for name in blueprint.server.variables:
        yield _Use(name, _PROXYS)
    for upstream, _ in served(blueprint):
        oauth = upstream.provider.oauth
        if oauth and oauth.client_secret:
            name, provider = oauth.client_secret.name, upstream.provider.name
            yield _Use(name, "the login's client secret", provider, upstream.model)
    for app in blueprint.apps:
        for index, key in enumerate(app.keys):
            yield _Use(key.name, f"what the app {app.name} shows{_STILL if index else ''}")
    if blueprint.server.has_database:
        yield _Use(POSTGRES_PASSWORD, "the database's password; it stays as it is")
        yield _Use(SALT_KEY, "what LiteLLM encrypts with in the database; it stays as it is")
    if blueprint.shared_state:
        yield _Use(blueprint.shared_state.name, _REDIS)
    for section in ("router_settings", "litellm_settings", "general_settings"):
        for path, reference in _references(getattr(blueprint, section), section):
            is_master = path == "general_settings.master_key"
            yield _Use(reference.name, _GATEWAYS_OWN if is_master else f"setting {path}")


def _references(value: Any, path: str) -> Iterator[tuple[str, EnvRef]]:
    if isinstance(value, EnvRef):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _references(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _references(item, path)
