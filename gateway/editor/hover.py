"""A place in a document in, what an editor shows of it as Markdown out: a chain, a provider, a key."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.editor.places import Place
from gateway.editor.schema_nodes import node_at
from gateway.model import Blueprint, Model, Provider, Upstream


def hover_text(place: Place, schema_name: str, blueprint: Blueprint | None) -> str | None:
    """`blueprint` is the last one that had no errors; without one a name is only described."""
    node = node_at(schema_name, place.path)
    kind = node.get("x-names")
    described = node.get("description")
    if place.is_key or kind is None or blueprint is None:
        return described
    if kind == "provider":
        found = next((p for p in blueprint.providers if p.name == place.text), None)
        return _provider(found, blueprint.models) if found else described
    return _chain(place.text, blueprint) or described


def _chain(name: str, blueprint: Blueprint) -> str | None:
    """Who is asked after whom, and how long that takes at worst."""
    model = next((m for m in blueprint.models if name in (m.name, *m.aliases)), None)
    if name == "default":
        model = blueprint.models[0]
    if model is None:
        return None
    by_name = {m.name: m for m in blueprint.models}
    chain = blueprint.chains[model.name]
    title = f"`{model.name}`" if name == model.name else f"`{name}` is `{model.name}`"
    parts = [f"**{title}**" + (f": {model.description}" if model.description else "")]
    parts += ["\n".join(_member(n, by_name[m]) for n, m in enumerate(chain.members, 1))]
    if len(chain.members) > 1:
        parts.append(
            f"`{chain.members[-1]}` is asked after at most {chain.unreachable:g} s where the others do "
            f"not accept a connection, {chain.silent:g} s where they accept and say nothing."
        )
    return "\n\n".join(parts)


def _member(place: int, model: Model) -> str:
    facts = [f"connect {model.timeouts.connect:g} s"]
    if model.timeouts.first_token is not None:
        facts.append(f"first token {model.timeouts.first_token:g} s")
    facts.append(f"total {model.timeouts.total:g} s")
    if model.context_window is not None:
        facts.append(f"{model.context_window} tokens")
    lines = [f"{place}. `{model.name}`: {', '.join(facts)}", *map(_upstream, model.upstreams)]
    return "\n   - ".join(lines)


def _upstream(upstream: Upstream) -> str:
    key = f"key `{upstream.api_key.name}`" if upstream.api_key else "no key"
    provider = upstream.provider
    return f"`{upstream.upstream_model}` at `{provider.name}` ({_address(provider)}), {key}"


def _provider(provider: Provider, models: Sequence[Model]) -> str:
    keys = ", ".join(f"`{key.name}`" for key in provider.api_keys) or "none"
    names = [m.name for m in models if any(u.provider.name == provider.name for u in m.upstreams)]
    serves = ", ".join(f"`{name}`" for name in names) or "no model"
    return (
        f"**`{provider.name}`**: {_address(provider)}\n\n- LiteLLM's prefix: `{provider.litellm}`\n"
        f"- keys: {keys}\n- serves: {serves}"
    )


def _address(provider: Provider) -> str:
    return f"<{provider.address}>" if isinstance(provider.api_base, str) else provider.address
