"""Every value that our check accepts goes into LiteLLM's own class; what that refuses is printed.

Run by test_litellm_values.py in a process of its own, for LiteLLM takes seconds to import:
python tests/contract/try_values.py
"""

# ruff: noqa: PLC0415 -- litellm is imported late, once the environment keeps it off the network

import asyncio
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from litellm_examples import examples_of

from gateway.model import Fragment, SourceFile
from gateway.resolve.litellm_snapshot import schemas
from gateway.resolve.litellm_values import find_value_mistakes

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

# What people write by mistake, next to the examples of each key's own type.
STRANGE: tuple[Any, ...] = (
    True, 0, 1, -1, 0.5, "", "text", "30", "true", "10m", [], ["text"], [1], {}, {"some": 1}, None,
)  # fmt: skip
_BY_SOMEBODY_ELSE = "the router or the proxy takes it apart before the class sees it"
UNTRIED = {
    "litellm_params": {
        "model": "the one key that is always there",
        "organization": _BY_SOMEBODY_ELSE,
        "max_retries": "the gateway's own",
    },
    "router_settings": {
        "redis_url": "the router would connect",
        "plugins": "the router would load a module",
        "routing_groups": "the router looks the models up",
        "routing_strategy_args": "the class depends on the strategy",
        "model_group_alias": "the gateway's own",
        "fallbacks": "the gateway's own",
        "content_policy_fallbacks": "the gateway's own",
        "context_window_fallbacks": "the gateway's own",
        "default_fallbacks": "the gateway's own",
    },
    "general_settings": {
        "database_args": _BY_SOMEBODY_ELSE,
        "mcp_advertised_versions": "the class wants one at least",
        "mcp_allowed_clients": _BY_SOMEBODY_ELSE,
        "plugins": _BY_SOMEBODY_ELSE,
        "spend_capture_rate_check": "the class wants one provider at least",
        "spend_logs_metadata_fields": "the class looks the names up",
        "user_header_mappings": "the class looks the roles up",
    },
    "model_info": {"access_windows": "its texts are times of day"},
}


def makers() -> dict[str, Callable[..., object]]:
    import litellm
    from litellm.proxy._types import ConfigGeneralSettings
    from litellm.types.router import LiteLLM_Params, ModelInfo

    litellm.suppress_debug_info = True
    params = {"model": "openai/a", "api_key": "none", "api_base": "http://127.0.0.1:9"}
    deployment = {"model_name": "a", "litellm_params": params}
    return {
        "litellm_params": lambda **raw: LiteLLM_Params(model="openai/a", **raw),
        "model_info": ModelInfo,
        "general_settings": ConfigGeneralSettings,
        "router_settings": lambda **raw: litellm.Router(model_list=[dict(deployment)], **raw),
    }


async def find_refused() -> list[str]:
    """In an event loop, which some of the router's parts want."""
    return [
        f"{section}: {key}: {json.dumps(value)}: {said}"
        for section, make in makers().items()
        for key, value in accepted_values(section)
        if (said := refusal(make, key, value))
    ]


def accepted_values(section: str) -> Iterator[tuple[str, Any]]:
    nowhere = Fragment("", SourceFile("", ""), {}, {})
    for key, schema in schemas(section).items():
        if not schema or key in UNTRIED[section]:
            continue
        for value in (*examples_of(schema), *STRANGE):
            if not any(find_value_mistakes(nowhere, (key,), value, schema, 0)):
                yield key, value


def refusal(make: Callable[..., object], key: str, value: Any) -> str | None:
    try:
        make(**{key: value})
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return None


def main() -> int:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    refused = asyncio.run(find_refused())
    tried = sum(1 for section in UNTRIED for _ in accepted_values(section))
    sys.stdout.write("".join(f"{line}\n" for line in refused) + f"{tried} values tried\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
