"""The codes of reading YAML, GW0xx."""

from __future__ import annotations

from gateway.diagnostics.codes.code import Code

CODES = (
    Code(
        "GW001",
        "the file is not valid YAML",
        "LiteLLM stops with a traceback on a file it cannot parse; the position in it is "
        "often that of the next line.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
description: "GLM 5
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
description: "GLM 5"
""",
    ),
    Code(
        "GW002",
        "text that an editor and a parser count differently",
        "A lone carriage return or a Unicode line separator ends a line for YAML and not for "
        "editors: every position after it would be wrong.",
        bad='provider: nanogpt\nmodel: zai-org/glm-5\ndescription: "GLM\r5"\n',
        good="""\
provider: nanogpt
model: zai-org/glm-5
description: GLM 5
""",
    ),
    Code(
        "GW003",
        "a key that stands twice",
        "YAML readers keep the last one silently, so half of what was written does not count.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
model: zai-org/glm-4.7
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
    ),
    Code(
        "GW004",
        "an anchor or an alias",
        "A fragment is read by people one at a time; a value from elsewhere hides what it says.",
        bad="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: &others [glm-5]
""",
        good="""\
provider: nanogpt
model: moonshotai/kimi-k2.5
fallbacks: [glm-5]
""",
    ),
    Code(
        "GW005",
        "a key that is not text",
        "Only text can name a setting.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
[a, b]: c
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
    ),
    Code(
        "GW006",
        "a second document in one file",
        "One file describes one model; readers of YAML ignore or refuse what follows `---`.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
---
provider: nanogpt
model: zai-org/glm-5
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
    ),
    Code(
        "GW007",
        "a tag",
        "A tag changes what a value is, and can make a reader run code.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
context_window: !!int '131072'
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
context_window: 131072
""",
    ),
    Code(
        "GW008",
        "nesting that is too deep",
        "No setting needs it; a file that nests so deep is a mistake, or an attack on the reader.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
params: {extra_body: {a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
params: {extra_body: {a: [1]}}
""",
    ),
    Code(
        "GW009",
        "a file that is not a mapping",
        "LiteLLM says `Config cannot be None or Empty` and stops, or reads nothing of it.",
        bad="""\
- provider: nanogpt
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
    ),
    Code(
        "GW010",
        "a number that JSON cannot hold",
        "Requests are JSON, which has neither infinity nor not-a-number: LiteLLM would fail "
        "on every one of them.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
params: {extra_body: {scale: .inf}}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
params: {extra_body: {scale: 1.5}}
""",
    ),
)
