"""What `gateway explain` says about the keys of a provider."""

from __future__ import annotations

from small_project import SETTINGS

from gateway.cli.chain_text import model_text


def explained(resolve_project, keys: str, more: str = "") -> list[str]:  # type: ignore[no-untyped-def]
    settings = SETTINGS.replace("api_keys: [NANOGPT_API_KEY]", f"api_keys: {keys}{more}")
    text = model_text(resolve_project({"a": "provider: nanogpt\nmodel: x\n"}, settings), "a")
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if "nanogpt: x" in line)
    return [line.strip() for line in lines[start:] if not line.startswith("     connect")]


def test_one_key_is_named(resolve_project) -> None:
    (line,) = explained(resolve_project, "[K1]")
    assert line.endswith("(K1)")


def test_several_keys_in_their_order_and_how_they_share(resolve_project) -> None:
    first, *keys = explained(
        resolve_project,
        "[{env: PAID, priority: 2}, {env: 'FREE_*', count: 2, limits: {rpm: 3}}]",
        "\n    rotation: sequential",
    )
    assert first.endswith("(3 keys, sequential)")
    assert keys == ["FREE_1: priority 1, rpm 3", "FREE_2: priority 1, rpm 3", "PAID: priority 2"]


def test_what_all_keys_have_in_common_is_not_said(resolve_project) -> None:
    first, *keys = explained(resolve_project, "[K1, {env: K2, weight: 1}]")
    assert first.endswith("(2 keys, balanced)")
    assert keys == ["K1", "K2"]
