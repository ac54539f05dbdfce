"""Diagnostics in, GitLab's Code Quality report out: one JSON array."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from gateway.diagnostics.diagnostic import Diagnostic, Severity
from gateway.diagnostics.fingerprint import fingerprints

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def as_gitlab(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    """Paths are relative to the repository's root. The fields are those of GitLab's documentation,
    "Code Quality report format"; of two equal fingerprints GitLab shows one finding."""
    names = fingerprints(diagnostics, sources)
    issues = [
        {
            "description": found.message + (f"; hint: {found.hint}" if found.hint else ""),
            "check_name": found.code,
            "fingerprint": name,
            "severity": _SEVERITIES[found.severity],
            "location": {"path": found.path, "lines": {"begin": found.span.line}},
        }
        for found, name in zip(diagnostics, names, strict=True)
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"
