"""The type of one entry of the table of codes."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.diagnostics.diagnostic import Severity

FRAGMENT = "models.d/example.yaml"
SETTINGS = "gateway.yaml"
SOUND_SETTINGS = """\
default_model: glm-5
providers:
  nanogpt:
    litellm: openai
    api_base: https://nano-gpt.com/api/v1
    api_keys: [NANOGPT_API_KEY]
"""
"""The text of a gateway.yaml that is in order: examples begin with it."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for. `bad` and `good` are the whole text of `file`; tests run both.

    `bad` is empty where no project can bring the finding about.
    """

    code: str
    title: str
    reason: str
    bad: str
    good: str
    file: str = FRAGMENT
    """Where the examples stand: a fragment, gateway.yaml, or a project's own template."""
    good_file: str = ""
    """Where `good` stands, if that is what makes it good."""
    default: Severity | None = None
    """What a finding counts as where `rules:` of gateway.yaml says nothing; only a code that has one
    can be set there or excused. None: always an error, for no sound stack could be rendered."""

    @property
    def is_adjustable(self) -> bool:
        return self.default is not None

    @property
    def severity(self) -> Severity:
        """What a finding counts as by itself."""
        return self.default or Severity.ERROR
