"""The key snapshot is what the pinned LiteLLM really accepts: names, types, choices and bounds."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.constants import LITELLM_IMAGE, LITELLM_VERSION

ROOT = Path(__file__).parents[2]
SCRIPT = Path("tests", "contract", "make_litellm_keys.py")
SNAPSHOT: dict[str, Any] = json.loads(
    (ROOT / "gateway/schema/litellm-keys.json").read_text(encoding="utf-8")
)

ACCEPTED = {
    "litellm_params": """
        model api_base api_key timeout stream_timeout num_retries max_retries cooldown_time weight
        order rpm tpm max_parallel_requests use_chat_completions_api drop_params extra_body
        extra_headers temperature top_p top_k max_tokens stop seed thinking reasoning_effort
        web_search_options dimensions additional_drop_params allowed_openai_params
        litellm_credential_name input_cost_per_token aws_region_name vertex_project num_ctx""",
    "model_info": """
        id mode base_model max_input_tokens max_output_tokens input_cost_per_token
        supports_reasoning supports_vision supports_function_calling allowed_fails_policy
        allowed_fails cooldown_time disable_background_health_check health_check_timeout
        access_groups""",
    "litellm_settings": """
        drop_params request_timeout use_chat_completions_url_for_anthropic_messages json_logs
        callbacks success_callback cache cache_params num_retries modify_params
        turn_off_message_logging custom_provider_map""",
    "router_settings": """
        fallbacks context_window_fallbacks content_policy_fallbacks default_fallbacks
        enable_pre_call_checks model_group_alias allowed_fails_policy cooldown_time num_retries
        timeout stream_timeout routing_strategy""",
    "general_settings": """
        master_key disable_model_info_refresh custom_auth database_url enable_health_check_routing
        health_check_interval allowed_ips disable_spend_logs pass_through_endpoints
        database_statement_timeout enforce_fallback_budget moderation_model""",
    "providers": "openai anthropic azure bedrock vertex_ai openrouter hosted_vllm ollama nano-gpt",
    "routing_strategies": "simple-shuffle least-busy latency-based-routing",
    "modes": """
        chat completion embedding image_generation audio_transcription audio_speech rerank
        moderation responses""",
    "callbacks": "langfuse otel prometheus presidio",
    "log_callbacks": "langfuse sentry s3 helicone",
}
REFUSED = {
    "litellm_params": "api_bsae stream_timout foo_bar mode messages metadata url model_info self",
    "model_info": "supports_reasonning max_input_token connect_timeout db_model",
    "litellm_settings": "drop_param request_timout master_key model_list completion os",
    "router_settings": """
        fallback model_list health_check_interval health_check_concurrency max_retries
        alerting_config""",
    "general_settings": "mastr_key drop_params fallbacks",
    "providers": "opnai nanogpt",
    "routing_strategies": "nope provider-budget-routing",
    "modes": "chatt None",
    "callbacks": "langfuze gateway_runtime.instance",
    "log_callbacks": "langfuze dd_",
}


def each_name(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(title, name) for title, names in table.items() for name in names.split()]


def test_snapshot_is_what_the_installed_litellm_accepts() -> None:
    made = subprocess.run(
        [sys.executable, SCRIPT, "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert made.returncode == 0, (
        f"gateway/schema/litellm-keys.json is not what the installed LiteLLM accepts; "
        f"review, then refresh it with `python {SCRIPT.as_posix()}`:\n{made.stdout}{made.stderr}"
    )


def test_one_litellm_version_everywhere() -> None:
    tag = LITELLM_IMAGE.partition("@")[0].rpartition(":")[2]
    assert SNAPSHOT["litellm_version"] == LITELLM_VERSION
    assert importlib.metadata.version("litellm") == LITELLM_VERSION
    assert tag == f"v{LITELLM_VERSION}"


def test_snapshot_lists_are_sorted_names() -> None:
    lists = {title: [*names] for title, names in SNAPSHOT.items() if title != "litellm_version"}
    assert set(lists) == set(ACCEPTED)
    for title, names in lists.items():
        assert names == sorted(set(names)), title
        assert all(isinstance(name, str) and name for name in names), title


@pytest.mark.parametrize(
    ("place", "schema"),
    [
        ("litellm_params.rpm", {"type": ["integer", "null"], "x-text": True}),
        ("router_settings.num_retries", {"type": ["integer", "null"], "minimum": 0}),
        ("router_settings.optional_pre_call_checks.items.enum.0", "deployment_affinity"),
        ("router_settings.retry_policy.additionalProperties", False),
        ("general_settings.responses_websocket_session_limit_seconds.maximum", 7200),
        ("litellm_settings.success_callback.type", ["array", "null"]),
        ("litellm_settings.cache_params.properties.mode.enum", ["default_off", "default_on"]),
        ("model_info.tier.enum", ["free", "paid"]),
    ],
)
def test_says_what_a_key_may_hold(place: str, schema: object) -> None:
    found: Any = SNAPSHOT
    for part in place.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    assert found == schema


@pytest.mark.parametrize(("title", "name"), each_name(ACCEPTED))
def test_accepts(title: str, name: str) -> None:
    assert name in SNAPSHOT[title]


@pytest.mark.parametrize(("title", "name"), each_name(REFUSED))
def test_refuses(title: str, name: str) -> None:
    assert name not in SNAPSHOT[title]
