"""What a slip is, what an edit needs, what the round-trip library does to a file, and writes that keep everything."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from small_project import MODEL

from gateway.diagnostics.codes import CODES
from gateway.diagnostics.nearest import is_slip_of
from gateway.fixing import plan
from gateway.fixing.applying import apply
from gateway.fixing.edits import Edit, edited
from gateway.model import GatewayError
from gateway.pipeline import check
from gateway.write import replace_content
from gateway.yaml_text import find_comments

DOC = Path(__file__).parents[2] / "docs/fix.md"
FRAGMENTS = Path(__file__).parents[1] / "fragments"


@pytest.mark.parametrize(
    ("word", "likely", "others"),
    [
        ("fallback", "fallbacks", ["context_window_fallbacks"]),
        ("mdoel", "model", ["mode"]),
        ("proivder", "provider", []),
        ("Provider", "provider", []),
        ("context-window", "context_window", []),
        ("glm5", "glm-5", ["glm-4"]),
        ("qwne3.5", "qwen3.5", ["qwen3"]),
    ],
)
def test_one_slip_that_leads_to_one_name_is_certain(word, likely, others) -> None:
    assert is_slip_of(word, likely, [likely, *others])


@pytest.mark.parametrize(
    ("word", "likely", "others"),
    [
        ("glm-4", "glm-5", []),  # another version
        ("gpt-4", "gpt-4o", []),  # another model
        ("kimi-k2", "kimi-k2.5", []),
        ("modle", "model", ["mode"]),  # two could be meant
        ("qwen3", "qwen", []),
        ("conect", "context", []),
        ("x", None, ["y"]),
    ],
)
def test_what_could_be_something_else_is_not(word, likely, others) -> None:
    assert not is_slip_of(word, likely, [*([likely] if likely else []), *others])


def test_edits_keep_what_is_between_them_and_never_overlap() -> None:
    assert edited("abcdef", [Edit(4, 5, ""), Edit(0, 1, "X"), Edit(2, 2, "-")]) == "Xb-cdf"
    with pytest.raises(ValueError, match="overlap"):
        edited("abcdef", [Edit(0, 3, ""), Edit(2, 4, "")])


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("# a\nb: 'x # y' # c\nd: |\n  # no\n  e\n# yes\n", ["# a", "# c", "# yes"]),
        ("f: [a, # g\n b, 'c']\r\n#h\r\n", ["# g", "#h"]),
        ("é: 'é # 😀' # k\nurl: http://a#b\n", ["# k"]),
        ('a: "', None),
    ],
)
def test_comments_are_found_and_texts_are_none(text: str, comments: list[str] | None) -> None:
    found = find_comments(text)
    assert (None if found is None else [each.text for each in found]) == comments


# What docs/decisions.md says of the library's writer. A case that is kept one day: think again.
@pytest.mark.parametrize(
    "text",
    [
        "a: 1\r\nb: 2\r\n",
        "\ufeffa: 1\n",
        "a: 1   \nb: 2\n",
        "a: 1",
        "t:\n    a: 1\n",
        "t:\n  - a\n  - b\n",
        "a: [ x,  y ]\n",
        "a: [\n  x,\n  y, # lost\n]\n",
        "a:   1\nbb:  2\n",
        "a: one\n  two\n",
        "a: ~\n",
        'a: "\\u00e9"\n',
        "---\na: 1\n",
    ],
)
def test_the_round_trip_library_would_change_what_nobody_asked_it_to(text: str) -> None:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10**6
    out = io.StringIO()
    yaml.dump(yaml.load(text), out)
    assert out.getvalue() != text


def test_the_docs_say_of_every_code_whether_it_is_mended() -> None:
    """And a code that they call mended is, in a case of tests/fragments."""
    rows = [line.split(" | ") for line in DOC.read_text("utf-8").splitlines() if "| GW" in line[:5]]
    said = {row[0].removeprefix("| "): row[1] for row in rows}
    assert {*said} <= {*CODES}
    assert {*said.values()} <= {"no", "some", "yes"}
    cases = [*(FRAGMENTS / "err").iterdir(), *(FRAGMENTS / "fix").glob("*/before")]
    found = {d.code for case in cases for d in check(case).diagnostics if d.fix is not None}
    assert found == {code for code, word in said.items() if word != "no"}


def test_mode_and_link_stay(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real/x.yaml"
    real.write_bytes(b"old")
    real.chmod(0o640)
    (tmp_path / "x.yaml").symlink_to("real/x.yaml")
    assert replace_content(tmp_path, "x.yaml", b"old", b"new\r\n")
    assert (tmp_path / "x.yaml").is_symlink()
    assert real.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["real", "x.yaml", "x.yaml"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"old")
    os.chown(file, 1234, 2345)
    assert replace_content(tmp_path, "x.yaml", b"old", b"new")
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 2345)


def test_a_link_out_of_the_project_is_left(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_bytes(b"old")
    root = tmp_path / "project"
    root.mkdir()
    (root / "x.yaml").symlink_to(other)
    with pytest.raises(GatewayError, match="leads out of the project"):
        replace_content(root, "x.yaml", b"old", b"new")
    assert other.read_bytes() == b"old"


def test_what_somebody_else_wrote_meanwhile_stays(tmp_path: Path, write_project) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"theirs")
    assert not replace_content(tmp_path, "x.yaml", b"old", b"new")
    assert file.read_bytes() == b"theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]
    root = write_project({"models.d/a.yaml": MODEL + "fallback: glm-5\n"})
    done = plan(check(root))
    (root / "models.d/a.yaml").write_text("# theirs\n")
    with pytest.raises(GatewayError, match="was changed by somebody else"):
        list(apply(done, root))
    assert (root / "models.d/a.yaml").read_text() == "# theirs\n"


def test_a_new_file_never_replaces_one(write_project) -> None:
    root = write_project({"models.d/a.yaml": MODEL + "---\nname: b\n" + MODEL})
    done = plan(check(root))
    assert "models.d/b.yaml" in done.changes()
    (root / "models.d/b.yaml").write_text("# theirs\n")
    with pytest.raises(GatewayError, match="exists already"):
        list(apply(done, root))
    assert (root / "models.d/b.yaml").read_text() == "# theirs\n"
    assert "---" in (root / "models.d/a.yaml").read_text()
