"""The codes of `oauth:` of a provider, GW290 to GW293."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, Code

_ACME = """\
default_model: glm-5
providers:
  nanogpt:
    litellm: openai
"""
_ADDRESS = "    api_base: https://nano-gpt.com/api/v1\n"
_ISSUER = "    oauth: {issuer: https://auth.example.com, client_id: gateway}\n"

CODES = (
    Code(
        "GW290",
        "both a login and keys",
        "The token takes the place of a key: one of the two would never be sent.",
        bad=_ACME + _ADDRESS + "    api_keys: [NANOGPT_API_KEY]\n" + _ISSUER,
        good=_ACME + _ADDRESS + _ISSUER,
        file=SETTINGS,
    ),
    Code(
        "GW291",
        "a login without an address",
        "A token is sent to the address of its own provider and to no other, so one has to be written.",
        bad=_ACME.replace("openai", "mistral") + _ISSUER,
        good=_ACME.replace("openai", "mistral")
        + "    api_base: https://api.mistral.ai/v1\n"
        + _ISSUER,
        file=SETTINGS,
    ),
    Code(
        "GW292",
        "a login without its endpoints",
        "Where to ask for the token is named by the issuer's own description, or here.",
        bad=_ACME + _ADDRESS + "    oauth: {client_id: gateway, flow: device}\n",
        good=_ACME + _ADDRESS + _ISSUER.replace("client_id", "flow: device, client_id"),
        file=SETTINGS,
    ),
    Code(
        "GW293",
        "a login for a prefix that takes no token",
        "LiteLLM logs in to it by itself, or with a cloud's own credentials; docs/oauth.md says how.",
        bad=_ACME.replace("openai", "github_copilot")
        + "    api_base: https://api.githubcopilot.com\n"
        + _ISSUER,
        good=_ACME.replace("openai", "github_copilot"),
        file=SETTINGS,
    ),
)
