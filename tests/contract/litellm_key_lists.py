"""LiteLLM's types and source in, one set of accepted names per section of its config out."""

# ruff: noqa: PLC0415 -- litellm is imported late, once the environment keeps it off the network

import ast
import inspect
import json
import os
from pathlib import Path
from typing import get_args, get_type_hints

import litellm_source as source
from litellm_key_exclusions import OTHER_APIS

# LiteLLM asks the network for its price list while it is imported, unless told not to.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

# The calls whose named parameters a deployment may preset.
REQUESTS = (
    "completion",
    "text_completion",
    "embedding",
    "image_generation",
    "speech",
    "transcription",
    "rerank",
    "responses",
    "anthropic_messages",
)
PLAIN = (bool, int, float, str, list, dict, type(None))


def find_litellm_params() -> set[str]:
    """What a deployment may hold: router options, connection, request defaults, provider keys."""
    import litellm
    from litellm import constants
    from litellm.types import litellm_params as owned
    from litellm.types import router

    names = {*router.LiteLLM_Params.model_fields, *router.LiteLLMParamsTypedDict.__annotations__}
    names |= set(litellm.all_litellm_params)
    for defaults in (
        constants.OPENAI_CHAT_COMPLETION_PARAMS,
        constants.DEFAULT_CHAT_COMPLETION_PARAM_VALUES,
        constants.DEFAULT_EMBEDDING_PARAM_VALUES,
        constants.OPENAI_TRANSCRIPTION_PARAMS,
        litellm.common_cloud_provider_auth_params["params"],
    ):
        names |= set(defaults)
    for request in REQUESTS:
        names |= set(inspect.signature(getattr(litellm, request)).parameters)
    names |= find_provider_params()
    # LiteLLM itself says which of its arguments carry a call's state.
    names -= {*owned.owned_wire_names(owned.InternalState), *owned.KWARG_ARTIFACTS}
    return {name for name in names if not name.startswith("_")}


def find_provider_params() -> set[str]:
    """What providers' request builders declare, or look up among a deployment's parameters."""
    modules = find_provider_modules()
    names = {argument.arg for argument in source.find_config_arguments(modules)}
    names |= source.find_keys(modules, "litellm_params", "optional_params")
    [main] = source.find_files("main.py")
    return names | source.find_keys_in(source.find_function(main, "completion"), "kwargs")


def find_provider_modules() -> list[Path]:
    return [
        path
        for path in source.find_files("llms/**/*.py")
        if OTHER_APIS.isdisjoint(path.parts) and path.name != "cost_calculator.py"
    ]


def find_model_info() -> set[str]:
    """Fields of the type, the price list's keys, and what router and health checks look up."""
    from litellm.types import router, utils

    names = {*router.ModelInfo.model_fields, *utils.ModelInfo.__annotations__}
    names |= {*utils.ModelInfoBase.__annotations__, *utils.CustomPricingLiteLLMParams.model_fields}
    names |= {key for entry in read_price_list().values() for key in entry}
    modules = source.find_files(
        "router.py",
        "main.py",
        "utils.py",
        "router_utils/**/*.py",
        "router_strategy/**/*.py",
        "litellm_core_utils/**/*.py",
        "proxy/**/*.py",
    )
    return names | source.find_keys(modules, "model_info", follow=True)


