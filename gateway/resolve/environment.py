"""A fragment in, diagnostics out about `os.environ/NAME` where LiteLLM would not read it as a variable."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.constants import (
    CLIENT_IMAGE_VARIABLE,
    IMAGE_VARIABLE,
    MASTER_KEY,
    PROXY_ENVIRONMENT,
    USER_VARIABLE,
)
from gateway.diagnostics import Diagnostic
from gateway.model import Fragment, Path, Settings
from gateway.resolve.api_keys import names_in_keys
from gateway.resolve.apps import app_keys_in
from gateway.resolve.shared_state import state_names_in

_REFERENCE = re.compile(r"os\.environ/[A-Za-z_][A-Za-z0-9_]*\Z")
# Where a value may be a reference; everywhere else it would be sent as it stands.
_ALLOWED = ("litellm", "headers", "params")
# What a reference to one of these would do: send the gateway's own key to a provider, or replace
# what the proxy's process itself needs.
_RESERVED = {
    MASTER_KEY,
    IMAGE_VARIABLE,
    CLIENT_IMAGE_VARIABLE,
    USER_VARIABLE,
    *PROXY_ENVIRONMENT,
    "PYTHONPATH",
    "HOME",
    "PATH",
}


def find_environment_mistakes(fragment: Fragment) -> Iterator[Diagnostic]:
    if "os.environ" not in fragment.source.text:
        return
    for path, value in _texts(fragment.data, ()):
        if "os.environ" not in value or path[-1] == "description":
            continue
        span = fragment.value_span(path)
        hint: str | None = None
        if not _may_refer(path):
            message = "a reference to a variable cannot stand here"
            if any(isinstance(part, int) for part in path):
                hint = "LiteLLM expands no variable inside a list"
        elif not _REFERENCE.match(value):
            message = "LiteLLM expands a variable only where the whole value is `os.environ/NAME`"
            hint = "put the whole value into the variable"
        elif value.removeprefix("os.environ/") in _RESERVED:
            yield _reserved(value.removeprefix("os.environ/"), fragment, path)
            continue
        else:
            continue
        yield Diagnostic("GW219", message, fragment.path, span, hint)


def find_reserved_variables(settings: Settings) -> Iterator[Diagnostic]:
    """`api_keys`, keys of apps and `state.redis` that name a variable of the gateway's own."""
    for provider, data in settings.data["providers"].items():
        for at, name in names_in_keys(data):
            if name in _RESERVED:
                yield _reserved(name, settings, ("providers", provider, *at))
        secret = data.get("oauth", {}).get("client_secret")
        if secret in _RESERVED:
            yield _reserved(secret, settings, ("providers", provider, "oauth", "client_secret"))
    for path, name in (*app_keys_in(settings.data), *state_names_in(settings.data)):
        if name in _RESERVED:
            yield _reserved(name, settings, path)
    for index, name in enumerate(settings.data.get("server", {}).get("variables", ())):
        if name in _RESERVED:
            yield _reserved(name, settings, ("server", "variables", index))


def _reserved(name: str, fragment: Fragment, path: Path) -> Diagnostic:
    return Diagnostic(
        "GW224",
        f"the variable `{name}` is the gateway's own",
        fragment.path,
        fragment.value_span(path),
        "name a variable of its own for this value",
    )


def _may_refer(path: Path) -> bool:
    if path[0] == "providers":
        is_below = len(path) > 3 and path[2] in ("headers", "litellm_params")
        return (is_below or path[2:] == ("api_base",)) and not _is_in_list(path)
    if path[0] == "upstreams":
        return len(path) > 3 and path[2] == "litellm" and not _is_in_list(path[2:])
    return path[0] in _ALLOWED and not _is_in_list(path)


def _is_in_list(path: Path) -> bool:
    return any(isinstance(part, int) for part in path)


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
