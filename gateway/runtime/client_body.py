"""A request's body and a call's key: what only the configuration may say goes out of the body."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

# The engines pass an unset variable NAME as `missing-NAME`.
_MISSING = re.compile(r"missing-([A-Za-z_][A-Za-z0-9_]*)")
# What LiteLLM takes from a body and hands to the provider's client: keys, addresses, providers.
# It refuses `api_base` and its like itself.
_NOT_THE_CLIENTS = (
    "api_key", "headers", "custom_llm_provider", "litellm_credential_name", "organization",
    "api_version", "azure_ad_token", "deployment_id", "specific_deployment", "client",
    "litellm_params", "model_info", "model_list",
)  # fmt: skip
_NOT_THE_CLIENTS_HEADERS = (
    "authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "cookie",
    "host",
)


def drop_what_is_not_the_clients(body: MutableMapping[str, Any]) -> None:
    """Takes keys, credentials and provider switches out of a request, and out of its fallbacks."""
    for name in _NOT_THE_CLIENTS:
        body.pop(name, None)
    headers = body.get("extra_headers")
    if isinstance(headers, Mapping):
        body["extra_headers"] = {
            name: value
            for name, value in headers.items()
            if str(name).lower() not in _NOT_THE_CLIENTS_HEADERS
        }
    fallbacks = body.get("fallbacks")
    for fallback in fallbacks if isinstance(fallbacks, list) else ():
        if isinstance(fallback, MutableMapping):
            drop_what_is_not_the_clients(fallback)


def missing_variable(kwargs: Mapping[str, object]) -> str | None:
    """The variable that a call's key or one of its headers should come from and that is not set; None
    where all are there."""
    headers = kwargs.get("extra_headers")
    values = [kwargs.get("api_key"), *(headers.values() if isinstance(headers, Mapping) else ())]
    found = (_MISSING.fullmatch(value) for value in values if isinstance(value, str))
    return next((match[1] for match in found if match), None)