def read_price_list() -> dict[str, dict[str, object]]:
    """The price list inside the package: model -> entry."""
    [path] = source.find_files("model_prices_and_context_window_backup.json")
    prices: dict[str, dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    del prices["sample_spec"]  # prose in the place of values
    return prices


def find_litellm_settings() -> set[str]:
    """What load_config treats by name, and the plain attributes of `litellm` that somebody reads."""
    import litellm

    # An upper-case name is a constant: modules copied it when they were imported.
    candidates = {
        name
        for name, value in vars(litellm).items()
        if isinstance(value, PLAIN) and not name.startswith("_") and name.islower()
    }
    modules = source.find_files("**/*.py")
    modules += source.find_files("**/*.py", package="litellm_enterprise")
    names = source.find_module_reads(modules, "litellm", candidates)
    names |= source.find_optional_reads(modules, "litellm")
    [server] = source.find_files("proxy/proxy_server.py")
    names |= source.find_compared(source.find_function(server, "load_config"), "key")
    proxy = source.find_files("proxy/**/*.py")
    return names | source.find_keys(proxy, "litellm_settings")


def find_router_settings() -> set[str]:
    import litellm
    from litellm.constants import ROUTER_SETTINGS_MANAGED_OUTSIDE_CONFIG

    managed: frozenset[str] = ROUTER_SETTINGS_MANAGED_OUTSIDE_CONFIG
    return {str(name) for name in litellm.Router.get_valid_args()} - managed


def find_general_settings() -> set[str]:
    """Fields of the type, which is incomplete, and what the proxy looks up."""
    from litellm.proxy._types import ConfigGeneralSettings

    modules = source.find_files("proxy/**/*.py")
    modules += source.find_files("**/*.py", package="litellm_enterprise")
    owners = (
        "general_settings",
        "_general_settings",
        "general_settings_view",
        "proxy_general_settings",
        "resolved_general_settings",
        "typed_general_settings",
    )
    [parsing] = source.find_files("proxy/common_utils/http_parsing_utils.py")
    names = {*ConfigGeneralSettings.model_fields, *source.find_keys(modules, *owners)}
    names |= source.find_keys([parsing], "settings")
    return names | {source.find_owner(field.target) for field in find_validated_general_settings()}


def find_validated_general_settings() -> list[ast.AnnAssign]:
    modules = source.find_files("proxy/**/*.py")
    fields = source.find_validated_fields(modules, "general_settings")
    return [field for field in fields if source.find_owner(field.target) != "model_config"]


def find_providers() -> set[str]:
    """LiteLLM's own providers and those that it declares in JSON."""
    import litellm
    from litellm.llms.openai_like.json_loader import JSONProviderRegistry

    own = {str(getattr(provider, "value", provider)) for provider in litellm.provider_list}
    return own | set(JSONProviderRegistry.list_providers())


def find_routing_strategies() -> set[str]:
    from litellm.router_utils.routing_groups import VALID_ROUTING_STRATEGIES

    return set(VALID_ROUTING_STRATEGIES)


def find_modes() -> set[str]:
    """The type's modes, the price list's, and those that a health check can probe."""
    from litellm.types.utils import ModelInfoBase

    [helpers] = source.find_files("litellm_core_utils/health_check_helpers.py")
    probes = source.find_function(helpers, "get_mode_handlers")
    modes = {
        mode
        for node in ast.walk(probes)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict)
        for mode in map(source.read_text_constant, node.value.keys)
        if mode
    }
    modes |= {str(entry["mode"]) for entry in read_price_list().values() if "mode" in entry}
    return modes | set(get_args(get_type_hints(ModelInfoBase)["mode"]))


def find_callbacks() -> set[str]:
    """What `litellm_settings.callbacks` knows by name; any other name is taken for a module."""
    import litellm

    [loader] = source.find_files("proxy/common_utils/callback_utils.py")
    body = source.find_function(loader, "initialize_callbacks_on_proxy")
    known = set(litellm._known_custom_logger_compatible_callbacks)
    return known | source.find_compared(body, "callback")


def find_log_callbacks() -> set[str]:
    """What `success_callback` and `failure_callback` know: those, and what the logging compares with."""
    [logging] = source.find_files("litellm_core_utils/litellm_logging.py")
    named = source.find_compared(source.parse(logging), "callback")
    return find_callbacks() | {name for name in named if not name.endswith("_")}


LISTS = {
    "litellm_params": find_litellm_params,
    "model_info": find_model_info,
    "litellm_settings": find_litellm_settings,
    "router_settings": find_router_settings,
    "general_settings": find_general_settings,
    "providers": find_providers,
    "routing_strategies": find_routing_strategies,
    "modes": find_modes,
    "callbacks": find_callbacks,
    "log_callbacks": find_log_callbacks,
}
