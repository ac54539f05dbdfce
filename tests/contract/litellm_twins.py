"""What a LiteLLM user would have written by mistake: for each case of tests/fragments/err its twin.

A twin is `BASE`, a sound litellm_config.yaml, with one text replaced; the addresses are loopback's.
"""

from __future__ import annotations

from dataclasses import dataclass

BASE = """\
model_list:
  - model_name: qwen
    litellm_params:
      model: openai/qwen3.5-35b-a3b
      api_base: http://127.0.0.1:9/v1
      api_key: none
      timeout: 600
  - model_name: glm
    litellm_params:
      model: openai/zai-org/glm-5
      api_base: http://127.0.0.1:8/v1
      api_key: os.environ/NANOGPT_API_KEY
router_settings:
  fallbacks: [{qwen: [glm]}]
litellm_settings:
  drop_params: true
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  disable_model_info_refresh: true
"""

_QWEN = "      api_key: none\n"
_TIMEOUT = "      timeout: 600\n"
_GLM_MODEL = "model: openai/zai-org/glm-5\n"
_GLM_KEY = "api_key: os.environ/NANOGPT_API_KEY\n"
_GLM = BASE[BASE.index("    litellm_params:\n      " + _GLM_MODEL) : BASE.index("router_settings:")]
_FALLBACKS = "  fallbacks: [{qwen: [glm]}]\n"


@dataclass(frozen=True, slots=True)
class Twin:
    """`models`: how many a proxy with this configuration should list, the mistake set aside."""

    config: str
    models: int = 2


def _instead(old: str, new: str, *, models: int = 2) -> Twin:
    assert BASE.count(old) == 1, old
    return Twin(BASE.replace(old, new), models)


def _after(line: str, more: str, *, models: int = 2) -> Twin:
    return _instead(line, line + more, models=models)


def _qwen(more: str) -> Twin:
    """One more line in the `litellm_params` of the first model."""
    return _after(_QWEN, f"      {more}\n")


def _router(more: str) -> Twin:
    return _after(_FALLBACKS, f"  {more}\n")


def _settings(more: str) -> Twin:
    return _after("  drop_params: true\n", f"  {more}\n")


def _general(more: str) -> Twin:
    return _after("  disable_model_info_refresh: true\n", f"  {more}\n")


def _info(first: str, second: str = "") -> str:
    """BASE with a line of `model_info` for each model."""
    text = BASE.replace(_TIMEOUT, f"{_TIMEOUT}    model_info: {{{first}}}\n")
    return text.replace(_GLM_KEY, f"{_GLM_KEY}    model_info: {{{second}}}\n") if second else text


_CREDENTIAL = """\
credential_list:
  - credential_name: home
    credential_values: {api_key: none, api_base: "http://127.0.0.1:9/v1"}
    credential_info: {}
"""
_EMBEDDER = """\
  - model_name: embedder
    litellm_params: {model: openai/e, api_base: "http://127.0.0.1:7/v1", api_key: none}
    model_info: {mode: embedding}
"""
_SMALL = """\
  - model_name: small
    litellm_params: {model: openai/small, api_base: "http://127.0.0.1:7/v1", api_key: none}
    model_info: {max_input_tokens: 8192, max_output_tokens: 4096, supports_vision: false}
"""
_AGAIN = """\
  - model_name: qwen-creative
    litellm_params:
      {model: openai/qwen3.5-35b-a3b, api_base: "http://127.0.0.1:9/v1", api_key: none}
"""

_TWO_OF_QWEN = BASE.replace("model_name: glm", "model_name: qwen")

