"""The codes about parameters of requests, and about models that are served by a pattern."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

_PATTERN = """\
name: nanogpt/*
provider: nanogpt
model: "*"
allow: [z-ai/*]
"""

_APP = f"{SOUND_SETTINGS}apps:\n  shop: {{key: SHOP_KEY"

CODES = (
    Code(
        "GW294",
        "a minimum above the maximum",
        "A request is raised to `min_output_tokens` and lowered to `max_output_tokens`: where the "
        "two cross, none fits. A fragment's own stand instead of its provider's.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
min_output_tokens: 16384
max_output_tokens: 8192
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
min_output_tokens: 1024
max_output_tokens: 8192
""",
    ),
    Code(
        "GW295",
        "a pattern that cannot be one",
        "A fragment whose `name` and `model` both end in `*` serves every model of its provider, each by "
        "its own id. What is one model's own cannot be many models', and the other way round.",
        bad="""\
name: nanogpt/*
provider: nanogpt
model: "*"
aliases: [cheap]
""",
        good=_PATTERN,
    ),
    Code(
        "GW296",
        "a pattern that denies what it allows",
        "`allow` is asked first, `deny` has the last word: what both have is never served.",
        bad=_PATTERN.replace("z-ai/*]", "z-ai/*]\ndeny: ['*']"),
        good=_PATTERN,
    ),
    Code(
        "GW297",
        "a `deny` without effect",
        "What is not allowed need not be denied; most often it is a slip in one of the two.",
        bad=_PATTERN.replace("z-ai/*]", "z-ai/*]\ndeny: [zai-org/*]"),
        good=_PATTERN.replace("z-ai/*]", "z-ai/*]\ndeny: ['*:free']"),
        default=Severity.WARNING,
    ),
    Code(
        "GW298",
        "a name that a pattern has with another model",
        "A fragment's own name or alias goes before every pattern: clients that ask for the provider's "
        "model by its id get this one.",
        bad="""\
name: nanogpt/glm
provider: nanogpt
model: zai-org/glm-5
""",
        good="""\
name: nanogpt/zai-org/glm-5
provider: nanogpt
model: zai-org/glm-5
""",
        default=Severity.WARNING,
    ),
    Code(
        "GW299",
        "an app that may use a pattern only, without a default model",
        "`default` has to stand for one model, and a pattern is many.",
        bad=f"{_APP}, models: ['nanogpt/*']}}\n",
        good=f"{_APP}, models: ['nanogpt/*'], default_model: nanogpt/z-ai/glm-5}}\n",
        file=SETTINGS,
    ),
)
