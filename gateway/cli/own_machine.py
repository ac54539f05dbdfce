"""A blueprint and an engine in, sentences about addresses that lead to the wrong machine with it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.keys.uses import served
from gateway.model import Blueprint, EnvRef
from gateway.resolve.hosts import IN_CONTAINERS, Address, address_of, is_own

_DOCKER = "docker"


def wrong_machine_lines(
    blueprint: Blueprint, values: Mapping[str, str], engine: str
) -> Iterator[str]:
    """A line for each address: a container's `localhost` is the container, and its host has a name there."""
    seen: dict[tuple[str, Address], None] = {}
    for upstream, deployment in served(blueprint):
        written = deployment.litellm_params.get("api_base")
        text = values.get(written.name) if isinstance(written, EnvRef) else written
        address = address_of(text) if isinstance(text, str) else None
        if address is not None:
            is_known = isinstance(
                written, str
            )  # a variable's path is not shown: a key may be in it
            path = address.path if is_known else ""
            seen[upstream.provider.name, address._replace(path=path)] = None
    for provider, address in seen:
        if engine == _DOCKER and is_own(address.host):
            yield (
                f"{provider}: {_text(address)} is the container itself: write "
                f"{_text(address, IN_CONTAINERS)}{address.path}, "
                "and let the server listen on more than loopback"
            )
        elif engine != _DOCKER and address.host == IN_CONTAINERS:
            yield (
                f"{provider}: {_text(address)} exists in containers only: write "
                f"{_text(address, '127.0.0.1')}{address.path}"
            )


def _text(address: Address, host: str | None = None) -> str:
    """Without the path."""
    host = host or (f"[{address.host}]" if ":" in address.host else address.host)
    return f"{address.scheme}://{host}" + (f":{address.port}" if address.port else "")
