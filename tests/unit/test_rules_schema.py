"""`rules` in the schema of gateway.yaml names every adjustable code, so that editors can complete them.

`pytest --update-golden tests/unit/test_rules_schema.py` writes the section from the table of codes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import gateway
from gateway.adjusting import ADJUSTABLE
from gateway.diagnostics import Severity
from gateway.validate import schema

SCHEMA = Path(gateway.__file__).parent / "schema" / "gateway.schema.json"
SECTION = re.compile(r'^    "rules": \{\n.*?^    \},\n', re.M | re.S)


def rule(code: str) -> str:
    entry = ADJUSTABLE[code]
    title = f"{entry.title[0].upper()}{entry.title[1:]}; default {entry.severity}."
    other = "off" if entry.severity is Severity.WARNING else "warning"
    return (
        f'        "{code}": {{"description": {json.dumps(title)}, "examples": ["{other}"], '
        '"$ref": "#/$defs/severity"}'
    )


def section() -> str:
    rules = ",\n".join(rule(code) for code in sorted(ADJUSTABLE))
    return f"""\
    "rules": {{
      "description": "What findings of a code count as in this project, where that is not their default.",
      "examples": [{{"GW212": "off", "GW213": "error"}}],
      "type": "object", "additionalProperties": false,
      "properties": {{
{rules}
      }}
    }},
"""


def test_the_schema_names_the_adjustable_codes(request) -> None:
    text = SCHEMA.read_text("utf-8")
    if request.config.getoption("--update-golden"):
        text = SECTION.sub(lambda _: section(), text, count=1)
        SCHEMA.write_text(text, "utf-8")
    assert section() in text


def test_a_rule_says_a_severity_or_off() -> None:
    assert schema("gateway")["$defs"]["severity"]["enum"] == [*Severity, "off"]
