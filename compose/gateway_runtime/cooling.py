"""A failed attempt in, its deployment left alone where LiteLLM would forget to."""

from __future__ import annotations

import logging

from . import key_choice
from .call import Call
from .deployments import router

log = logging.getLogger("gateway")
# Beside 5xx: what `allowed_fails_policy` names in the rendered configuration.
_COOLING = (401, 404, 408, 429)
_TIMEOUT = 408


def leave_alone(call: Call, status: int) -> None:
    """LiteLLM notes only the first failure of a request: a fallback that fails too would be asked,
    and waited for, by every request until then. Measured on 1.106.2."""
    if call.key is not None:
        if not call.is_cut_short or status != _TIMEOUT:
            key_choice.failed(call.key, status, {}, b"")
        return
    if not call.has_alternative or call.is_cut_short or not call.cooldown or not call.deployment:
        return
    if status < 500 and status not in _COOLING:
        return
    try:
        routed = router()
        if routed is not None:
            routed.cooldown_cache.add_deployment_to_cooldown(
                model_id=call.deployment,
                original_exception=RuntimeError(f"answered {status}"),
                exception_status=status,
                cooldown_time=call.cooldown,
            )
    except Exception as error:  # it is asked again, as LiteLLM alone would
        log.warning("gateway: no cooldown: %s", type(error).__name__)
