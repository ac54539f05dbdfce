"""The codes of what is passed to LiteLLM, GW2xx."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code

CODES = (
    Code(
        "GW215",
        "a provider prefix that LiteLLM does not have",
        "LiteLLM drops the model with a traceback in its log, and starts without it.",
        bad="""\
default_model: glm-5
providers:
  nanogpt:
    litellm: opnai
    api_base: https://nano-gpt.com/api/v1
    api_keys: [NANOGPT_API_KEY]
""",
        good=SOUND_SETTINGS,
        file=SETTINGS,
    ),
    Code(
        "GW216",
        "a provider without an address",
        "LiteLLM would send prompt and key to api.openai.com.",
        bad="""\
default_model: glm-5
providers:
  nanogpt:
    litellm: openai
    api_keys: [NANOGPT_API_KEY]
""",
        good=SOUND_SETTINGS,
        file=SETTINGS,
    ),
    Code(
        "GW217",
        "a raw setting that LiteLLM does not know",
        "It is ignored without a word, or sent to the upstream as a field of the request.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
litellm: {additional_dropparams: [top_k]}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
litellm: {additional_drop_params: [top_k]}
""",
    ),
    Code(
        "GW218",
        "a raw setting that the gateway renders itself",
        "There would be two truths, and failover rests on this one.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
litellm: {timeout: 30}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
timeouts: {total: 30s}
""",
    ),
    Code(
        "GW219",
        "a reference to a variable where LiteLLM reads none",
        "LiteLLM expands `os.environ/NAME` only as a whole value; anywhere else it sends "
        "these very letters.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
headers: {X-Team: "team os.environ/TEAM"}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
headers: {X-Team: os.environ/TEAM}
""",
    ),
    Code(
        "GW223",
        "a value that LiteLLM has not",
        "A strategy that does not exist stops LiteLLM at start; a callback that does not "
        "exist never runs, without a word.",
        bad=SOUND_SETTINGS
        + """\
litellm:
  router_settings: {routing_strategy: nope}
""",
        good=SOUND_SETTINGS
        + """\
litellm:
  router_settings: {routing_strategy: least-busy}
""",
        file=SETTINGS,
    ),
    Code(
        "GW238",
        "a raw value of the wrong kind",
        "LiteLLM drops the whole deployment with a line in its log, takes a text for a list of its "
        "letters, or starts and fails on every request.",
        bad=SOUND_SETTINGS
        + """\
litellm:
  router_settings: {default_max_parallel_requests: "20"}
""",
        good=SOUND_SETTINGS
        + """\
litellm:
  router_settings: {default_max_parallel_requests: 20}
""",
        file=SETTINGS,
    ),
    Code(
        "GW239",
        "a raw number that is too small or too large",
        "LiteLLM takes any number and then ignores it, or refuses every request.",
        bad=SOUND_SETTINGS
        + """\
litellm:
  router_settings: {allowed_fails: -1}
""",
        good=SOUND_SETTINGS
        + """\
litellm:
  router_settings: {allowed_fails: 3}
""",
        file=SETTINGS,
    ),
    Code(
        "GW240",
        "a raw setting in the wrong section",
        "LiteLLM reads each setting in one section and ignores it, without a word, in the others.",
        bad=SOUND_SETTINGS
        + """\
litellm:
  litellm_settings: {routing_strategy: least-busy}
""",
        good=SOUND_SETTINGS
        + """\
litellm:
  router_settings: {routing_strategy: least-busy}
""",
        file=SETTINGS,
    ),
    Code(
        "GW241",
        "a raw setting that lacks a key",
        "LiteLLM stops at start, or fails when it first uses the setting.",
        bad=SOUND_SETTINGS
        + """\
litellm:
  router_settings:
    routing_groups: [{group_name: fast, models: [glm-5]}]
""",
        good=SOUND_SETTINGS
        + """\
litellm:
  router_settings:
    routing_groups: [{group_name: fast, models: [glm-5], routing_strategy: least-busy}]
""",
        file=SETTINGS,
    ),
    Code(
        "GW242",
        "a raw text that LiteLLM cannot read",
        "It starts, and fails when it first uses the text.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
litellm: {max_budget: 10, budget_duration: yearly}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
litellm: {max_budget: 10, budget_duration: 1mo}
""",
    ),
)
