"""Diagnostics in, one SARIF 2.1.0 log out: for GitHub code scanning, editors and SARIF viewers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gateway.constants import VERSION
from gateway.diagnostics.codes import CODES
from gateway.diagnostics.codes.code import Code
from gateway.diagnostics.diagnostic import Diagnostic
from gateway.diagnostics.fingerprint import Lines, fingerprints, lines_of, plain_line
from gateway.model import Span

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
# GitHub's own key, `primaryLocationLineHash`, is left to its uploader, which computes it from the
# file and warns about every other value (codeql-action, src/fingerprints.ts).
_FINGERPRINT = "gatewayCodePathLine/v1"
Excused = Sequence[tuple[Diagnostic, str]]


def as_sarif(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], excused: Excused = ()
) -> str:
    """`sources` maps a path to its text; `excused` are findings that count no more, with the reason.

    Paths are relative to the repository's root. A rule is listed where a result names it.
    """
    everything = [*diagnostics, *(found for found, _ in excused)]
    reasons = [*(None for _ in diagnostics), *(reason for _, reason in excused)]
    names = fingerprints(everything, sources)
    lines = lines_of(everything, sources)
    rules = sorted({found.code for found in everything})
    results = []
    for found, name, reason in zip(everything, names, reasons, strict=True):
        result = _result(found, rules.index(found.code), lines)
        result["partialFingerprints"] = {_FINGERPRINT: name}
        if excused:  # all results say whether they are suppressed, or none does (SARIF 3.27.23)
            result["suppressions"] = [] if reason is None else [_suppression(reason)]
        results.append(result)
    run = {
        "tool": {"driver": {**_driver(), "rules": [_rule(CODES[c]) for c in rules]}},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _driver() -> dict[str, Any]:
    return {"name": "gateway", "version": VERSION, "semanticVersion": VERSION, "language": "en"}


def _rule(code: Code) -> dict[str, Any]:
    text, markdown = _help(code)
    return {
        "id": code.code,
        "name": _pascal_case(code.title),
        "shortDescription": {"text": code.title[0].upper() + code.title[1:] + "."},
        "fullDescription": {"text": code.reason},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": str(code.severity)},
    }


def _pascal_case(title: str) -> str:
    """`a file that is not YAML` is `FileThatIsNotYaml`."""
    words = re.findall(r"\w+", title.lower())
    return "".join(word.capitalize() for word in words if word not in {"a", "an", "the"})


def _help(code: Code) -> tuple[str, str]:
    """The reason and both examples, as plain text and as Markdown."""
    parts, marked = [code.reason], [code.reason]
    examples = [("Wrong", code.file, code.bad), ("Right", code.good_file or code.file, code.good)]
    for word, file, example in examples if code.bad else ():
        parts.append(f"{word}, in {file}:\n\n{example.rstrip()}")
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", example)), 0)
        marked.append(f"**{word}**, in `{file}`:\n\n{fence}yaml\n{example.rstrip()}\n{fence}")
    return "\n\n".join(parts), "\n\n".join(marked)


def _result(found: Diagnostic, rule_index: int, lines: Lines) -> dict[str, Any]:
    text = found.message + (f"\nhint: {found.hint}" if found.hint else "")
    place = {**_place(found.path, found.span), **_snippets(found, lines)}
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": rule_index,
        "level": str(found.severity),
        "message": {"text": _literal(text)},
        "locations": [{"physicalLocation": place}],
    }
    if found.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _place(other.path, other.span),
                "message": {"text": _literal(other.message)},
            }
            for number, other in enumerate(found.related, start=1)
        ]
    return result


def _snippets(found: Diagnostic, lines: Lines) -> dict[str, Any]:
    """The text of the region and the whole line, where one line holds it and nothing secret."""
    line, span = plain_line(found, lines), found.span
    if not line or span.end_line != span.line or span.end_column <= span.column:
        return {}
    text = line[span.column - 1 : span.end_column - 1]
    return {
        "region": {**_region(span), "snippet": {"text": text}},
        "contextRegion": {
            "startLine": span.line,
            "endLine": span.line,
            "snippet": {"text": line},
        },
    }


def _region(span: Span) -> dict[str, Any]:
    return dict(zip(("startLine", "startColumn", "endLine", "endColumn"), span, strict=True))


def _place(path: str, span: Span) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": quote(path), "uriBaseId": _ROOT},
        "region": _region(span),
    }


def _literal(text: str) -> str:
    """`{` and `}` stand for placeholders in a message, doubled for themselves (SARIF 3.11.5)."""
    return text.replace("{", "{{").replace("}", "}}")


def _suppression(reason: str) -> dict[str, str]:
    return {"kind": "inSource", "justification": reason}
