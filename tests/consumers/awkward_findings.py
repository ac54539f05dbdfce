"""One set of findings for every format: what each of them has to escape, shorten or leave out."""

from __future__ import annotations

from gateway.diagnostics import Diagnostic, Related, Severity, ordered
from gateway.model import Span

SECRET = "sk-0123456789abcdefghij"
SOURCES = {
    "gateway.yaml": "default_model: glm-5\n",
    "models.d/100%, a:b.yaml": "provider: nanogpt\r\n\U0001f600 é: [1]\r\n\U0001f600 é: [1]\r\n",
    "models.d/<b>|é &amp;.yaml": f"provider: 'x'\nkey: {SECRET}\nprice: {{input: 1,\n  output: 2}}\n",
    "models.d/sound.yaml": "provider: nanogpt\nmodel: m\n",
    "models.d/warned.yaml": "provider: nanogpt\nmodel: \x1b[31m\n",
}
FINDINGS = ordered(
    [
        Diagnostic("GW103", "unknown key `é`", "models.d/100%, a:b.yaml", Span(2, 3, 2, 4), "rename it to `e`"),
        Diagnostic("GW103", "unknown key `é`", "models.d/100%, a:b.yaml", Span(3, 3, 3, 4)),
        Diagnostic(
            "GW003",
            "the key `é` stands twice",
            "models.d/100%, a:b.yaml",
            Span(3, 3, 3, 4),
            related=(Related("models.d/100%, a:b.yaml", Span(2, 3, 2, 4), "first"),),
        ),
        Diagnostic("GW220", "a literal secret", "models.d/<b>|é &amp;.yaml", Span(2, 6, 2, 29), hides_value=True),
        Diagnostic(
            "GW104",
            "`price` is a mapping {0}, [not](1) `a|b`, *100%* <b>, #1 @you\r\n::error::x ##[error] https://x.y",
            "models.d/<b>|é &amp;.yaml",
            Span(3, 8, 4, 13),
            "write `{input: 1}`\nover two lines",
        ),
        Diagnostic("GW230", "one odd ` backtick", "models.d/warned.yaml", Span(2, 1, 2, 6), severity=Severity.WARNING),
        Diagnostic("GW237", "this file is not read", "models.d/not here.yml", severity=Severity.WARNING),
    ]
)  # fmt: skip
EXCUSED = (
    (Diagnostic("GW214", "`glm-5` takes too long", "gateway.yaml", Span(1, 1, 1, 14)), "the office VPN"),
)  # fmt: skip
