"""What runs in each worker before it listens: the door is hung, LiteLLM is warmed."""

from __future__ import annotations

import asyncio
import logging
import time

from .door import Door
from .warm_up import warm_up

log = logging.getLogger("gateway")
_AT_MOST = 30.0


async def start() -> None:
    """The value of `LITELLM_WORKER_STARTUP_HOOKS`; a failure here must not stop the gateway."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(_AT_MOST):
            await warm_up()
    except Exception as error:  # noqa: BLE001 - cold is slower, not broken
        log.warning("gateway: warm-up failed with %s", type(error).__name__)
    log.info("gateway: warm after %.1f s", time.monotonic() - began)
    _hang_the_door()


def _hang_the_door() -> None:
    from litellm.proxy.proxy_server import app

    stack = app.middleware_stack
    if stack is not None and not isinstance(stack, Door):
        # Starlette refuses add_middleware once it runs, and our first chance is its start-up.
        app.middleware_stack = Door(stack)
