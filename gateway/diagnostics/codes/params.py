"""The codes about parameters of requests, and about models that are served by a pattern."""

from __future__ import annotations

from gateway.diagnostics.codes.code import Code

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
)
