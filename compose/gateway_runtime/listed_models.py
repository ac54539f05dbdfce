"""LiteLLM's list of models in, the names that this gateway knows out.

LiteLLM 1.106.2 lists for a pattern every model of that provider that it has ever heard of (847 for
`openai/*`), allowed or not, and none that is newer.
"""

from __future__ import annotations

from collections.abc import Collection

from .abandoned import Scope, Send
from .app_answers import OwnModels
from .app_endpoints import Kind, endpoint_of


def known_alone(names: Collection[str], scope: Scope, send: Send) -> Send:
    """Where the request asks for a list of models: what sends it on with `names` alone."""
    endpoint = endpoint_of(scope["method"], scope["path"])
    if scope["method"] != "GET" or endpoint is None or endpoint.kind is not Kind.LISTED:
        return send
    return OwnModels(send, lambda name: name in names, tells_all=True).send
