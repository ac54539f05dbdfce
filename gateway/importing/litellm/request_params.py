"""The `litellm_params` that nothing else took in, request parameters and raw ones out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gateway.diagnostics.nearest import nearest
from gateway.importing.ledger import Ledger
from gateway.importing.source import Value
from gateway.resolve.litellm_keys import rendered_by_us
from gateway.resolve.litellm_snapshot import known
from gateway.validate import schema
from gateway.yaml_text import shown

# What refers to something that is not carried over.
_DANGLING = {"guardrails": "the guardrails that it names are not part of a project"}


def read_request_params(
    params: Value, owner: str, ledger: Ledger
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(raw, request parameters). What LiteLLM does not know it sends upstream in the request's body."""
    ours: Collection[str] = schema("model")["properties"]["params"]["properties"]
    accepted, rendered = known("litellm_params"), rendered_by_us("litellm_params")
    raw: dict[str, Any] = {}
    requested: dict[str, Any] = {}
    for key, child in params.items():
        if child.is_taken or key in rendered:
            continue
        if key in _DANGLING:
            child.take()
            ledger.note(child, f"`{child.name}` was not carried over: {_DANGLING[key]}")
            continue
        carried = ledger.carried(child, owner)
        if carried is None:
            continue
        if key == "extra_body" and isinstance(carried, dict):
            requested[key] = {**carried, **requested.get(key, {})}
        elif key in ours:
            requested[key] = carried
        elif key in accepted:
            raw[key] = carried
        else:
            _send_in_body(key, carried, child, requested, ledger)
    return raw, requested


def _send_in_body(
    key: str, carried: Any, at: Value, requested: dict[str, Any], ledger: Ledger
) -> None:
    likely = nearest(key, known("litellm_params"))
    ledger.note(
        at,
        f"LiteLLM knows no `{shown(key)}` and sends it upstream: carried over in `params.extra_body`",
        f"if `{likely}` was meant, remove it there and say that" if likely else None,
    )
    body = requested.setdefault("extra_body", {})
    if isinstance(body, dict):
        body[key] = carried
