"""Which key is used next, and for how long one is left alone: the rule, on a clock of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from gateway.runtime.key_limits import Minute
from gateway.runtime.key_rotation import LOCKED, Attempts, KeyRing, Rest
from gateway.runtime.rotated_key import EVERY_MODEL, Key, KeyId, key_of


@dataclass
class Lab:
    """A ring whose time is told."""

    now: float = 1000.0
    ring: KeyRing = field(init=False)

    def __post_init__(self) -> None:
        self.ring = KeyRing(lambda: self.now)

    def use(self, *keys: Key) -> str | None:
        attempts = Attempts()
        key = self.ring.choose(keys, attempts)
        self.ring.start(key, attempts)
        return key.id.variable if key else None

    def uses(self, count: int, *keys: Key) -> Counter[str | None]:
        return Counter(self.use(*keys) for _ in range(count))

    def rests(self, key: Key) -> float:
        rest = self.ring.rest_of(key)
        return rest.until - self.now if rest else 0.0


def key(
    variable: str,
    rotation: str = "balanced",
    *,
    model: str = "m",
    priority: int = 1,
    weight: int = 1,
    rpm: int | None = None,
    tpm: int | None = None,
) -> Key:
    return Key(KeyId("p", variable), model, rotation, priority, weight, 10.0, rpm, tpm)


A, B, C = key("A"), key("B"), key("C")


def test_balanced_goes_round() -> None:
    lab = Lab()
    assert [lab.use(A, B, C) for _ in range(6)] == ["A", "B", "C", "A", "B", "C"]


def test_balanced_goes_by_weight() -> None:
    heavy = key("A", weight=3)
    assert Lab().uses(40, heavy, B) == {"A": 30, "B": 10}


def test_use_counts_for_all_models() -> None:
    lab = Lab()
    lab.uses(10, A)
    other = [key(name, model="other") for name in "AB"]
    assert lab.use(*other) == "B"


def test_sequential_stays() -> None:
    lab, keys = Lab(), [key(name, "sequential") for name in "ABC"]
    assert lab.uses(5, *keys) == {"A": 5}
    lab.ring.fail(keys[0], 429, 0.0)
    assert lab.uses(5, *keys) == {"B": 5}
    lab.now += 10.0
    assert lab.uses(5, *keys) == {"A": 5}


def test_a_tier_waits_for_the_one_before() -> None:
    lab, keys = Lab(), [key("A", priority=2), B, C]
    assert lab.uses(4, *keys) == {"B": 2, "C": 2}
    for each in (B, C):
        lab.ring.fail(each, 429, 0.0)
    assert lab.uses(3, *keys) == {"A": 3}


def test_a_key_that_comes_back_does_not_catch_up() -> None:
    lab = Lab()
    lab.ring.fail(A, 429, 0.0)
    lab.uses(100, A, B)
    lab.now += 10.0
    assert lab.uses(100, A, B)["A"] in (50, 51)


def test_it_is_left_alone_longer_each_time() -> None:
    lab = Lab()
    seen = []
    for _ in range(6):
        lab.ring.fail(A, 429, 0.0)
        seen.append(lab.rests(A))
        lab.now += seen[-1]
    assert seen == [10.0, 30.0, 60.0, 120.0, 300.0, 300.0]
    lab.ring.succeed(A, lab.now)
    lab.ring.fail(A, 429, 0.0)
    assert lab.rests(A) == 10.0


def test_many_at_once_count_once() -> None:
    lab = Lab()
    for _ in range(20):
        lab.ring.fail(A, 429, 0.0)
    assert lab.rests(A) == 10.0
    began = lab.now - 1.0
    lab.ring.succeed(A, began)  # asked before it was known
    lab.now += 10.0
    lab.ring.fail(A, 429, 0.0)
    assert lab.rests(A) == 30.0


def test_what_the_upstream_says_holds() -> None:
    lab = Lab()
    lab.ring.fail(A, 429, 515_092.0)
    assert lab.rests(A) == 515_092.0
    lab.ring.fail(B, 429, 1.0)
    assert lab.rests(B) == 1.0
    lab.ring.fail(B, 429, 40.0)
    assert lab.rests(B) == 40.0


def test_a_quota_is_one_models_and_a_refusal_all_models() -> None:
    lab, other = Lab(), key("A", model="other")
    lab.ring.fail(A, 429, 0.0)
    assert (lab.rests(A), lab.rests(other)) == (10.0, 0.0)
    lab.ring.fail(A, 401, 0.0)
    assert (lab.rests(A), lab.rests(other)) == (LOCKED, LOCKED)
    assert lab.ring.refused("p") == ("A",)
    assert lab.ring.refused("q") == ()


@pytest.mark.parametrize(("status", "seconds"), [(500, 10.0), (404, 10.0), (400, 0.0), (422, 0.0)])
def test_other_failures(status: int, seconds: float) -> None:
    lab = Lab()
    lab.ring.fail(A, status, 0.0)
    assert lab.rests(A) == seconds


def test_a_request_that_every_key_refuses_locks_none() -> None:
    lab, attempts = Lab(), Attempts()
    for each in (A, B, C):
        lab.ring.fail(each, 403, 0.0, attempts)
        assert lab.rests(each) == 0.0
    lab.ring.succeed(A, lab.now, Attempts())  # another request
    assert [lab.rests(each) for each in (A, B, C)] == [0.0, 0.0, 0.0]


def test_keys_that_refuse_what_another_answers_are_locked() -> None:
    lab, attempts = Lab(), Attempts()
    lab.ring.fail(A, 403, 0.0, attempts)
    lab.ring.fail(B, 403, 2 * LOCKED, attempts)
    lab.ring.succeed(C, lab.now, attempts)
    assert [lab.rests(each) for each in (A, B, C)] == [LOCKED, 2 * LOCKED, 0.0]
    assert lab.ring.refused("p") == ("A", "B")


@pytest.mark.parametrize(
    "other",
    [replace(B, model="other"), replace(B, id=KeyId("another", "B")), A],
    ids=["another model", "another provider", "the same key"],
)
def test_who_answers_elsewhere_says_nothing_of_a_forbidden_key(other: Key) -> None:
    lab, attempts = Lab(), Attempts()
    lab.ring.fail(A, 403, 0.0, attempts)
    lab.ring.succeed(other, lab.now, attempts)
    assert lab.rests(A) == 0.0


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_key_that_is_refused_is_locked(status: int) -> None:
    lab = Lab()
    lab.ring.fail(A, status, 0.0)
    assert (lab.rests(A), lab.rests(replace(A, model="other"))) == (LOCKED, LOCKED)
    assert lab.ring.refused("p") == ("A",)
    lab.ring.fail(B, status, 2 * LOCKED)
    assert lab.rests(B) == 2 * LOCKED


def test_a_request_never_asks_with_a_key_again() -> None:
    lab, attempts = Lab(), Attempts()
    seen = []
    while (found := lab.ring.choose((A, B, C), attempts)) is not None:
        lab.ring.start(found, attempts)
        seen.append(found.id.variable)
    assert seen == ["A", "B", "C"]


def test_a_choice_that_was_not_asked_is_not_counted() -> None:
    lab, attempts = Lab(), Attempts()
    assert lab.ring.choose((A, B), attempts) == A
    lab.ring.start(None, attempts)  # another provider was asked
    assert lab.use(A, B) == "A"


def test_a_choice_without_a_free_place_is_not_made_again() -> None:
    lab, attempts = Lab(), Attempts()
    keys = [key(name, "sequential") for name in "AB"]
    assert lab.ring.choose(keys, attempts) == keys[0]
    assert lab.ring.choose(keys, attempts) == keys[1]


def test_the_first_to_come_back_says_when() -> None:
    lab = Lab()
    lab.ring.fail(A, 429, 143.0)
    assert lab.ring.back_in((A, B)) is None
    lab.ring.fail(B, 429, 77.0)
    assert lab.ring.back_in((A, B)) == 77.0


def test_no_time_mends_a_refused_key() -> None:
    lab = Lab()
    lab.ring.fail(A, 401, 0.0)
    assert lab.ring.back_in((A,)) == 300.0
    lab.ring.fail(B, 429, 50_000.0)
    assert lab.ring.back_in((A, B)) == 50_000.0


def test_limits_of_a_minute() -> None:
    lab, narrow = Lab(), key("A", "sequential", rpm=3)
    keys = (narrow, key("B", "sequential"))
    assert lab.uses(5, *keys) == {"A": 3, "B": 2}
    lab.now += 60.0
    assert lab.uses(5, *keys) == {"A": 3, "B": 2}


def test_limits_of_tokens() -> None:
    lab, narrow = Lab(), key("A", "sequential", tpm=100)
    assert lab.use(narrow) == "A"
    lab.ring.spend(narrow, 60)
    lab.now += 10.0
    assert lab.use(narrow) == "A"
    lab.ring.spend(narrow, 60)
    assert lab.use(narrow) is None
    assert lab.rests(narrow) == 50.0  # without the first answer it is below
    lab.now += 50.0
    assert lab.use(narrow) == "A"


def test_a_minute_slides() -> None:
    minute = Minute()
    for now in (0.0, 30.0):
        minute.ask(now)
    assert minute.free_at(31.0, 2, None) == 60.0
    assert minute.free_at(60.0, 2, None) == 60.0
    minute.ask(60.0)
    assert minute.free_at(61.0, 2, None) == 90.0


def test_what_is_rendered_is_read() -> None:
    said = {"provider": "p", "model": "m", "rotation": "sequential", "variable": "A", "weight": 3}
    found = key_of({"gateway": {"cooldown": 5, "key": said}})
    assert found == Key(KeyId("p", "A"), "m", "sequential", 1, 3, 5.0)
    for other in (None, {}, {"gateway": {}}, {"gateway": {"key": None}}):
        assert key_of(other) is None


def test_a_group_shares_what_is_exhausted_and_nothing_else() -> None:
    lab = Lab()
    pro, mini, apart = (
        replace(A, model="pro", group="g"),
        replace(A, model="mini", group="g"),
        replace(A, model="apart"),
    )
    lab.ring.fail(pro, 500, 0.0)
    assert [lab.rests(each) for each in (pro, mini, apart)] == [10.0, 0.0, 0.0]
    lab.ring.fail(mini, 429, 60.0)
    assert [lab.rests(each) for each in (pro, mini, apart)] == [60.0, 60.0, 0.0]


def test_a_key_without_room_is_passed_over() -> None:
    lab, keys = Lab(), [key(name, "sequential") for name in "AB"]
    attempts = Attempts()
    first = lab.ring.choose(keys, attempts)
    assert first is not None
    lab.ring.fill(first, 3600.0, attempts)
    assert attempts.reserved == []
    second = lab.ring.choose(keys, attempts)
    assert second is not None
    assert second.id.variable == "B"
    assert lab.rests(keys[0]) == 3600.0


def test_what_was_chosen_and_not_asked_is_given_back() -> None:
    lab, attempts = Lab(), Attempts()
    lab.ring.choose([A], attempts)
    lab.ring.start(None, attempts)
    assert attempts.unused == [A]


def test_what_others_know_counts_until_they_know_better() -> None:
    lab = Lab()
    lab.ring.hear(
        {
            (A.id, "m"): Rest("exhausted", lab.now, lab.now + 50),
            (B.id, EVERY_MODEL): Rest("refused", lab.now, lab.now + 90),
        }
    )
    assert [lab.rests(each) for each in (A, B, C)] == [50.0, 90.0, 0.0]
    assert lab.ring.refused("p") == ("B",)
    lab.ring.hear({})
    assert [lab.rests(each) for each in (A, B)] == [0.0, 0.0]


def test_what_is_left_alone_is_told() -> None:
    told: list[tuple[str, str, str]] = []
    ring = KeyRing(
        lambda: 0.0,
        lambda id, scope, rest: told.append((id.variable, scope, rest.reason)),
    )
    attempts = Attempts()
    ring.fail(A, 429, 5.0)
    ring.fail(A, 403, 0.0, attempts)
    assert told == [("A", "m", "exhausted")]
    ring.succeed(B, 0.0, attempts)
    ring.fail(B, 402, 0.0)
    assert told == [
        ("A", "m", "exhausted"),
        ("A", EVERY_MODEL, "refused"),
        ("B", EVERY_MODEL, "out of credit"),
    ]


def test_a_key_that_others_outdo_for_three_models_is_locked() -> None:
    lab = Lab()

    def ask(model: str, *, answers: bool = False) -> None:
        """A fails unless it `answers`, and B answers then."""
        attempts = Attempts()
        if answers:
            lab.ring.succeed(replace(A, model=model), lab.now, attempts)
            return
        lab.ring.fail(replace(A, model=model), 404, 0.0, attempts)
        lab.ring.succeed(replace(B, model=model), lab.now, attempts)

    for model in ("one", "two"):
        ask(model)
    ask("four", answers=True)
    for model in ("one", "two", "two"):
        ask(model)
    assert lab.rests(A) == 0.0
    ask("three")
    assert lab.rests(A) == LOCKED
    assert lab.ring.refused("p") == ()


def test_an_upstream_that_fails_everybody_locks_nobody() -> None:
    lab = Lab()
    for model in ("one", "two", "three", "four"):
        attempts = Attempts()
        for each in (A, B):
            lab.ring.fail(replace(each, model=model), 503, 0.0, attempts)
    assert [lab.rests(each) for each in (A, B)] == [0.0, 0.0]


def test_a_key_without_another_is_asked_again() -> None:
    lab, lonely = Lab(), replace(A, is_alone=True)
    attempts = Attempts()
    for _ in range(2):
        assert lab.ring.choose([lonely], attempts) == lonely
        lab.ring.start(lonely, attempts)
