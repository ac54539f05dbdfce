"""The codes of fallbacks, chains and the server, GW2xx."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

CODES = (
    Code(
        "GW202",
        "a fallback that is not a model",
        "LiteLLM says nothing at start, tries it when the model fails, and answers with that "
        "error.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm5]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
    ),
    Code(
        "GW203",
        "fallbacks that go in a circle",
        "LiteLLM goes round until `max_fallbacks` stops it: measured, almost ten seconds for "
        "an error.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [example]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
    ),
    Code(
        "GW204",
        "a fallback of another mode",
        "An embedding model cannot answer a chat; vectors of two models do not belong in one "
        "index.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [embedder]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
        default=Severity.ERROR,
    ),
    Code(
        "GW211",
        "a fallback that is not enabled",
        "It is not in the stack, so it cannot answer.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [old]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
    ),
    Code(
        "GW212",
        "a fallback with a smaller context",
        "A long conversation fails on it when it is needed most.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
context_window: 262144
fallbacks: [glm-5]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
context_window: 131072
fallbacks: [glm-5]
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW213",
        "a fallback that can do less",
        "A request with tools or images fails on it.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
capabilities: [tools, vision]
fallbacks: [glm-5]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
capabilities: [tools]
fallbacks: [glm-5]
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW214",
        "a chain that exceeds its own budget",
        "What `failover_within` promises could not be kept: an upstream that accepts and says "
        "nothing is waited for.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
failover_within: 5s
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
failover_within: 5s
timeouts: {connect: 1s, first_token: 4s}
""",
        default=Severity.ERROR,
    ),
    Code(
        "GW221",
        "an address that is none",
        "Docker would refuse to start the container.",
        bad=SOUND_SETTINGS
        + """\
server: {bind: 127.0.0.300}
""",
        good=SOUND_SETTINGS
        + """\
server: {bind: 127.0.0.1}
""",
        file=SETTINGS,
    ),
    Code(
        "GW222",
        "a stolen release of LiteLLM",
        "1.82.7 and 1.82.8 were published by a thief and send every key of the machine away.",
        bad=SOUND_SETTINGS
        + """\
server:
  image: docker.litellm.ai/berriai/litellm:v1.82.7
""",
        good=SOUND_SETTINGS
        + """\
server:
  image: docker.litellm.ai/berriai/litellm:v1.106.2
""",
        file=SETTINGS,
    ),
    Code(
        "GW225",
        "a chain that is too long",
        "Nobody waits for the last of more than twenty models, and LiteLLM gives up before.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks:
  - many-1
  - many-2
  - many-3
  - many-4
  - many-5
  - many-6
  - many-7
  - many-8
  - many-9
  - many-10
  - many-11
  - many-12
  - many-13
  - many-14
  - many-15
  - many-16
  - many-17
  - many-18
  - many-19
  - many-20
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [many-1, many-2]
""",
    ),
    Code(
        "GW226",
        "a section of gateway.yaml names what is not a model",
        "A client that is told to ask for it would get an error from LiteLLM on every request.",
        bad=SOUND_SETTINGS
        + """\
claude_code:
  tiers: {haiku: glm5}
""",
        good=SOUND_SETTINGS,
        file=SETTINGS,
    ),
    Code(
        "GW227",
        "a port that is taken",
        "The second of the two could not start.",
        bad=SOUND_SETTINGS
        + """\
instances:
  second: {port: 4000}
""",
        good=SOUND_SETTINGS,
        file=SETTINGS,
    ),
    Code(
        "GW228",
        "a section that this version does not render",
        "It is checked, but the stack would run without it: not what was written.",
        bad=SOUND_SETTINGS
        + """\
request_log: {}
""",
        good=SOUND_SETTINGS,
        file=SETTINGS,
    ),
    Code(
        "GW229",
        "a bound without effect",
        "The whole call is given up before its first byte is late.",
        bad=SOUND_SETTINGS
        + """\
timeouts: {first_token: 3m, total: 1m}
""",
        good=SOUND_SETTINGS
        + """\
timeouts: {first_token: 30s, total: 1m}
""",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
)
