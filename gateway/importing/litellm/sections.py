"""The settings sections of a LiteLLM configuration in, `gateway.yaml`'s keys out; the rest is noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.constants import MASTER_KEY
from gateway.importing.ledger import ENV_PREFIX, Ledger
from gateway.importing.litellm.routing import FALLBACKS
from gateway.importing.source import Value
from gateway.resolve.litellm_keys import rendered_by_us
from gateway.resolve.litellm_snapshot import known
from gateway.yaml_text import shown

SECTIONS = ("litellm_settings", "router_settings", "general_settings")
_OWN = "the gateway has its own"
_DATABASE = "an import brings no database"
_INSTEAD_OF_IT = (
    "`apps` in gateway.yaml has keys, models and budgets without one; "
    "`database: postgres` renders LiteLLM's virtual keys"
)
_MODULE = "a stack runs no module of one's own"
_COOLS = "the gateway cools an upstream after one failure, where another can answer"
_RETRIES = "the gateway retries where there is another key or upstream"
# Why a setting is not carried over, where more can be said than that the gateway renders it itself.
_REASONS: Mapping[str, str] = {
    "set_verbose": "it prints keys; `gateway logs` shows the log",
    "num_retries": _RETRIES,
    "retry_policy": _RETRIES,
    "model_group_retry_policy": _RETRIES,
    "retry_after": _RETRIES,
    "allowed_fails": _COOLS,
    "allowed_fails_policy": _COOLS,
    "disable_cooldowns": _COOLS,
    "max_fallbacks": "every chain is followed to its end",
    "stream_timeout": "`timeouts.first_token` bounds how long a stream may take to begin",
    "custom_auth": _OWN,
    "master_key": _OWN,
    "json_logs": "the log is in JSON anyway",
    "disable_model_info_refresh": "it is never refreshed",
    "allow_requests_on_db_unavailable": _DATABASE,
    "database_url": _DATABASE,
    "store_model_in_db": _DATABASE,
    "store_prompts_in_spend_logs": _DATABASE,
    "use_redis_transaction_buffer": _DATABASE,
    "proxy_batch_write_at": _DATABASE,
    "disable_spend_logs": _DATABASE,
    "disable_error_logs": _DATABASE,
    **dict.fromkeys(
        (
            *("custom_provider_map", "pre_call_rules", "post_call_rules", "plugins", "custom_sso"),
            *("custom_key_generate", "custom_key_update", "custom_key_policy"),
            *("custom_ui_sso_sign_in_handler", "custom_team_metadata_validate"),
        ),
        _MODULE,
    ),
    "key_management_system": "values come from .env and the environment",
    "key_management_settings": "values come from .env and the environment",
}
_WITHOUT_WORD = {("litellm_settings", "drop_params"): True, ("litellm_settings", "json_logs"): True}
"""Settings that say what the gateway does anyway."""
# What callbacks read from the environment, as far as they do nothing without.
_CALLBACK_VARIABLES = {
    "langfuse": ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"),
    "langfuse_otel": ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"),
    "langsmith": ("LANGSMITH_API_KEY",),
    "helicone": ("HELICONE_API_KEY",),
    "datadog": ("DD_API_KEY", "DD_SITE"),
    "braintrust": ("BRAINTRUST_API_KEY",),
    "lunary": ("LUNARY_PUBLIC_KEY",),
    "slack": ("SLACK_WEBHOOK_URL",),
}
_OF_ROUTING = (*FALLBACKS, "default_fallbacks", "model_group_alias")
_CALLBACKS = ("callbacks", "success_callback", "failure_callback", "service_callback")


@dataclass(slots=True)
class Carried:
    """What the sections become: raw settings by section, `timeouts`, `failover`, further variables."""

    raw: dict[str, dict[str, Any]] = field(default_factory=dict)
    total: float | None = None
    cooldown: float | None = None
    variables: dict[str, None] = field(default_factory=dict)


def read_sections(sections: Mapping[str, Value], ledger: Ledger) -> Carried:
    """Fallbacks and aliases must have been taken before."""
    carried = Carried()
    for name in SECTIONS:
        section = sections.get(name)
        for key, child in section.items() if section is not None else ():
            if child.data is None:
                child.take()
            elif key in _OF_ROUTING:
                continue  # what is not carried of them is found in the end
            elif not child.is_taken:
                _read_setting(name, key, child, carried, ledger)
    _read_environment(sections.get("environment_variables"), carried, ledger)
    return carried


def _read_setting(section: str, key: str, child: Value, carried: Carried, ledger: Ledger) -> None:
    if key == "master_key":
        _read_master_key(child, ledger)
    elif (section, key) in (
        ("litellm_settings", "request_timeout"),
        ("router_settings", "timeout"),
    ):
        carried.total = _seconds(child, ledger) or carried.total
    elif (section, key) == ("router_settings", "cooldown_time"):
        carried.cooldown = _seconds(child, ledger)
    elif (section, key) in _WITHOUT_WORD and child.data is _WITHOUT_WORD[section, key]:
        child.take()
    elif key in rendered_by_us(section) or key in _REASONS or key.startswith("database_"):
        child.take()
        reason = _REASONS.get(key, _DATABASE if key.startswith("database_") else _OWN)
        hint = _INSTEAD_OF_IT if key == "database_url" else None
        ledger.note(child, f"`{child.name}` was not carried over: {reason}", hint)
    elif key in known(section):
        _carry(section, key, child, carried, ledger)
    else:
        child.take()
        ledger.note(child, f"`{child.name}` was not carried over: LiteLLM reads no such setting")


def _carry(section: str, key: str, child: Value, carried: Carried, ledger: Ledger) -> None:
    is_callback = key in _CALLBACKS
    value: Any = _callbacks(child, carried, ledger) if is_callback else _whole(child, key, ledger)
    if value not in (None, [], {}):
        carried.raw.setdefault(section, {})[key] = value
    if key == "alerting" and "slack" in (value if isinstance(value, list) else [value]):
        _need(("SLACK_WEBHOOK_URL",), carried)


def _whole(child: Value, key: str, ledger: Ledger) -> Any:
    """A setting; None where something in it cannot be carried over, for half of it is another one."""
    before = len(ledger.notes)
    value = ledger.carried(child, key.removesuffix("_params"))
    if len(ledger.notes) > before and isinstance(child.data, dict | list):
        ledger.note(child, f"`{child.name}` was not carried over: a part of it could not be")
        return None
    return value


def _callbacks(child: Value, carried: Carried, ledger: Ledger) -> list[str]:
    """LiteLLM's own callbacks, by name. A name with a dot is a Python module beside the configuration."""
    found = []
    for item in child.children() or [child]:
        name = str(item.take())
        if "." in name:
            ledger.note(
                item,
                f"callback `{shown(name)}` was not carried over: {_MODULE}",
            )
            continue
        found.append(name)
        _need(_CALLBACK_VARIABLES.get(name, ()), carried)
    child.take()
    return found


