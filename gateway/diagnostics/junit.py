"""Diagnostics in, JUnit's XML out: a test case for each file, which fails where the file has an error."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from gateway.diagnostics.diagnostic import Diagnostic, Severity
from gateway.diagnostics.text import as_text

_NAME = "gateway validate"
_CLASS = "gateway.validate"
# What XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets).
_IMPOSSIBLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    """`sources` maps the path of every file that was checked to its text.

    GitLab takes the first of several cases of one name, joins several failures of a case badly, and
    ignores a failure's `message`: so a file is one case, its failure one text. Warnings alone are
    the output of a case that passes.
    """
    paths = sorted({*sources, *(found.path for found in diagnostics)})
    of_path: dict[str, list[Diagnostic]] = {path: [] for path in paths}
    for found in diagnostics:
        of_path[found.path].append(found)
    cases = [_case(path, of_path[path], sources) for path in paths]
    failures = sum("<failure" in case for case in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="{_NAME}" {counts}>\n'
        f'  <testsuite name="{_NAME}" {counts} skipped="0">\n'
        f"{''.join(cases)}"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def _case(path: str, found: Sequence[Diagnostic], sources: Mapping[str, str]) -> str:
    start = f'    <testcase classname="{_CLASS}" name="{_attribute(path)}"'
    if not found:
        return f"{start}/>\n"
    text = _content(as_text(found, sources))
    errors = [each for each in found if each.severity is Severity.ERROR]
    if not errors:
        return f"{start}>\n      <system-out>{text}</system-out>\n    </testcase>\n"
    message = errors[0].message + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
    failure = f'<failure type="{errors[0].code}" message="{_attribute(message)}">{text}</failure>'
    return f"{start}>\n      {failure}\n    </testcase>\n"


def _content(text: str) -> str:
    return escape(_IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", text)).replace("\r", "&#13;")


def _attribute(text: str) -> str:
    return _content(text).replace("\t", "&#9;").replace("\n", "&#10;")
