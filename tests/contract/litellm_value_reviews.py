"""Where an annotation says too little, too much or nothing: per section, reason -> keys and schema.

What stands here was read in LiteLLM's source or measured; a review that changes nothing is an error.
The words of a schema are those of litellm_types.py.
"""

from litellm_review_words import (
    ANY,
    COUNT,
    DURATION,
    HEADERS,
    MAPPING,
    MAYBE,
    TEXT,
    TEXTS,
    Like,
    Listed,
    Reviews,
    Schema,
    above,
    at_least,
    between,
    cast,
    cast_above,
    cast_at_least,
)

_CALLBACKS: Schema = {
    "type": ["array", "null"],
    "items": {"type": ["string"], "enum": Listed("log_callbacks")},
}
_BUDGET: Schema = {
    "type": ["object"],
    "properties": {
        "budget_limit": {"type": ["null", "number"], "x-text": True, "minimum": 0},
        "max_budget": {"type": ["null", "number"], "x-text": True, "minimum": 0},
        "time_period": DURATION,
        "budget_duration": DURATION,
        "tpm_limit": {"type": ["integer", "null"], "x-text": True, "minimum": 0},
        "rpm_limit": {"type": ["integer", "null"], "x-text": True, "minimum": 0},
    },
    "additionalProperties": False,
}

