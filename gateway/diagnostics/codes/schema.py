"""The codes of the JSON Schemas, GW1xx."""

from __future__ import annotations

from gateway.diagnostics.codes.code import Code

CODES = (
    Code(
        "GW102",
        "a key is missing",
        "LiteLLM stops with a bare `KeyError`, or routes the request somewhere else.",
        bad="""\
provider: nanogpt
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
    ),
    Code(
        "GW103",
        "an unknown key",
        "LiteLLM ignores most unknown keys silently and sends others to the upstream as a "
        "field of the request; a misspelt `api_base` sends prompt and key to api.openai.com.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallback: [glm-5]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
    ),
    Code(
        "GW104",
        "a value of the wrong kind",
        "LiteLLM takes a text for a list of its letters, drops a whole deployment over a "
        "wrong number, or fails on every request.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: glm-5
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
    ),
    Code(
        "GW105",
        "a value that is none of those there are",
        "The setting would do nothing.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
mode: chatt
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
mode: chat
""",
    ),
    Code(
        "GW106",
        "a text that is not written as it must be",
        "A duration without a unit is seconds for one program and milliseconds for the next; "
        "a header with a line break is another header.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
timeouts: {first_token: "30"}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
timeouts: {first_token: 30s}
""",
    ),
    Code(
        "GW107",
        "a number that is too small or too large",
        "LiteLLM accepts a port, weight or limit that cannot be and fails later, on every request.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
limits: {rpm: 0}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
limits: {rpm: 60}
""",
    ),
    Code(
        "GW108",
        "something empty, or too much of it",
        "An empty list or text here says nothing.",
        bad="""\
provider: nanogpt
model: ""
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
    ),
    Code(
        "GW109",
        "an item that is listed twice",
        "The second is never reached.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5, glm-5]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
    ),
    Code(
        "GW110",
        "keys that exclude each other",
        "`upstreams` says where the model is served, and so do `provider` and `model`: one of "
        "them would not count.",
        bad="""\
provider: nanogpt
upstreams:
  - {provider: nanogpt, model: zai-org/glm-5}
""",
        good="""\
upstreams:
  - {provider: nanogpt, model: zai-org/glm-5}
""",
    ),
)
