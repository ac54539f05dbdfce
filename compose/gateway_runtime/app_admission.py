"""One request of an app from the door to its charge: what the hooks of LiteLLM learn of it, by context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx
import litellm
from litellm.proxy._types import ProxyException

from .app_limits import Ticket
from .app_store import Hold
from .apps import App, Apps
from .deployments import rendered_in


@dataclass(slots=True)
class Admission:
    """`used` is what the answer cost in the hold's unit; None while nobody has said it. `has_begun`:
    an upstream answers; it will want to be paid for that much, whatever becomes of it. `is_denied`:
    what the request came to is a model that the app may not use."""

    app: App
    apps: Apps
    ticket: Ticket | None = None
    hold: Hold | None = None
    used: float | None = None
    has_begun: bool = False
    has_failed: bool = False
    is_denied: bool = False

    @property
    def is_free(self) -> bool:
        """Whether nobody answered, so that nothing is charged."""
        return self.has_failed and not self.has_begun

    def may_ask(self, model: object) -> bool:
        """Whether the app may have the model behind a name, once routes have chosen it."""
        return self.apps.model_for(self.app, model) is not None

    def may_be_answered_by(self, call: Mapping[str, Any]) -> bool:
        """Whether the deployment of a call is one that a chain of the app's models leads to."""
        return rendered_in(call.get("model_info")).get("model") in self.app.answering

    def note_usage(self, event: Mapping[str, Any]) -> None:
        """From LiteLLM's record of an answer: tokens for the limits, and what the budget counts.

        A record without either (of a streamed `/v1/completions`) leaves it at what was held.
        """
        payload = event.get("standard_logging_object") or {}
        tokens = int(payload.get("total_tokens") or 0)
        cost = float(payload.get("response_cost") or 0)
        if tokens and self.ticket is not None:
            self.ticket.tokens = tokens
        if self.hold is not None and self.hold.unit != "requests":
            told = cost if self.hold.unit == "usd" else float(tokens)
            self.used = (self.used or 0.0) + (told if tokens or cost else self.hold.amount)


def not_its_model(app: App) -> str:
    """The sentence, without the model: which others there are is nobody's business."""
    return f"the app `{app.name}` may not use this model: ask for one that /v1/models lists"


# One per request, shared by the tasks that LiteLLM makes of it; None for the master key's.
admission: ContextVar[Admission | None] = ContextVar("gateway_admission", default=None)


def refuse_model(body: object) -> None:
    """After routes have chosen: raises where the app may not have the model that the body names now."""
    entry = admission.get()
    asked = body.get("model") if isinstance(body, Mapping) else None
    if entry is not None and not entry.may_ask(asked):
        entry.is_denied = True
        message = not_its_model(entry.app)
        raise ProxyException(message=message, type="permission_error", param=None, code=403)


def refuse_pattern(model: str, deployments: Sequence[Any]) -> None:
    """At each choice of a deployment, `model` being the name that it is chosen for: raises where a
    pattern would serve one that the app may not ask for. A chain names models, never a pattern."""
    entry = admission.get()
    is_patterns = any("*" in str(each.get("model_name")) for each in deployments)
    if entry is not None and is_patterns and not entry.may_ask(model):
        raise _denied(entry, model, "openai")


def refuse_deployment(call: Mapping[str, Any]) -> None:
    """The last lock, whatever led here: raises where no chain of the app's models has the deployment."""
    entry = admission.get()
    if entry is not None and not entry.may_be_answered_by(call):
        provider = str(call.get("custom_llm_provider") or "openai")
        raise _denied(entry, str(call.get("model")), provider)


def _denied(entry: Admission, model: str, provider: str) -> litellm.PermissionDeniedError:
    entry.is_denied = True
    request = httpx.Request("POST", "https://gateway.invalid")
    return litellm.PermissionDeniedError(
        message=not_its_model(entry.app),
        llm_provider=provider,
        model=model,
        response=httpx.Response(403, request=request),
    )


def tell_usage(event: Mapping[str, Any]) -> None:
    """LiteLLM's record of an answer, for whoever asked."""
    entry = admission.get()
    if entry is not None:
        entry.note_usage(event)


def tell_beginning() -> None:
    """An upstream's answer is there, or begins."""
    entry = admission.get()
    if entry is not None:
        entry.has_begun = True


def tell_failure() -> None:
    """The request gets an error."""
    entry = admission.get()
    if entry is not None:
        entry.has_failed = True