REVIEWED: dict[str, Reviews] = {
    "litellm_params": {
        "the annotation is of one provider, others take more": [
            ("cfg_scale speed", {"type": ["null", "number"]}),
            ("length_penalty steps", ANY),
            ("reasoning_effort", {"type": ["null", "object", "string"]}),
        ],
        "LiteLLM asks whether a name is in it: in a text, every part of the text is": [
            ("additional_drop_params", TEXTS),
        ],
        "a flag as text is cast, any other text is not": [
            ("drop_params", {"type": ["boolean", "null"], "x-text": True}),
        ],
        "read by duration_parser.py when the budget is checked": [("budget_duration", DURATION)],
        "the HTTP client refuses a header that is no text: a 500 for each request": [
            ("default_headers", HEADERS),
        ],
        "a limit: below zero every request would be refused": [
            (
                """default_api_key_rpm_limit default_api_key_tpm_limit itpm otpm max_budget
                max_file_size_mb""",
                at_least(0),
            ),
        ],
        "seconds between two signs of life": [("keepalive_seconds", above(0))],
        "the class checks it in a validator": [
            (
                "provider_affinity_header",
                {
                    "type": ["null", "string"],
                    "pattern": r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$(?!\n)",
                    "x-expected": "the name of a header",
                },
            ),
        ],
        "the router makes a deployment of each organization in a list": [
            ("organization", {"type": ["array", "null", "string"], "items": TEXT}),
        ],
        "the provider's prefix in the model's name is looked up in this list": [
            ("custom_llm_provider", {"type": ["null", "string"], "enum": Listed("providers")}),
        ],
    },
    "model_info": {
        "the class checks them in a validator": [
            ("ptu_count", between(1, 1_000_000)),
            ("cost_per_ptu_per_hour", between(0, 1_000_000)),
        ],
        "the router reads it per deployment, as in router_settings": [
            ("allowed_fails_policy", Like("litellm.types.router:AllowedFailsPolicy")),
            ("allowed_fails", COUNT),
            ("cooldown_time", {"type": ["null", "number"], "minimum": 0}),
        ],
        "health checks use it, and nobody annotates it": [
            ("disable_background_health_check", MAYBE),
            ("health_check_timeout", {"type": ["null", "number"], "exclusiveMinimum": 0}),
            ("health_check_max_tokens", {"type": ["integer", "null"], "minimum": 1}),
        ],
        "`litellm.model_cost` has more modes than the type": [
            ("mode", {"type": ["null", "string"], "enum": Listed("modes")}),
        ],
    },
    "litellm_settings": {
        "load_config compares it with true and false, and makes the cache itself": [
            ("cache", {"type": ["boolean", "null"]}),
        ],
        "load_config walks through the list: a text would be taken letter by letter": [
            ("success_callback failure_callback", _CALLBACKS),
            ("input_callback service_callback audit_log_callbacks", TEXTS),
        ],
        "no module of a user's own lies in the stack: what is not built in ends the start": [
            (
                "callbacks",
                {
                    "type": ["array", "string"],
                    "enum": Listed("callbacks"),
                    "items": {"type": ["string"], "enum": Listed("callbacks")},
                },
            ),
        ],
        "load_config calls float()": [
            (
                """max_budget max_internal_user_budget default_max_internal_user_budget
                max_ui_session_budget""",
                cast_at_least(0),
            ),
        ],
        "the clients call float()": [("request_timeout", cast_above(0))],
        "the loggers and caches call int()": [
            ("argilla_batch_size langsmith_batch_size", cast_above(0)),
            ("default_redis_ttl", cast_above(0)),
        ],
        "seconds": [
            ("default_in_memory_ttl default_redis_batch_cache_expiry", above(0)),
            (
                "anthropic_sse_ping_interval_seconds sse_keepalive_ping_interval_seconds",
                at_least(0),
            ),
        ],
        "budget_throttle.py ignores any other": [
            (
                "budget_exceeded_throttle_percentage",
                {"type": ["null", "number"], "exclusiveMinimum": 0, "maximum": 1},
            ),
        ],
        "the status of an answer": [("budget_exceeded_status_code", between(400, 599))],
        "a number of attempts": [
            ("num_retries num_retries_per_request max_fallbacks allowed_fails", at_least(0)),
        ],
        "an amount of money": [("max_end_user_budget", at_least(0))],
        "read by duration_parser.py": [
            ("budget_duration internal_user_budget_duration", DURATION),
        ],
        "load_config makes an instance of a class": [
            (
                "upperbound_key_generate_params",
                Like(
                    "litellm.types.proxy.management_endpoints.ui_sso:LiteLLM_UpperboundKeyGenerateParams"
                ),
            ),
            (
                "priority_reservation_settings",
                Like("litellm.types.utils:PriorityReservationSettings"),
            ),
            ("model_group_settings", Like("litellm.types.router:ModelGroupSettings")),
        ],
        "a flag that is read with getattr, or compared with true": [
            (
                """enable_post_custom_auth_checks enable_redis_auth_cache
                forward_llm_provider_auth_headers""",
                MAYBE,
            ),
        ],
        "the loader wants mappings and lists here, and nobody annotates them": [
            (
                """azure_content_safety_params mcp_aliases mcp_semantic_tool_filter
                prompt_injection_params responses websearch_interception_params""",
                MAPPING,
            ),
            ("guardrails", {"type": ["array", "null"]}),
        ],
    },
    "router_settings": {
        "a mapping is made an instance of the class": [
            (
                "retry_policy",
                Like("litellm.types.router:RetryPolicy", {"type": ["null", "object"]}),
            ),
            (
                "allowed_fails_policy",
                Like("litellm.types.router:AllowedFailsPolicy", {"type": ["null", "object"]}),
            ),
            (
                "model_group_retry_policy",
                {
                    "type": ["null", "object"],
                    "additionalProperties": Like("litellm.types.router:RetryPolicy"),
                },
            ),
        ],
        "the class takes two old names too": [
            (
                "provider_budget_config",
                {"type": ["null", "object"], "additionalProperties": _BUDGET},
            ),
        ],
        "an entry is made an instance of the class": [
            (
                "routing_groups",
                {
                    "type": ["array", "null"],
                    "items": Like("litellm.types.router:RoutingGroup"),
                },
            ),
        ],
        "the OpenAI client calls float(); zero counts as unset": [
            ("timeout stream_timeout", cast_above(0)),
        ],
        "zero counts as unset, and a failed deployment would be left alone for 5 s": [
            ("cooldown_time", above(0)),
        ],
        "the router calls float()": [("health_check_staleness_threshold", cast_above(0))],
        "the router calls str()": [("redis_port redis_db", cast_at_least(0))],
        "a number of attempts or requests": [
            (
                "allowed_fails default_max_parallel_requests max_fallbacks num_retries retry_after",
                at_least(0),
            ),
        ],
        "seconds": [
            ("client_ttl deployment_affinity_ttl_seconds polling_interval", above(0)),
        ],
        "any other flag is only warned of": [
            (
                "model_group_affinity_config",
                {
                    "type": ["null", "object"],
                    "additionalProperties": {
                        "type": ["array"],
                        "items": {
                            "type": ["string"],
                            "enum": [
                                "deployment_affinity",
                                "responses_api_deployment_check",
                                "session_affinity",
                            ],
                        },
                    },
                },
            ),
        ],
    },
    "general_settings": {
        "an entry is made an instance of a class, and other names are read beside it": [
            (
                "pass_through_endpoints",
                {
                    "type": ["array", "null"],
                    "items": {
                        "type": ["object"],
                        "properties": {"path": TEXT, "target": TEXT},
                        "required": ["path", "target"],
                    },
                },
            ),
        ],
        "the proxy makes an instance of the class": [
            (
                "coordination_redis",
                Like("litellm.proxy._types:CoordinationRedisParams", {"type": ["null", "object"]}),
            ),
            (
                "alerting_args",
                Like(
                    "litellm.types.integrations.slack_alerting:SlackAlertingArgs",
                    {"type": ["null", "object"]},
                ),
            ),
            (
                "key_management_settings",
                Like(
                    "litellm.types.secret_managers.main:KeyManagementSettings",
                    {"type": ["null", "object"]},
                ),
            ),
        ],
        "validated by the class when it is used, which casts": [
            (
                """user_api_key_cache_max_size max_in_flight_requests_per_worker
                max_queued_requests_per_worker admission_queue_timeout_seconds
                responses_websocket_session_limit_seconds vector_store_deny_by_default
                search_tool_deny_by_default""",
                cast,
            ),
        ],
        "becomes a parameter of the database's address, as text": [
            (
                """database_connection_pool_limit database_connection_timeout
                database_connect_timeout database_socket_timeout
                database_max_idle_connection_lifetime""",
                cast_at_least(0),
            ),
            ("database_disable_prepared_statements user_url_validation", cast),
        ],
        "the cleanup calls int()": [
            (
                "maximum_spend_logs_cleanup_batch_size maximum_spend_logs_cleanup_max_batches",
                cast_above(0),
            ),
        ],
        "read by duration_parser.py": [
            (
                """maximum_spend_logs_retention_period
                maximum_autorouter_session_retention_period
                maximum_health_check_retention_period maximum_daily_tag_spend_retention_period
                maximum_spend_logs_retention_interval""",
                DURATION,
            ),
        ],
        "seconds between two runs: at zero or below the loop would never rest": [
            ("health_check_interval", above(0)),
            (
                """proxy_batch_write_at proxy_batch_polling_interval
                proxy_budget_rescheduler_min_time proxy_budget_rescheduler_max_time""",
                {"type": ["null", "number"], "exclusiveMinimum": 0},
            ),
        ],
        "the proxy calls float()": [
            (
                "user_api_key_cache_ttl health_check_staleness_threshold",
                {"type": ["null", "number"], "exclusiveMinimum": 0, "x-text": True},
            ),
        ],
        "a limit": [
            (
                """health_check_concurrency max_parallel_requests global_max_parallel_requests
                max_request_size_mb max_response_size_mb max_batch_file_size_mb max_file_size_mb
                password_policy_min_length alerting_threshold""",
                at_least(0),
            ),
            ("pass_through_request_timeout", above(0)),
        ],
        "a flag that the type leaves out": [
            (
                """allow_client_side_credentials allow_public_health_readiness_details
                allow_requests_on_db_unavailable allow_user_auth always_include_stream_usage
                auto_redirect_ui_login_to_sso block_robots custom_auth_run_common_checks
                disable_custom_api_keys disable_error_logs disable_key_generate_for_org_admin
                disable_master_key_return disable_model_info_refresh
                disable_prisma_schema_update disable_reset_budget
                disable_retry_on_max_parallel_request_limit_error disable_spend_logs
                disable_spend_updates enable_drain_endpoint enable_health_check_routing
                enable_jwt_auth enable_mcp_registry enable_oauth2_auth enable_oauth2_proxy_auth
                enforce_project_model_quota enforce_rbac enforce_user_param
                expose_fallback_errors_to_caller fail_closed_budget_enforcement
                forward_llm_provider_auth_headers forward_openai_org_id health_check_details
                health_check_ignore_transient_errors hide_default_credentials_hint
                password_policy_check_breached_passwords require_end_user_mcp_access_defined
                require_key_mcp_access_defined track_unmanaged_batch_cost
                use_redis_transaction_buffer use_shared_health_check
                use_team_public_model_name use_x_forwarded_for""",
                MAYBE,
            ),
        ],
        "a list of texts that the type leaves out": [
            (
                """admin_only_routes allowed_ips enforced_params public_routes
                skip_batch_input_file_rate_limiting_for_models
                skip_batch_input_file_rate_limiting_for_providers""",
                TEXTS,
            ),
        ],
    },
    "cache_params": {
        "handed to Redis, which takes a number too": [
            ("port", {"type": ["integer", "null", "string"]}),
        ],
        "the Redis client casts text to the type of its parameter": [
            (
                """socket_timeout socket_connect_timeout""",
                {"type": ["null", "number"], "x-text": True, "exclusiveMinimum": 0},
            ),
            (
                "max_connections db health_check_interval",
                {"type": ["integer", "null"], "x-text": True, "minimum": 0},
            ),
            ("ssl", {"type": ["boolean", "null"], "x-text": True}),
        ],
        "the similarity of two vectors": [("similarity_threshold", between(0, 1))],
        "read by the proxy beside the class": [
            ("default_redis_ttl", {"type": ["null", "number"], "x-text": True}),
        ],
    },
}
