"""Names that LiteLLM has but a config may not set: per list, reason -> names."""

# Directories of litellm/llms whose request builders serve other APIs than a deployment's.
OTHER_APIS = frozenset(
    {
        "agents",
        "batches",
        "containers",
        "deprecated_providers",
        "evals",
        "files",
        "fine_tuning",
        "image_variations",
        "interactions",
        "ocr",
        "pass_through",
        "passthrough",
        "realtime",
        "search",
        "skills",
        "vector_store_files",
        "vector_stores",
        "videos",
    }
)

EXCLUDED: dict[str, dict[str, str]] = {
    "litellm_params": {
        "a call's input, which the client sends": """
            base64_string chat_history documents file images input instances media_source
            media_source_bucket_owner media_source_s3_uri mediaSource messages prompt query
            ref_audio text tool_results upload_url video_base64 video_s3_bucket_owner
            video_s3_uri""",
        "one call's identity; preset, all calls would share it": """
            conversation_id generation_id id litellm_metadata litellm_session_id
            litellm_trace_id metadata previous_response_id response_id runtimeSessionId
            runtimeUserId session_id sessionID thread_id user_id""",
        "a Python object, which YAML cannot hold": """
            azure_ad_token_provider client logger_fn oci_signer shared_session""",
        "set by LiteLLM's own code on the way": """
            args aspeech is_vertex_request json_mode kwargs""",
        "stands beside litellm_params, not in it": "model_info model_list",
        "one provider's spelling of api_base or api_key: with any other the request goes to OpenAI": """
            apikey url""",
        "a word of one provider's body, too common to tell from a mistake; extra_body takes it": """
            config details method parameters role type version""",
    },
    "model_info": {
        "filled in by LiteLLM where it lists models": """
            access_via_team_ids created_at created_by db_model direct_access key model_id
            model_name original_model_id updated_at updated_by""",
        "notes of the price list, which nothing reads from a deployment": """
            aliases comment metadata rules source""",
        "a word of a nested object": "type",
    },
    "litellm_settings": {
        "LiteLLM's own state, not a setting": """
            adapters base_llm_aiohttp_handler encoding guardrail_name_config_map
            in_memory_llm_clients_cache initialized_langfuse_clients
            request_timeout_explicitly_set""",
        "a table that LiteLLM brings along": """
            azure_embedding_models azure_llms common_cloud_provider_auth_params
            known_tokenizer_config maritalk_models model_cost model_list models_by_provider
            openai_compatible_endpoints openai_compatible_providers
            openai_image_generation_models openai_text_completion_compatible_providers
            openai_video_generation_models petals_models""",
        "a Python object, which YAML cannot hold": """
            aclient_session client_session secret_manager_client sync_transport
            vector_store_index_registry vector_store_registry""",
        "a section of its own in the config": "credential_list",
    },
    "router_settings": {
        "YAML gives a mapping, and the router wants an object: it stops with an AttributeError": """
            alerting_config""",
    },
    "routing_strategies": {
        "passes LiteLLM's check, and then no request finds a deployment": """
            provider-budget-routing""",
    },
}