TWINS: dict[str, Twin] = {
    "v1_01_missing_model": _instead("      " + _GLM_MODEL, ""),
    "v1_02_bad_routing_strategy": _after(_FALLBACKS, "  routing_strategy: nope\n"),
    "v1_03_api_bsae": _instead("api_base: http://127.0.0.1:8", "api_bsae: http://127.0.0.1:8"),
    "v1_04_fallback_to_unknown_model": _instead("[glm]", "[glm, glm5, nothing-like-it]"),
    "v1_05_unknown_fallback_source": _instead("{qwen: [glm]}", "{qwne: [glm]}"),
    "v1_06_drop_param": _instead("drop_params: true", "drop_param: true"),
    "v1_07_mastr_key": _instead("  master_key", "  mastr_key"),
    "v1_08_router_setings": _instead("router_settings:", "router_setings:"),
    "v1_09_duplicate_model": _instead("model_name: glm", "model_name: qwen"),
    "v1_10_provider_less_model": _instead("openai/qwen3.5-35b-a3b", "qwen3.5-35b-a3b"),
    "v1_11_unset_variable": _instead("os.environ/NANOGPT_API_KEY", "os.environ/NANOGTP_API_KEY"),
    "v1_12_fallback_cycle": _instead("[{qwen: [glm]}]", "[{qwen: [glm]}, {glm: [qwen]}]"),
    "v1_13_num_retires": _after(_FALLBACKS, "  num_retires: 2\n"),
    "v1_14_rpm_many": _qwen("rpm: many"),
    "bad_indent": _instead(
        "    litellm_params:\n      " + _GLM_MODEL, "     litellm_params:\n      x: y\n"
    ),
    "merge_conflict": _after("      api_key: none\n", "<<<<<<< HEAD\n=======\n>>>>>>> cloud\n"),
    "shell_variable_in_a_list": _instead("[{qwen: [glm]}]", "[{qwen: [${GLM}]}]"),
    "bad_mode": Twin(_info("mode: chatt")),
    "bad_variable_name": _instead("os.environ/NANOGPT_API_KEY", "os.environ/NANOGPT-API-KEY"),
    "colon_in_text": _after(_TIMEOUT, "    model_info:\n      description: Qwen: at home\n"),
    "credentials_in_address": _instead("http://127.0.0.1:9", "http://me:hunter2@127.0.0.1:9"),
    "duplicate_key": _qwen("api_base: http://127.0.0.1:8/v1"),
    "duration_without_unit": _instead("timeout: 600", "timeout: 10m"),
    "empty_settings": Twin("# nothing yet\n", 0),
    "empty_upstreams": _instead(_GLM, "    litellm_params: {}\n"),
    "errors_in_several_files": Twin(
        BASE.replace("timeout: 600", "timeout: fast")
        .replace("{qwen: [glm]}", "{qwen: [glm, gone]}")
        .replace("drop_params", "drop_param")
    ),
    "fallback_to_itself": _instead("{qwen: [glm]}", "{qwen: [qwen]}"),
    "fallbacks_as_text": _instead("{qwen: [glm]}", "{qwen: glm}"),
    "header_name_with_space": _qwen("extra_headers: {X Title: my app}"),
    "header_with_line_break": _qwen('extra_headers: {X-Title: "my\\nX-Admin: yes"}'),
    "infinite_number": _qwen("extra_body: {scale: .inf}"),
    "key_not_text": _qwen("{a: b}: c"),
    "master_key_for_a_provider": _instead("NANOGPT_API_KEY", "LITELLM_MASTER_KEY"),
    "missing_capability": Twin(_info("supports_vision: true", "supports_vision: false")),
    "missing_settings_keys": Twin(BASE[BASE.index("litellm_settings:") :]),
    "mode_mismatch": Twin(
        BASE.replace("router_settings:", _EMBEDDER + "router_settings:").replace(
            "[glm]", "[embedder]"
        ),
        3,
    ),
    "name_taken_by_alias": _after(_FALLBACKS, "  model_group_alias: {qwen: glm}\n", models=3),
    "no_api_base": _instead("      api_base: http://127.0.0.1:8/v1\n", ""),
    "null_value": _instead("api_base: http://127.0.0.1:8/v1", "api_base:"),
    "number_as_name": _instead("model_name: glm", "model_name: 5"),
    "odd_line_break": Twin(_info('description: "Qwen\u2028at home"')),
    "price_below_zero": Twin(_info("input_cost_per_token: -1")),
    "raw_callback_unknown": _after("  drop_params: true\n", "  success_callback: [langsmth]\n"),
    "raw_key_misspelt": _qwen("stream_timout: 30"),
    "reference_in_a_list": _qwen("stop: [os.environ/STOP]"),
    "reference_in_api_keys": _instead("os.environ/NANOGPT_API_KEY", "NANOGPT_API_KEY"),
    "same_item_twice": _instead("[glm]", "[glm, glm]"),
    "second_document": Twin(BASE + "---\nmodel_list: []\n"),
    "secret_as_fallback": _instead("[glm]", "[sk-or-v1-c4narychars0123456789abcdef]"),
    "secret_as_key": _qwen("sk-or-v1-c4narychars0123456789abcdef: x"),
    "secret_behind_an_escape": _qwen(
        'extra_headers: {X-Office: "sk-or-v1-c4narych\\x61rs0123456789abcdef"}'
    ),
    "secret_in_api_keys": _instead("os.environ/NANOGPT_API_KEY", "sk-nano-c4narychars-0123456789"),
    "secret_in_comment": _qwen("# old key: sk-or-v1-c4narychars0123456789abcdef"),
    "secret_in_header": _qwen("extra_headers: {Authorization: Bearer c4narychars0123456789}"),
    "secret_under_unknown_key": _instead(_GLM_KEY, "apikey: hunter2\n"),
    "secret_without_a_shape_in_api_keys": _instead(
        "os.environ/NANOGPT_API_KEY", "c4narychars0123456789abcdef"
    ),
    "several_keys_unknown": _after(
        _TIMEOUT, "    rpm: 10\n    temperature: 0.6\n    quantum: true\n"
    ),
    "smaller_context": Twin(
        _info("max_input_tokens: 262144", "max_input_tokens: 131072").replace(
            _FALLBACKS, _FALLBACKS + "  context_window_fallbacks: [{qwen: [glm]}]\n"
        )
    ),
    "tab_indent": _instead(_TIMEOUT, "\ttimeout: 600\n"),
    "top_level_list": Twin("- model_name: qwen\n- model_name: glm\n"),
    "unclosed_bracket": _instead("[{qwen: [glm]}]", "[{qwen: [glm]}"),
    "unclosed_quote": _instead("http://127.0.0.1:9/v1", '"http://127.0.0.1:9/v1'),
    "unknown_key": _instead("fallbacks:", "fallback:"),
    "unknown_key_in_timeouts": _instead("timeout: 600", "timout: 600"),
    "unknown_prefix": _instead("openai/zai-org", "opnai/zai-org"),
    "unknown_provider": Twin(
        _CREDENTIAL
        + BASE.replace("      api_base: http://127.0.0.1:9/v1\n", "").replace(
            "api_key: none", "litellm_credential_name: hmoe"
        )
    ),
    "unknown_provider_in_upstreams": Twin(
        _CREDENTIAL
        + BASE.replace("model_name: glm", "model_name: qwen")
        .replace("      api_base: http://127.0.0.1:8/v1\n", "")
        .replace(_GLM_KEY, "litellm_credential_name: openrouter\n")
    ),
    "unused_provider": Twin(_CREDENTIAL + BASE),
    "wildcard_name": _after(_FALLBACKS, '  model_group_alias: {"qwen-*": qwen}\n', models=3),
    "zero_duration": _instead("timeout: 600", "timeout: 0"),
    "address_of_a_request": _instead("127.0.0.1:8/v1", "127.0.0.1:8/v1/chat/completions"),
    "address_without_its_scheme": _instead("http://127.0.0.1:8/v1", "127.0.0.1:8"),
    "bad_addresses": _instead("http://127.0.0.1:8/v1", "http://127.0.0.1:99999/v1"),
    "lacks_a_capability_it_denies": Twin(
        _info("supports_function_calling: true", "supports_function_calling: false")
    ),
    "model_with_a_variable": _instead("openai/qwen3.5-35b-a3b", "openai/${QWEN}"),
    "no_word_about_keys": _instead("      " + _GLM_KEY, ""),
    "numbers_as_people_write_them": Twin(_info("max_input_tokens: 128k")),
    "one_id_in_two_modes": Twin(
        _info("mode: chat", "mode: responses").replace(
            "openai/qwen3.5-35b-a3b", "openai/zai-org/glm-5"
        )
    ),
    "param_of_another_server": _qwen("temprature: 0.6"),
    "prefix_twice": _instead("openai/qwen3.5-35b-a3b", "anthropic/anthropic/claude-sonnet-4-5"),
    "reference_behind_bearer": _qwen('extra_headers: {Authorization: "Bearer os.environ/KEY"}'),
    "same_upstream_twice": Twin(
        _TWO_OF_QWEN.replace("openai/zai-org/glm-5", "openai/qwen3.5-35b-a3b").replace(
            "127.0.0.1:8/v1", "127.0.0.1:9/v1"
        )
    ),
    "include_of_another_file": Twin(f"include: [more.yaml]\n{BASE}"),
    "numbers_that_are_none": _qwen("weight: heavy\n      extra_headers: [X-Team]"),
    "raw_cache_params": _settings(
        'cache: true\n  cache_params: {type: radis, hots: localhost, ttl: "600"}'
    ),
    "raw_callback_as_text": _settings("success_callback: langfuse"),
    "raw_check_unknown": _router("optional_pre_call_checks: [prompt_caching, session_afinity]"),
    "raw_credential_name": _qwen("litellm_credential_name: hmoe"),
    "raw_duration_unreadable": _qwen("max_budget: 10\n      budget_duration: yearly"),
    "raw_flag_as_text": _general('background_health_checks: "yes"\n  disable_spend_logs: "true"'),
    "raw_header_that_is_no_text": _qwen("default_headers: {X-Team: 5}"),
    "raw_key_missing_inside": _router(
        "routing_groups: [{group_name: fast, models: [qwen]}]",
    ),
    "raw_key_of_model_info": _qwen("max_input_tokens: 32768\n      supports_vision: true"),
    "raw_master_key": Twin(
        BASE.replace("master_key: os.environ/LITELLM_MASTER_KEY", "master_key: 1234")
    ),
    "raw_number_as_text": _router('default_max_parallel_requests: "20"'),
    "raw_number_out_of_range": _router(
        "cooldown_time: 0\n  allowed_fails: -1\n  stream_timeout: -5"
    ),
    "raw_param_of_the_wrong_kind": _qwen(
        'additional_drop_params: top_k\n      num_ctx: "8192"\n      max_file_size_mb: large'
    ),
    "raw_policy_key_unknown": _router(
        "retry_policy: {TimeoutErrorRetry: 1, APIConnectionError: 1}"
    ),
    "raw_setting_in_the_wrong_section": _settings(
        "routing_strategy: least-busy\n  health_check_interval: 60"
    ),
    "raw_strategy_that_routes_nothing": _router("routing_strategy: provider-budget-routing"),
    "key_named_twice": _after(_GLM, f"  - model_name: glm\n{_GLM}"),
    "weight_on_some_upstreams": Twin(_TWO_OF_QWEN.replace(_QWEN, f"{_QWEN}      weight: 3\n")),
    # What is allowed and yet a mistake.
    "chain_that_comes_back": Twin(
        BASE.replace("router_settings:", _AGAIN + "router_settings:").replace(
            "[{qwen: [glm]}]", "[{qwen: [glm]}, {glm: [qwen-creative]}]"
        ),
        3,
    ),
    "checks_switched_off": Twin(
        _info("max_input_tokens: 32768", "max_input_tokens: 131072").replace(
            _FALLBACKS,
            _FALLBACKS
            + "  context_window_fallbacks: [{qwen: [glm]}]\n  enable_pre_call_checks: false\n"
            + "  disable_cooldowns: true\n  cooldown_time: 60\n",
        )
    ),
    "context_lost_behind_a_silent_fallback": Twin(
        _info("max_input_tokens: 131072")
        .replace("router_settings:", _SMALL + "router_settings:")
        .replace("[{qwen: [glm]}]", "[{qwen: [glm]}, {glm: [small]}]"),
        3,
    ),
    "fallback_to_the_same_upstream": Twin(
        BASE.replace("router_settings:", _AGAIN + "router_settings:").replace(
            "[glm]", "[qwen-creative]"
        ),
        3,
    ),
    "fallback_with_a_shorter_answer": Twin(
        _info("max_output_tokens: 32000", "max_output_tokens: 8192")
    ),
    "header_in_two_spellings": _qwen("extra_headers: {X-Title: my app, x-title: my other app}"),
    "header_instead_of_the_key": _after(
        "      " + _GLM_KEY, "      extra_headers: {Authorization: os.environ/NANOGPT_LOGIN}\n"
    ),
    "losses_two_fallbacks_down": Twin(
        _info("supports_vision: true, max_output_tokens: 16384")
        .replace("router_settings:", _SMALL + "router_settings:")
        .replace("[{qwen: [glm]}]", "[{qwen: [glm]}, {glm: [small]}]"),
        3,
    ),
    "max_tokens_above_the_answer": Twin(
        _info("max_output_tokens: 8192").replace(_QWEN, f"{_QWEN}      max_tokens: 32768\n")
    ),
    "names_that_only_case_tells_apart": _instead("model_name: glm", "model_name: QWEN"),
    "param_that_is_dropped": _qwen("top_k: 20\n      additional_drop_params: [top_k]"),
    "params_of_a_chat_for_an_embedding": Twin(
        BASE.replace(
            "router_settings:",
            _EMBEDDER.replace("api_key: none", "api_key: none, temperature: 0.6")
            + "router_settings:",
        ),
        3,
    ),
    "plain_http_to_the_internet": _instead("http://127.0.0.1:8/v1", "http://nano-gpt.com/api/v1"),
    "price_a_million_times_too_high": Twin(_info("input_cost_per_token: 0.3")),
    "price_of_one_token": Twin(_info("input_cost_per_token: 3.0e-13")),
    "prices_of_two_units": Twin(
        _info("input_cost_per_token: 3.0e-6, output_cost_per_token: 1.5e-8")
    ),
    "providers_that_only_case_tells_apart": Twin(
        _CREDENTIAL + _CREDENTIAL.replace("credential_list:\n", "").replace("home", "Home") + BASE
    ),
    "rates_exchanged": _qwen("rpm: 200000\n      tpm: 60"),
    "router_settings_that_are_not_read": _after(_FALLBACKS, "  timeout: 30\n"),
    "same_upstream_by_another_provider": Twin(
        _TWO_OF_QWEN.replace("openai/zai-org/glm-5", "hosted_vllm/qwen3.5-35b-a3b").replace(
            "127.0.0.1:8/v1", "127.0.0.1:9/v1/"
        )
    ),
    "tailnet_by_name": _instead("http://127.0.0.1:8/v1", "http://azerty.tail1234.ts.net:8080/v1"),
    "tailnet_without_a_fallback": _instead("http://127.0.0.1:8/v1", "http://100.74.43.85:8080/v1"),
    "thinking_that_is_lost": _qwen("thinking: {type: enabled, budget_tokens: 4096}"),
    "thinking_without_room": _qwen(
        "max_tokens: 4096\n      thinking: {type: enabled, budget_tokens: 4096}"
    ),
    "two_bounds_for_one_answer": _qwen("max_tokens: 4096\n      max_completion_tokens: 8192"),
    "weights_alone_in_their_order": Twin(
        _TWO_OF_QWEN.replace(_QWEN, f"{_QWEN}      weight: 3\n      order: 1\n").replace(
            "      " + _GLM_KEY, f"      {_GLM_KEY}      weight: 1\n      order: 2\n"
        )
    ),
    "weights_that_the_strategy_does_not_read": Twin(
        _TWO_OF_QWEN.replace(_QWEN, f"{_QWEN}      weight: 3\n")
        .replace("      " + _GLM_KEY, f"      {_GLM_KEY}      weight: 1\n")
        .replace("router_settings:\n", "router_settings:\n  routing_strategy: least-busy\n")
    ),
}

