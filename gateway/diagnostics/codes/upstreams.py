"""The codes of where models are served, GW23x."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

CODES = (
    Code(
        "GW230",
        "one upstream id in two modes",
        "LiteLLM keeps one mode for each upstream id, whichever model it is of: the other "
        "model's chats go to /v1/responses.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
mode: responses
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5-thinking
mode: responses
""",
        default=Severity.ERROR,
    ),
    Code(
        "GW231",
        "a weight or an order that some upstreams lack",
        "LiteLLM counts a missing weight as 0, and asks no upstream without an order while one "
        "that has an order is there: the one that lacks it would get no request.",
        bad="""\
upstreams:
  - {provider: nanogpt, model: zai-org/glm-5, weight: 3}
  - {provider: nanogpt, model: zai-org/glm-4}
""",
        good="""\
upstreams:
  - {provider: nanogpt, model: zai-org/glm-5, weight: 3}
  - {provider: nanogpt, model: zai-org/glm-4, weight: 1}
""",
    ),
    Code(
        "GW232",
        "an address that cannot be",
        "Nothing can be asked there: every request would fail.",
        bad=SOUND_SETTINGS.replace("nano-gpt.com/", "nano-gpt.com:99999/"),
        good=SOUND_SETTINGS,
        file=SETTINGS,
    ),
    Code(
        "GW233",
        "an address with a path that does not belong to it",
        "LiteLLM adds the path of each request itself: it would stand there twice.",
        bad=SOUND_SETTINGS.replace("/v1", "/v1/chat/completions"),
        good=SOUND_SETTINGS,
        file=SETTINGS,
        default=Severity.ERROR,
    ),
    Code(
        "GW234",
        "a public provider without a word about keys",
        "No key is sent: it would answer every request with 401.",
        bad=SOUND_SETTINGS.replace("    api_keys: [NANOGPT_API_KEY]\n", ""),
        good=SOUND_SETTINGS,
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW235",
        "an id that repeats its provider's prefix",
        "The prefix is put before the id anyway: the provider would be asked for a model that "
        "it does not have.",
        bad="provider: anthropic\nmodel: anthropic/claude-sonnet-4-5\n",
        good="provider: anthropic\nmodel: claude-sonnet-4-5\n",
        default=Severity.ERROR,
    ),
    Code(
        "GW236",
        "a default model that does not chat",
        "Clients that ask for `default` chat.",
        bad=SOUND_SETTINGS.replace("default_model: glm-5", "default_model: embedder"),
        good=SOUND_SETTINGS,
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW237",
        "a file that is not read",
        "Models are the files of models.d that end in `.yaml` or `.yml`, none of its subfolders.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
        file="models.d/cloud/glm.yaml",
        good_file="models.d/glm.yaml",
        default=Severity.WARNING,
    ),
)
