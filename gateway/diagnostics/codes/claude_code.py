"""The codes of the `claude_code` section, GW243, GW244 and GW265 to GW269."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

_SECTION = SOUND_SETTINGS + "claude_code:\n"
_RULES = _SECTION + "  rules:\n"

CODES = (
    Code(
        "GW243",
        "a rule for an app that is none",
        "No key belongs to it, so the rule would apply to nobody.",
        bad=_RULES + "    - {name: shops, model: glm-5, when: {app: shop}}\n",
        good=_RULES + "    - {name: shops, model: glm-5, when: {header: {x-app: shop}}}\n",
        file=SETTINGS,
    ),
    Code(
        "GW244",
        "a threshold without a route",
        "Long prompts go where all others do: there is no model for them.",
        bad=_SECTION + "  long_context_threshold: 100000\n",
        good=_SECTION + "  long_context_threshold: 100000\n  routes: {long_context: glm-5}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW265",
        "a tier, a route or a rule whose model does not chat",
        "Claude Code sends messages: an embedding model's provider refuses every one of them.",
        bad=_SECTION + "  tiers: {haiku: embedder}\n",
        good=_SECTION + "  tiers: {haiku: glm-5}\n",
        file=SETTINGS,
        default=Severity.ERROR,
    ),
    Code(
        "GW266",
        "a rule that never applies",
        "The first rule that applies decides: this one is never asked, or asks for what cannot be.",
        bad=_RULES
        + "    - {name: any-opus, model: glm-5, when: {model: '*opus*'}}\n"
        + "    - {name: short-opus, model: glm-5, when: {model: 'claude-opus-*', tokens_under: 9000}}\n",
        good=_RULES
        + "    - {name: short-opus, model: glm-5, when: {model: 'claude-opus-*', tokens_under: 9000}}\n"
        + "    - {name: any-opus, model: glm-5, when: {model: '*opus*'}}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW267",
        "a route to a model that lacks what the route is for",
        "By its own `capabilities` the model cannot see the image, or cannot think.",
        bad=_SECTION + "  routes: {image: glm-5}\n",
        good=_SECTION + "  routes: {background: glm-5}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW268",
        "long prompts for a model that takes none",
        "Every request that goes there is longer than its `context_window`, and fails.",
        bad=_SECTION + "  long_context_threshold: 200000\n  routes: {long_context: glm-5}\n",
        good=_SECTION + "  long_context_threshold: 60000\n  routes: {long_context: glm-5}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW269",
        "a tier that is no family",
        "A tier is looked for as one word of the name that a client asks for: `sonnet` is in "
        "`claude-sonnet-4-5`, `sonnet-4` is in none, `claude` is in all, and `sonet` is likely a slip.",
        bad=_SECTION + "  tiers: {sonnet-4: glm-5}\n",
        good=_SECTION + "  tiers: {sonnet: glm-5}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
)