_FILE_NAME = "there is one file, and its name means nothing"
_COMMAND_LINE = "address and port are options of its command line, not of its configuration"
_NO_BUDGET = "a chain has no budget there"
_NO_EXCUSES = "it has no findings that a comment could excuse"
_NO_LOGIN = "a login cannot be declared there"
_NO_RULES = "it has no rules whose severity could be set"
NO_TWIN: dict[str, str] = {
    "alias": "it allows YAML aliases",
    "anchor": "it allows YAML anchors",
    "bad_file_name": _FILE_NAME,
    "bind_is_no_address": _COMMAND_LINE,
    "budget_of_nothing": _NO_BUDGET,
    "bind_out_of_range": _COMMAND_LINE,
    "chain_over_budget": _NO_BUDGET,
    "chain_over_shared_budget": _NO_BUDGET,
    "connect_behind_total": "it has one bound for connecting and answering",
    "default_is_reserved": "it has no default model",
    "default_that_does_not_chat": "it has no default model",
    "disabled_fallback": "a model cannot be switched off there",
    "excuse_for_what_cannot_be_excused": _NO_EXCUSES,
    "excuse_not_needed": _NO_EXCUSES,
    "excuse_not_understood": _NO_EXCUSES,
    "excuse_without_a_reason": _NO_EXCUSES,
    "fallback_by_its_file": _FILE_NAME,
    "files_that_are_not_read": "there is one file",
    "first_token_behind_total": "it does not bound the first token",
    "empty_file": "there is one file; an empty one is in the table",
    "limit_above_the_providers": "a provider has no limits there",
    "login_beside_keys": _NO_LOGIN,
    "login_for_a_prefix_that_takes_none": _NO_LOGIN,
    "login_in_plain_words": _NO_LOGIN,
    "login_with_a_literal_secret": _NO_LOGIN,
    "login_without_an_address": _NO_LOGIN,
    "login_without_its_endpoints": _NO_LOGIN,
    "port_70000": _COMMAND_LINE,
    "raw_key_of_ours": "there is no other place where these are set",
    "raw_keys_in_other_places": "there is one place for each of these",
    "said_twice": "there is no second place where these are set",
    "rules_that_cannot_be_set": _NO_RULES,
    "rules_that_raise_and_lower": _NO_RULES,
    "secret_in_a_template": "it has no templates",
    "sections_that_are_not_rendered": "it has no such sections",
    "provider_timeouts_behind_total": "a provider has no timeouts there",
    "answers_between_crossed_bounds": "it does not bound what a request asks for",
    "patterns_that_cannot_be": "it allows and denies no names of a wildcard",
    "names_under_patterns": "it allows and denies no names of a wildcard",
    "keys_without_effect": "it has no such settings of a key",
    "quotas_without_effect": "it has no quotas by the hour or the day",
    "quotas_malformed": "it has no quotas by the hour or the day",
    "numbered_keys_without_a_count": "it has no numbered variables",
    "apps": "without a database it has no keys but the master key",
    "apps_redis": "without a database it has no keys but the master key",
    "apps_as_text": "without a database it has no keys but the master key",
    "claude_code_models": "it has no such section",
    "claude_code_without_effect": "it has no such section",
    "stolen_version": "which release runs is not part of its configuration",
    "tag": "it allows YAML tags",
    "too_deep": "it sets no limit on depth",
    "unsound_names_are_known": "a case about what else is not reported",
    "upstreams_and_provider": "a model has one place for its upstream there",
    "wildcard_file_name": _FILE_NAME,
    "yes_is_text": "it reads YAML 1.1, in which `yes` is true",
}
"""Cases without a twin: why LiteLLM has no such mistake."""
