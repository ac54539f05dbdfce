"""What a finding counts as: by the table, by `rules:`, by a comment; and what is said about comments."""

from __future__ import annotations

import pytest
from small_project import MODEL, SETTINGS

from gateway.pipeline import Checked, build

OTHER = MODEL.replace("model: ", "model: other/")  # with glm-5 in one chain: not the same upstream

SMALLER = {"models.d/glm-5.yaml": f"{MODEL}context_window: 1000\n"}


def fallback(*lines: str, above: str = "", behind: str = "", more: str = "") -> dict[str, str]:
    """A model whose fallback has a smaller context (GW212), with comments around that line."""
    text = f"{OTHER}context_window: 2000\n{above}fallbacks: [glm-5]{behind}\n{more}"
    return {**SMALLER, "models.d/big.yaml": text}


def rules(text: str, settings: str = SETTINGS) -> dict[str, str]:
    return {"gateway.yaml": f"{settings}rules: {text}\n"}


def said(checked: Checked) -> list[tuple[str, str]]:
    assert (checked.blueprint is None) == any(d.severity == "error" for d in checked.diagnostics)
    return [(found.code, str(found.severity)) for found in checked.diagnostics]


def excused(checked: Checked) -> list[tuple[str, str]]:
    return [(each.diagnostic.code, each.reason) for each in checked.excused]


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("{}", [("GW212", "warning")]),
        ("{GW212: warning}", [("GW212", "warning")]),
        ("{GW212: error}", [("GW212", "error")]),
        ("{GW212: off}", []),
        ("{GW213: error, GW214: off}", [("GW212", "warning")]),
    ],
)
def test_rules_win_over_the_table(says: str, expected, check_project) -> None:
    assert said(check_project({**fallback(), **rules(says)})) == expected


def test_an_error_of_the_table_can_be_lowered_and_still_renders(write_project) -> None:
    over = {"models.d/slow.yaml": f"{OTHER}fallbacks: [glm-5]\nfailover_within: 1s\n"}
    other = {"models.d/e.yaml": f"{OTHER}mode: embedding\nfallbacks: [glm-5]\n"}
    assert said(build(write_project({**over, **other})).checked) == [
        ("GW204", "error"),
        ("GW214", "error"),
    ]
    built = build(write_project(rules("{GW204: warning, GW214: warning}")))
    assert said(built.checked) == [("GW204", "warning"), ("GW214", "warning")]
    assert built.rendered


def test_one_mistake_in_settings_brings_nothing_back_that_is_off(check_project) -> None:
    files = {"models.d/below/x.yaml": MODEL}
    unsound = SETTINGS + "no_such_key: 1\n"
    assert said(check_project({**files, **rules("{GW237: off, GW212: maybe}", unsound)})) == [
        ("GW103", "error"),
        ("GW105", "error"),
    ]
    assert ("GW237", "warning") in said(check_project({**files, **rules("[GW237]", unsound)}))
    assert ("GW237", "warning") in said(check_project({"gateway.yaml": "- 1\n", **files}))


@pytest.mark.parametrize(
    "around",
    [
        {"behind": " # gateway: allow GW212 — why"},
        {"behind": " #gateway:allow GW212:why"},
        {"behind": " # slow # gateway: allow GW212 - why"},
        {"behind": " # gateway: allow GW212, GW213 – why", "more": "capabilities: [tools]\n"},
        {"above": "# gateway: allow GW212 -- why\n"},
        {"above": "  # gateway: allow GW212 — why\n# and more\n"},
        {"above": "# first\n# gateway: allow GW212 — why\n# gateway: allow GW213: and\n"},
    ],
)
def test_a_comment_excuses(around: dict[str, str], check_project) -> None:
    files = fallback(**around)
    if "GW213" in str(around):
        files["models.d/glm-5.yaml"] += "capabilities: []\n"
        files["models.d/big.yaml"] += "capabilities: [tools]\n" * ("more" not in around)
    checked = check_project(files)
    assert said(checked) == []
    assert excused(checked)[0] == ("GW212", "why")
    assert len(excused(checked)) == str(around).count("GW")


@pytest.mark.parametrize(
    "around",
    [
        {"above": "# gateway: allow GW212 — why\n\n"},
        {"above": "# gateway: allow GW212 — why\nmode: chat\n"},
        {"above": "mode: chat # gateway: allow GW212 — why\n"},
        {"more": "# gateway: allow GW212 — why\n"},
        {"behind": " # gateway: allow GW213 — why"},
    ],
)
def test_a_comment_elsewhere_excuses_nothing_and_is_not_needed(around, check_project) -> None:
    checked = check_project(fallback(**around))
    assert sorted(said(checked)) == [("GW212", "warning"), ("GW264", "warning")]
    assert checked.excused == ()


