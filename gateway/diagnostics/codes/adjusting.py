"""The codes of `rules:` and of excuses, which decide what a finding counts as, GW26x.

A comment never keeps a stack from being rendered: what is wrong with one is a warning, and what it was
meant to excuse still counts.
"""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

_MODEL = """\
provider: nanogpt
model: moonshotai/kimi-k2.5
context_window: 262144
"""
_GOOD = f"""\
{_MODEL}# gateway: allow GW212 — long chats are stopped by the client
fallbacks: [glm-5]
"""

CODES = (
    Code(
        "GW260",
        "a rule that cannot be set",
        "Only findings that leave a sound stack can be weighed; nothing would come of the others "
        "but a stack that does not do what was written.",
        bad=SOUND_SETTINGS + "rules: {GW202: warning}\n",
        good=SOUND_SETTINGS + "rules: {GW212: error}\n",
        file=SETTINGS,
    ),
    Code(
        "GW261",
        "a comment to the gateway that is not understood",
        "It begins with `# gateway:` and would do nothing.",
        bad=_MODEL + "# gateway: alow GW212 — long chats are stopped by the client\n",
        good=_GOOD,
        default=Severity.WARNING,
    ),
    Code(
        "GW262",
        "an excuse for what cannot be excused",
        "No finding goes away by it: only those that leave a sound stack can be excused.",
        bad=_MODEL + "# gateway: allow GW202 — that model comes next week\n",
        good=_GOOD,
        default=Severity.WARNING,
    ),
    Code(
        "GW263",
        "an excuse without a reason",
        "Whoever reads it next year cannot know whether it still holds; it excuses nothing.",
        bad=_MODEL + "# gateway: allow GW212\n",
        good=_GOOD,
        default=Severity.WARNING,
    ),
    Code(
        "GW264",
        "an excuse that is not needed",
        "What it allowed is mended; left there it would hide the next mistake of its kind.",
        bad=_MODEL + "# gateway: allow GW212 — long chats are stopped by the client\n",
        good=_GOOD,
        default=Severity.WARNING,
    ),
)
