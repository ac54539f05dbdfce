"""The bounds on a number of tokens against tiktoken's own count."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest
from litellm.litellm_core_utils.default_encoding import encoding

import gateway
from gateway.bundled_tokenizer import bundled_encode
from gateway.runtime.claude_tokens import Counts, Tokens, counted, estimated, sampled

ROOT = Path(gateway.__file__).parents[1]
RANDOM = random.Random(1)
TEXTS = {
    "prose": (ROOT / "docs/decisions.md").read_text("utf-8"),
    "code": "\n".join(p.read_text("utf-8") for p in sorted((ROOT / "gateway").glob("*.py"))),
    "json": (ROOT / "gateway/schema/gateway.schema.json").read_text("utf-8"),
    "base64": base64.b64encode(RANDOM.randbytes(30_000)).decode(),
    "digits": "".join(RANDOM.choices("0123456789 ", k=30_000)),
    "chinese": "今天天气很好，我们去公园散步吧。" * 500,
    "russian": "Это пример русского текста для проверки. " * 500,
    "hindi": "यह हिंदी पाठ का एक उदाहरण है। " * 500,
    "emoji": "😀🎉🚀" * 2000,
    "lone surrogates": "\ud800 word " * 2000,
}


def encode(text: str) -> list[int]:
    found = bundled_encode()
    assert found is not None
    return list(found(text))


@pytest.mark.parametrize("name", TEXTS)
def test_the_number_lies_between_the_bounds(name: str) -> None:
    texts = [TEXTS[name][i : i + 7_000] for i in range(0, len(TEXTS[name]), 7_000)]
    number = counted(texts, encode, images=2)
    assert number.is_exact
    rough = estimated(texts, images=2)
    assert rough.at_least <= number.about <= rough.at_most
    near = sampled(texts, encode, images=2)
    assert near.at_least <= number.about <= near.at_most
    assert rough.at_least <= near.at_least <= near.about <= near.at_most


def test_a_mixture_is_sampled_in_all_its_parts() -> None:
    texts = [TEXTS["prose"], TEXTS["base64"], TEXTS["chinese"], "", TEXTS["code"], "x"]
    number, near = counted(texts, encode).about, sampled(texts, encode)
    assert near.at_least <= number <= near.at_most
    assert near.at_most < estimated(texts).at_most


def test_counting_in_pieces_is_counting() -> None:
    text = TEXTS["prose"]
    cuts = 1 + len(text) / 4_000
    # Where two pieces meet, what would be one token can be three.
    assert abs(counted([text], encode).about - len(encode(text))) <= 2 * cuts


def test_what_was_counted_is_not_counted_again() -> None:
    encoded: list[str] = []

    def watched(text: str) -> list[int]:
        encoded.append(text)
        return encode(text)

    counts = Counts(most=2)
    assert counts.counted(["one two", "three"], watched, 1) == counted(
        ["one two", "three"], encode, 1
    )
    assert counts.counted(["three", "one two", "four"], watched) == counted(
        ["one two", "three", "four"], encode
    )
    assert encoded == ["one two", "three", "four"]
    counts.counted(["one two"], watched)  # two were enough, and it began anew
    assert encoded == ["one two", "three", "four", "one two"]


@pytest.mark.parametrize("texts", [[], [""], ["short"]])
def test_little_is_counted_at_once(texts: list[str]) -> None:
    assert sampled(texts, encode) == counted(texts, encode)


@pytest.mark.parametrize(
    ("tokens", "sure"),
    [
        (Tokens(5, 7, 10), False), (Tokens(6, 7, 10), True), (Tokens(1, 2, 5), True),
        (Tokens(5, 5, 5), True), (Tokens(6, 6, 6), True),
    ],
)  # fmt: skip
def test_being_sure(tokens: Tokens, sure: bool) -> None:
    assert tokens.is_sure(5) is sure


def test_the_encoding_is_the_one_that_litellm_counts_with() -> None:
    for text in TEXTS.values():
        assert encode(text[:9_000]) == encoding.encode_ordinary(text[:9_000])