@pytest.mark.parametrize(
    "text",
    [
        'description: "a # gateway: allow GW212 — x"\n',
        "description: |\n  # gateway: alow GW212\n",
        "description: a#gateway:allow GW202\n",
        "# the gateway: allow it\n",
        "# fallbacks: [x] # gateway: allow GW212 — commented out with its excuse\n",
    ],
)
def test_what_is_no_comment_to_the_gateway_is_none(text: str, check_project) -> None:
    assert said(check_project({"models.d/glm-5.yaml": MODEL + text})) == []


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("# gateway: alow GW212 — why", "GW261"),
        ("# gateway: allow", "GW261"),
        ("# gateway:", "GW261"),
        ("# gateway: allow GW212 why", "GW261"),
        ("# gateway: allow GW212 GW213 — why", "GW261"),
        ("# gateway: allow — why", "GW261"),
        ("# GATEWAY: ALLOW GW212 — why", "GW261"),
        ("# gateway: allow GW202 — why", "GW262"),
        ("# gateway: allow gw212 — why", "GW262"),
        ("# gateway: allow everything — why", "GW262"),
        ("# gateway: allow GW212", "GW263"),
        ("# gateway: allow GW212 —", "GW263"),
        ("# gateway: allow GW212: ...", "GW263"),
    ],
)
def test_a_comment_that_excuses_nothing_is_said(comment: str, code: str, check_project) -> None:
    files = fallback(behind=f" {comment}")
    finding = ("GW212", "warning")
    assert said(check_project(files)) == [finding, (code, "warning")]
    assert said(check_project({**files, **rules(f"{{{code}: error}}")})) == [
        finding,
        (code, "error"),
    ]
    assert said(check_project({**files, **rules(f"{{{code}: off}}")})) == [finding]


def test_the_good_code_beside_a_bad_one_still_counts(check_project) -> None:
    checked = check_project(fallback(behind=" # gateway: allow GW202, GW212 — why"))
    assert said(checked) == [("GW262", "warning")]
    assert excused(checked) == [("GW212", "why")]


IDLE = {"models.d/glm-5.yaml": f"{MODEL}mode: chat # gateway: allow GW212 — why\n"}


def test_an_excuse_that_is_not_needed_is_said(check_project) -> None:
    assert said(check_project(IDLE)) == [("GW264", "warning")]


@pytest.mark.parametrize(
    "more",
    [
        rules("{GW212: off}"),
        rules("{GW264: off}"),
        {"models.d/glm-5.yaml": f"{IDLE['models.d/glm-5.yaml']}enabled: false\n"},
        {"models.d/bad.yaml": f"{MODEL}fallbacks: [nobody]\n"},
        {"models.d/bad.yaml": "provider: [\n"},
        {"gateway.yaml": SETTINGS + "no_such_key: 1\n"},
    ],
)
def test_nothing_is_said_where_the_rule_may_not_have_run(more, check_project) -> None:
    assert "GW264" not in dict(said(check_project({**IDLE, **more})))


def test_an_error_that_leaves_a_blueprint_lets_every_rule_run(check_project) -> None:
    checked = check_project({**IDLE, "models.d/below/x.yaml": MODEL, **rules("{GW237: error}")})
    assert dict(said(checked)) == {"GW237": "error", "GW264": "warning"}


def test_off_comes_before_an_excuse(check_project) -> None:
    files = fallback(behind=" # gateway: allow GW212 — why")
    checked = check_project({**files, **rules("{GW212: off}")})
    assert (checked.diagnostics, checked.excused) == ((), ())


def test_an_excused_error_is_no_error(check_project) -> None:
    files = fallback(behind=" # gateway: allow GW212 — why")
    checked = check_project({**files, **rules("{GW212: error}")})
    assert checked.blueprint is not None
    (each,) = checked.excused
    assert (each.diagnostic.severity, each.reason) == ("error", "why")


def test_an_excuse_may_be_allowed_to_be_idle(check_project) -> None:
    both = IDLE["models.d/glm-5.yaml"].replace("GW212", "GW212, GW264")
    checked = check_project({"models.d/glm-5.yaml": both})
    assert (said(checked), excused(checked)) == ([], [("GW264", "why")])
    alone = IDLE["models.d/glm-5.yaml"].replace("GW212", "GW264")
    assert said(check_project({"models.d/glm-5.yaml": alone})) == [("GW264", "warning")]


def test_excuses_work_in_settings(check_project) -> None:
    unused = SETTINGS + "  # gateway: allow GW210 — next week\n  x: {litellm: anthropic}\n"
    checked = check_project({"gateway.yaml": unused})
    assert said(checked) == [("GW234", "warning")]
    assert excused(checked) == [("GW210", "next week")]


def test_a_finding_about_a_whole_file_is_excused_at_its_top(check_project) -> None:
    """It stands in line 1, which is a comment here."""
    from gateway.diagnostics import Diagnostic, Severity  # noqa: PLC0415 - this test alone
    from gateway.judge import judge  # noqa: PLC0415
    from gateway.load import load  # noqa: PLC0415
    from gateway.model import SourceFile  # noqa: PLC0415

    source = SourceFile("models.d/x.yaml", f"# modeline\n# gateway: allow GW229 — why\n{MODEL}")
    fragment, _ = load(source)
    assert fragment is not None
    whole = Diagnostic("GW229", "x", source.path, severity=Severity.WARNING)
    assert judge([whole], [fragment], {}).excused[0].reason == "why"


def test_the_reason_of_an_excuse_holds_no_secret(check_project) -> None:
    key = "sk-or-v1-c4narychars0123456789abcdef"
    checked = check_project(fallback(behind=f" # gateway: allow GW212 — {key}"))
    assert said(checked) == [("GW220", "error")]
    assert key not in repr((checked.diagnostics, checked.excused))
