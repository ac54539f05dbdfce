"""`server:` of gateway.yaml in, how the proxy is reached and run out, with diagnostics."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from gateway.constants import DATABASE_LITELLM_IMAGE, LITELLM_IMAGE, STOLEN_LITELLM_VERSIONS
from gateway.diagnostics import Diagnostic
from gateway.model import Server, Settings
from gateway.resolve.durations import seconds


def resolve_server(settings: Settings) -> Server:
    data = settings.data.get("server", {})
    resources = data.get("resources", {})
    project = data.get("project", "gateway")
    has_database = "database" in settings.data
    image = DATABASE_LITELLM_IMAGE if has_database else LITELLM_IMAGE
    return Server(
        bind=data.get("bind", "127.0.0.1"),
        port=data.get("port", 4000),
        image=data.get("image", image),
        workers=data.get("workers", 1),
        network=data.get("network", project),
        project=project,
        memory=resources.get("memory", "2g"),
        cpus=resources.get("cpus"),
        pids=resources.get("pids", 512),
        stop_grace_period=seconds(data.get("stop_grace_period", "30s")),
        variables=tuple(data.get("variables", ())),
        has_database=has_database,
    )


def find_server_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    """An address that is none, and an image that must not run."""
    data = settings.data.get("server", {})
    try:
        ipaddress.ip_address(data.get("bind", "127.0.0.1"))
    except ValueError:
        yield Diagnostic(
            "GW221",
            "`server.bind` is not an IP address",
            settings.path,
            settings.value_span(("server", "bind")),
            "write `127.0.0.1` for this machine only, `0.0.0.0` for every network it is in",
        )
    versions = re.findall(r"\d+\.\d+\.\d+", data.get("image", ""))
    stolen = next((version for version in versions if version in STOLEN_LITELLM_VERSIONS), None)
    if stolen:
        yield Diagnostic(
            "GW222",
            f"LiteLLM {stolen} carried a credential stealer",
            settings.path,
            settings.value_span(("server", "image")),
            f"remove `image`, or use `{LITELLM_IMAGE}`",
        )
