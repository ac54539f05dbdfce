"""`rules:` of gateway.yaml in, what it says about each code out."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.diagnostics import Severity
from gateway.model import Settings, SourceFile
from gateway.yaml_text import read

OFF = "off"
_CHOICES = (*Severity, OFF)


def rules_of(settings: Settings | None, source: SourceFile) -> Mapping[str, str]:
    """Code -> `error`, `warning` or `off`. Where gateway.yaml is not sound (`settings` is None), what
    is sound in its `rules:` still counts: one mistake brings back no finding that was switched off."""
    if settings is not None:
        rules: Mapping[str, str] = settings.data.get("rules", {})
        return rules
    data = read(source.text).data
    written = data.get("rules") if isinstance(data, dict) else None
    if not isinstance(written, dict):
        return {}
    return {code: says for code, says in written.items() if says in _CHOICES}
