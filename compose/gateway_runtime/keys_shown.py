"""An attempt or a deployment in, the keys that it shows to its provider out: by name, never by value.

A key is a provider's `api_key`. What LiteLLM knows of it is the value: two variables with one value
were both shown, unless the deployment says which of a provider's keys it has.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .refused_keys import variables_of
from .rotated_key import KeyId, key_of
from .told_to_apps import provider_of


def keys_shown(api_key: object, model_info: object) -> tuple[KeyId, ...]:
    """Empty where no variable holds the key: there is none, it is not set, or it is a login's token."""
    key = key_of(model_info)
    if key is not None:
        return (key.id,) if key.id.variable and api_key == os.environ.get(key.id.variable) else ()
    deployment = model_info.get("id") if isinstance(model_info, Mapping) else None
    provider = provider_of(deployment) if isinstance(deployment, str) else ""
    if not provider:
        return ()
    return tuple(KeyId(provider, name) for name in variables_of(api_key))


def keys_of(deployment: Mapping[str, Any]) -> tuple[KeyId, ...]:
    """The same of an entry of LiteLLM's model list."""
    params = deployment.get("litellm_params") or {}
    return keys_shown(params.get("api_key"), deployment.get("model_info"))