def _need(names: tuple[str, ...], carried: Carried) -> None:
    carried.variables.update(dict.fromkeys(names))


def _seconds(child: Value, ledger: Ledger) -> float | None:
    try:
        seconds = float(child.take())
    except (TypeError, ValueError):
        ledger.note(child, f"`{child.name}` was not carried over: it is no number of seconds")
        return None
    return seconds if seconds > 0 else None


def _read_master_key(child: Value, ledger: Ledger) -> None:
    key = str(child.take())
    if key == f"{ENV_PREFIX}{MASTER_KEY}":
        return
    if key.startswith(ENV_PREFIX):
        ledger.note(
            child,
            f"the master key is in the variable {MASTER_KEY} here",
            f"give it the value of {shown(key.removeprefix(ENV_PREFIX))} in .env, and no client has to change",
        )
    elif len(key) < 8:
        ledger.note(
            child,
            "the master key was not carried over: anybody would guess it; .env has a new one",
            f"give clients the value of {MASTER_KEY}",
        )
    else:
        ledger.keep(MASTER_KEY, key)


def _read_environment(value: Value | None, carried: Carried, ledger: Ledger) -> None:
    """`environment_variables`: what LiteLLM's own process shall have in its environment."""
    for name, child in value.items() if value is not None else ():
        text = child.take()
        if isinstance(text, str) and text.startswith(ENV_PREFIX):
            ledger.note(
                child,
                f"`{child.name}` was not carried over: it takes another variable's value",
                f"write `{shown(name)}=…` into .env, and its name into `server.variables`",
            )
            continue
        variable = ledger.reference(child, name)
        del ledger.variables[variable]
        ledger.keep(variable, text if isinstance(text, str) else str(text))
        carried.variables[variable] = None
