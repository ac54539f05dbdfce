"""`oauth:` of each provider in, diagnostics out about logins that could not work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.diagnostics import Diagnostic, Related
from gateway.model import Path, Settings
from gateway.resolve.oauth import ENDPOINTS, flow_of
from gateway.resolve.providers import NEEDS_NO_KEY_FIELD

# LiteLLM has a login of its own for these and takes no key of ours (seen in 1.106.2).
_LOGS_IN_ITSELF = frozenset(["chatgpt", "github_copilot"])


def find_oauth_mistakes(settings: Settings) -> Iterator[Diagnostic]:
    """Two ways to be known at once, no address for the token, endpoints that nobody names, prefixes
    that take no token."""
    for name, data in settings.data["providers"].items():
        if "oauth" in data:
            yield from _find_in(settings, name, data)


def _find_in(settings: Settings, name: str, data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    at: Path = ("providers", name)
    path, here = settings.path, settings.key_span((*at, "oauth"))
    if data.get("api_keys"):
        keys = Related(path, settings.key_span((*at, "api_keys")), "the keys are here")
        message = f"provider `{name}` has both `oauth` and `api_keys`"
        hint = "keep one: the token takes the place of a key"
        yield Diagnostic("GW290", message, path, here, hint, related=(keys,))
    if "api_base" not in data:
        message = (
            f"provider `{name}` has `oauth` and no `api_base`: no token goes to an unknown address"
        )
        yield Diagnostic("GW291", message, path, here, "add `api_base: https…`")
    missing = _missing(data["oauth"])
    if missing:
        message = f"`oauth` of provider `{name}` says nothing of its {' and '.join(missing)}"
        hint = "add `issuer`, whose own description names them, or the endpoints"
        yield Diagnostic("GW292", message, path, here, hint)
    if data["litellm"] in _LOGS_IN_ITSELF | NEEDS_NO_KEY_FIELD:
        why = (
            "logs in by itself" if data["litellm"] in _LOGS_IN_ITSELF else "takes no token as a key"
        )
        message = f"`{data['litellm']}` {why}: `oauth` of provider `{name}` would do nothing"
        yield Diagnostic("GW293", message, path, here, "remove `oauth`")


def _missing(oauth: Mapping[str, Any]) -> list[str]:
    if "issuer" in oauth:
        return []
    needed = (ENDPOINTS[flow_of(oauth)], "token_endpoint")
    return [f"`{endpoint}`" for endpoint in needed if endpoint not in oauth]
