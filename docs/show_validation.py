"""What cog calls from docs/validation.md: each case of tests/fragments/err beside LiteLLM's verdict."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from gateway.diagnostics import Diagnostic, Severity
from gateway.pipeline import check

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "fragments" / "err"
sys.path.insert(0, str(ROOT / "tests" / "contract"))

from compare_with_litellm import Verdict, read_verdicts, read_version  # noqa: E402 - see above
from litellm_twins import NO_TWIN  # noqa: E402

_WIDEST = 110


def counts() -> None:
    """One paragraph: how many of the mistakes each of the two refuses."""
    verdicts = read_verdicts()
    found = {case: finding for case in verdicts if (finding := _first_finding(case)) is not None}
    warnings = [each for each in found.values() if each.severity is not Severity.ERROR]
    refused = [case for case, verdict in verdicts.items() if verdict.exit_code != 0]
    spoken = [
        case
        for case, verdict in verdicts.items()
        if verdict.exit_code == 0 and _says_something(verdict)
    ]
    silent = len(verdicts) - len(refused) - len(spoken)
    first = {case for case in verdicts if case.startswith("v1_")}
    print(
        f"Of {len(verdicts)} mistakes that can be made in both, `gateway validate` names {len(found)}, each with "
        f"file, line and column ({len(warnings)} as a warning). LiteLLM {read_version()} refuses {len(refused)}, ends well but says something "
        f"in its log about {len(spoken)}, and has nothing to say about {silent}. Of the first fourteen, "
        f"`gateway` names {len(first & set(found))} and LiteLLM refuses {len(first & set(refused))}."
    )


def table() -> None:
    """A row for each mistake: what it is, what `gateway validate` says first, what LiteLLM says."""
    print(f"| mistake | where | `gateway validate` | LiteLLM {read_version()} |\n|---|---|---|---|")
    for case, verdict in _in_order(read_verdicts()):
        finding = _first_finding(case)
        assert finding is not None, case
        where = f"`{finding.path}:{finding.span.line}:{finding.span.column}`"
        said = f"{_kind(finding)}{finding.code} {finding.message}"
        print(f"| {_title(case)} | {where} | {_cell(said)} | {_cell(litellm_says(verdict))} |")


def without_twin() -> None:
    """A line for each mistake that LiteLLM's configuration has no place for."""
    print(
        "| mistake | `gateway validate` | why there is no such mistake in LiteLLM's file |\n|---|---|---|"
    )
    for case, reason in sorted(NO_TWIN.items()):
        finding = _first_finding(case)
        assert finding is not None, case
        print(
            f"| {_title(case)} | {_cell(f'{_kind(finding)}{finding.code} {finding.message}')} | {reason} |"
        )


def litellm_says(verdict: Verdict) -> str:
    """A verdict in a few words."""
    if verdict.exit_code != 0:
        last = verdict.said[-1] if verdict.said else f"exit {verdict.exit_code}"
        return f"refused: {last.removeprefix('LiteLLM: config validation failed: ')}"
    models = f"“config OK ({verdict.models} models)”"
    if verdict.models != verdict.wanted_models:
        models += f", of {verdict.wanted_models}"
    return f"{models}, with a line in the log" if verdict.said else models


def _says_something(verdict: Verdict) -> bool:
    return bool(verdict.said)


def _first_finding(case: str) -> Diagnostic | None:
    """The first error of a case, else its first warning."""
    found = check(CASES / case).diagnostics
    errors = [each for each in found if each.severity is Severity.ERROR]
    return next(iter(errors or found), None)


def _kind(finding: Diagnostic) -> str:
    return "" if finding.severity is Severity.ERROR else "(warning) "


def _in_order(verdicts: dict[str, Verdict]) -> list[tuple[str, Verdict]]:
    return sorted(verdicts.items(), key=lambda item: (not item[0].startswith("v1_"), item[0]))


def _title(case: str) -> str:
    return re.sub(r"^v1_(\d\d)_", "", case).replace("_", " ")


def _cell(text: str) -> str:
    """On one line, not too wide, and nothing in it that ends a cell."""
    short = text if len(text) <= _WIDEST else text[: _WIDEST - 1].rsplit(" ", 1)[0] + " …"
    if short.count("`") % 2:
        short += "`"
    return short.replace("|", "\\|").replace("<", "&lt;")
