"""What the proxy gets in its environment in, the same as text for a host that has no `.env` out."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from enum import StrEnum

from gateway.env_text import assignment
from gateway.model import GatewayError


class ExportFormat(StrEnum):
    DOTENV = "dotenv"
    JSON = "json"
    SHELL = "shell"
    DOCKER = "docker"
    K8S_SECRET = "k8s-secret"  # noqa: S105 - a format's name


def exported(values: Mapping[str, str], format: ExportFormat, name: str) -> str:
    """`name` is the stack's, for formats that want one. Raises GatewayError where a value cannot be written."""
    match format:
        case ExportFormat.DOTENV:
            return "".join(f"{_line(key, value)}\n" for key, value in values.items())
        case ExportFormat.SHELL:
            return "".join(f"export {key}={shlex.quote(value)}\n" for key, value in values.items())
        case (
            ExportFormat.DOCKER
        ):  # `docker run --env-file` takes everything behind the `=` as it stands
            return "".join(f"{key}={value}\n" for key, value in values.items())
        case ExportFormat.K8S_SECRET:
            return _json(
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": name},
                    "type": "Opaque",
                    "stringData": dict(values),
                }
            )
    return _json(dict(values))


def _line(name: str, value: str) -> str:
    line = assignment(name, value)
    if line is None:
        raise GatewayError(
            f"no line of a `.env` can hold the value of `{name}`", "use another format"
        )
    return line


def _json(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
