"""The codes of names: models, aliases, providers and variables, GW2xx."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

CODES = (
    Code(
        "GW201",
        "a name that is taken",
        "LiteLLM shares requests between two models of one name; which one answers is chance.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
name: glm-5
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
name: glm-5-fast
""",
    ),
    Code(
        "GW205",
        "a name that LiteLLM reads as a wildcard",
        "Every request that matches it would go to this model, whatever it asks for.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
name: glm-*
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
name: glm-fast
""",
    ),
    Code(
        "GW206",
        "a name that is not one",
        "Clients, shells and URLs would each read it differently.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
name: my-model
""",
        file="models.d/my model.yaml",
    ),
    Code(
        "GW207",
        "the reserved name `default`",
        "It is the second name of whatever `default_model` says.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
aliases: [default]
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
aliases: [main]
""",
    ),
    Code(
        "GW208",
        "`default_model` is not a model",
        "The gateway could not answer a client that names no model.",
        bad="""\
default_model: glm5
providers:
  nanogpt:
    litellm: openai
    api_base: https://nano-gpt.com/api/v1
    api_keys: [NANOGPT_API_KEY]
""",
        good=SOUND_SETTINGS,
        file=SETTINGS,
    ),
    Code(
        "GW209",
        "a provider that is not defined",
        "Nothing says where the model is served.",
        bad="""\
provider: nanogtp
model: zai-org/glm-5
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
""",
    ),
    Code(
        "GW210",
        "a provider that no model uses",
        "A left-over, or a fragment that names another one by mistake.",
        bad=SOUND_SETTINGS
        + """\
  home:
    litellm: openai
    api_base: http://100.74.43.85:8080/v1
""",
        good=SOUND_SETTINGS,
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW220",
        "a literal secret",
        "Fragments are committed, rendered and shown; a key in one is a key lost. Only names "
        "of variables belong here.",
        bad="""\
provider: nanogpt
model: zai-org/glm-5
headers: {X-Api-Key: correct-horse-battery}
""",
        good="""\
provider: nanogpt
model: zai-org/glm-5
headers: {X-Api-Key: os.environ/HORSE_KEY}
""",
    ),
    Code(
        "GW224",
        "a variable of the gateway's own",
        "The gateway's own master key would be sent to a provider, or the proxy would lose "
        "what it needs to run.",
        bad="""\
default_model: glm-5
providers:
  nanogpt:
    litellm: openai
    api_base: https://nano-gpt.com/api/v1
    api_keys: [LITELLM_MASTER_KEY]
""",
        good=SOUND_SETTINGS,
        file=SETTINGS,
    ),
)
