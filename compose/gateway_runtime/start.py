"""What runs in each worker before it listens: LiteLLM is warmed, the door is hung."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import logging
import time

from .blanking import blank_the_logs
from .callback import instance
from .claude_counting import RoutedCounts
from .door import Door
from .own_log import leave_stacks_out, speak
from .token_counts import estimate_where_nobody_counts
from .transport import watch_other_providers
from .warm_up import warm_up

log = logging.getLogger("gateway")
_AT_MOST = 30.0


async def start() -> None:
    """The value of `LITELLM_WORKER_STARTUP_HOOKS`; a failure here must not stop the gateway.

    LiteLLM awaits it before it loads the configuration, and listens after that: readiness waits.
    """
    speak()
    began = time.monotonic()
    try:
        async with asyncio.timeout(_AT_MOST):
            await warm_up()
        log.info("gateway: warm after %.1f s", time.monotonic() - began)
    except Exception as error:  # cold is slower, not broken
        log.warning("gateway: warm-up failed with %s", type(error).__name__)
    for step in (
        blank_the_logs,
        leave_stacks_out,
        estimate_where_nobody_counts,
        _watch_other_providers,
        _notice_hosts_that_die_in_the_middle,
        _do_without_a_database,
        _keep_advice_back,
        _hang_the_door,
    ):
        try:
            step()
        except Exception as error:  # LiteLLM's own behaviour stays; `authenticate` still refuses
            log.warning("gateway: %s failed with %s", step.__name__, type(error).__name__)
    # LiteLLM's 700,000 objects stay: looking through them would hold up every answer for a quarter second.
    gc.freeze()


def _watch_other_providers() -> None:
    watch_other_providers(instance.reachability)


def _notice_hosts_that_die_in_the_middle() -> None:
    """A model may think for minutes, so silence says nothing; an unanswered TCP probe does.

    LiteLLM has these as environment variables, off by default.
    """
    from litellm.llms.custom_httpx import http_handler  # noqa: PLC0415

    http_handler.AIOHTTP_SO_KEEPALIVE = True
    http_handler.AIOHTTP_TCP_KEEPIDLE = 10
    http_handler.AIOHTTP_TCP_KEEPINTVL = 5
    http_handler.AIOHTTP_TCP_KEEPCNT = 3


def _do_without_a_database() -> None:
    """LiteLLM asks of each refusal whether its database is down, through a package that a plain
    install lacks: a request that it refuses (`api_base` in the body) would end in a 500."""
    from litellm.proxy.db.exception_handler import PrismaDBExceptionHandler  # noqa: PLC0415

    if importlib.util.find_spec("prisma") is None:
        PrismaDBExceptionHandler.is_database_service_unavailable_error = staticmethod(
            lambda error: False  # noqa: ARG005 - LiteLLM's signature
        )


def _keep_advice_back() -> None:
    """What to write into LiteLLM's settings, behind each error: the client has none, the owner others."""
    from litellm import router  # noqa: PLC0415

    router.format_no_fallback_group_message = lambda lookup_groups, fallbacks: ""  # noqa: ARG005


def _hang_the_door() -> None:
    from litellm.proxy.proxy_server import app  # noqa: PLC0415

    stack = app.middleware_stack
    if stack is not None and not isinstance(stack, Door):
        # Starlette refuses add_middleware once it runs, and our first chance is its start-up.
        routes = instance.router.routes if instance.router is not None else None
        listed = routes.names if routes is not None and routes.patterns else None
        app.middleware_stack = Door(RoutedCounts(stack, instance.router), listed)
