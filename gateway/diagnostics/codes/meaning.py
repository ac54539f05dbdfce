"""The codes of what is allowed and yet a mistake, GW245 to GW259."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

_ROUTER = "litellm:\n  router_settings: "
_SHARED = """\
upstreams:
  - {provider: nanogpt, model: moonshotai/kimi-k2.5, weight: 3}
  - {provider: nanogpt, model: moonshotai/kimi-k2.5-turbo, weight: 1}
"""

CODES = (
    Code(
        "GW245",
        "a loss further down the chain",
        "A fallback that says nothing hides what its own fallbacks lack: the long conversation, "
        "the tools or the images fail on the model behind it.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
context_window: 262144
fallbacks: [silent]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
context_window: 131072
fallbacks: [silent]
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW246",
        "a fallback with a shorter answer",
        "A client's `max_tokens` goes to it as it is (measured): many servers refuse one that is "
        "above what their model can answer.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
max_output_tokens: 65536
fallbacks: [short]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
max_output_tokens: 8192
fallbacks: [short]
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW247",
        "plain `http` to a public address",
        "Everybody on the way can read the prompts and take the key.",
        bad=SOUND_SETTINGS.replace("https://", "http://"),
        good=SOUND_SETTINGS,
        file=SETTINGS,
        default=Severity.ERROR,
    ),
    Code(
        "GW248",
        "a machine that may sleep, and nothing to fall back to",
        "Machines of a tailnet are people's own: when this one is off, its models are gone. "
        "Said once for each machine; where it never sleeps, excuse it there.",
        bad="""\
provider: home
model: qwen3.5-35b-a3b
""",
        good="""\
provider: home
model: qwen3.5-35b-a3b
fallbacks: [glm-5]
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW249",
        "an upstream that is asked twice",
        "One model at one address with one key: where it failed once, it fails again, and the "
        "request waits for it twice.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
fallbacks: [glm-5]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW250",
        "a limit above the provider's",
        "The lower one holds: the model's own is never reached.",
        bad="""\
provider: limited
model: zai-org/glm-5
limits: {rpm: 600}
""",
        good="""\
provider: limited
model: zai-org/glm-5
limits: {rpm: 30}
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW251",
        "a price that cannot be",
        "Prices are dollars for a million tokens. One for a single token makes every cost that is "
        "logged a million times too low; no model in LiteLLM's list of prices costs that.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
price: {input: 0.0000006, output: 0.0000022}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
price: {input: 0.6, output: 2.2}
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW252",
        "names that only case tells apart",
        "LiteLLM tells them apart and people do not; two files of which macOS and Windows keep one.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
name: GLM-5
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5-turbo
name: glm-5-turbo
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW253",
        "weights that share nothing",
        "Weights are compared among upstreams of one `order`, and by the strategy "
        "`simple-shuffle` only: measured, `least-busy` sent 40 of 40 requests to the first of 9:1.",
        bad=_SHARED.replace("weight: 3", "weight: 3, order: 1").replace(
            "weight: 1}", "weight: 1, order: 2}"
        ),
        good=_SHARED,
        default=Severity.WARNING,
    ),
    Code(
        "GW254",
        "parameters that exclude each other",
        "Both are sent (measured), and the upstream counts one of them or refuses the request.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
max_output_tokens: 8192
params: {max_tokens: 32768}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
max_output_tokens: 32768
params: {max_tokens: 8192}
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW255",
        "a parameter that such a request does not have",
        "Measured: LiteLLM sends it to the upstream as a field that it may refuse, drops it, or, "
        "for `completion`, answers every request with 500.",
        bad="""\
provider: nanogpt
model: qwen3-embedding
mode: embedding
params: {temperature: 0.6}
""",
        good="""\
provider: nanogpt
model: qwen3-embedding
mode: embedding
params: {dimensions: 1024}
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW256",
        "a header that meets another",
        "Measured: an `Authorization` is sent instead of the key, lost behind it, or joined with "
        "it to one that no server takes; a header in two spellings is sent twice.",
        bad=f"{SOUND_SETTINGS}    headers: {{Authorization: os.environ/NANOGPT_LOGIN}}\n",
        good=f"{SOUND_SETTINGS}    headers: {{X-Account: os.environ/NANOGPT_LOGIN}}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW257",
        "a parameter that is set and dropped",
        "`additional_drop_params` drops what the fragment sets too (measured), and the tools that "
        "it says the model can use.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
params: {top_k: 20}
litellm: {additional_drop_params: [top_k]}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
params: {top_k: 20}
litellm: {additional_drop_params: [user]}
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW258",
        "a setting with nothing to do",
        "What it bounds is not there, or something else ends first.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
failover_within: 5s
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW259",
        "a raw setting that cancels another",
        "The router's own `timeout` and `cooldown_time` are read for upstreams that have none, and "
        "every upstream has; a check that is switched off cannot send a long prompt elsewhere.",
        bad=f"{SOUND_SETTINGS}{_ROUTER}{{timeout: 30}}\n",
        good=f"{SOUND_SETTINGS}timeouts: {{total: 30s}}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
)
