"""Whether the time of a refusal tells anything about a key: right, nearly right and wrong ones, interleaved.

    python benchmarks/key_timing.py                       # the comparison alone
    python benchmarks/key_timing.py --url http://…:4000   # also at the door of a running gateway

At the door each request asks what only the owner may: the right key, an app's (in GATEWAY_KEY), is refused
with a 403, every other one with a 401. What LiteLLM does for those who are let in is not in it.

The test is Mann and Whitney's, with ranks from the smaller sample's sum and the normal approximation, and
Bonferroni's correction for the number of pairs.
"""

from __future__ import annotations

import argparse
import gc
import http.client
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from urllib.parse import urlsplit

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # importing LiteLLM asks nobody for prices

from gateway.runtime.app_keys import Holder, _digest, holder_of

_ALPHA = 0.01
_APPS = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20_000)
    parser.add_argument("--door-rounds", type=int, default=400)
    parser.add_argument("--url", help="of a running gateway; its key in GATEWAY_KEY")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chosen = random.Random(options.seed)
    right = [_random_key(chosen) for _ in range(_APPS)]
    holders = [Holder(f"app{i}", _digest(key)) for i, key in enumerate(right)]
    compare = timed(
        lambda: keys_like(right[0], chosen) | {"right, of the last": _copied(right[-1])},
        lambda key: holder_of([key], holders),
        options.rounds,
        chosen,
    )
    is_even = report(f"holder_of, {options.rounds} rounds, {_APPS} apps, nanoseconds", compare, 1e9)
    if options.url:
        key = os.environ["GATEWAY_KEY"]
        door = timed(
            lambda: keys_like(key, chosen), _asker(options.url), options.door_rounds, chosen
        )
        title = f"the door's refusal, {options.door_rounds} rounds, milliseconds"
        is_even &= report(title, door, 1e3)
    return 0 if is_even else 1


def keys_like(right: str, chosen: random.Random) -> dict[str, str]:
    """All of one length, which is no secret of ours; new objects each time, so that where one happens to
    lie in memory is no difference between kinds."""
    middle = len(right) // 2
    return {
        "right": _copied(right),
        "last character wrong": _copied(right[:-1] + _other(right[-1])),
        "first half right": _copied(
            right[:middle] + _random_key(chosen)[3 : 3 + len(right) - middle]
        ),
        "first character wrong": _copied(_other(right[0]) + right[1:]),
        "all wrong": _copied(_random_key(chosen)[: len(right)].ljust(len(right), "x")),
    }


def timed(
    make: Callable[[], Mapping[str, str]],
    ask: Callable[[str], object],
    rounds: int,
    chosen: random.Random,
) -> dict[str, list[float]]:
    """Seconds of each kind; each round asks all of them, in an order of its own."""
    order = list(make())
    found: dict[str, list[float]] = {kind: [] for kind in order}
    gc.disable()
    try:
        for number in range(-rounds // 10, rounds):
            chosen.shuffle(order)
            kinds = make()
            for kind in order:
                key = kinds[kind]
                began = time.perf_counter()
                ask(key)
                took = time.perf_counter() - began
                if number >= 0:
                    found[kind].append(took)
    finally:
        gc.enable()
    return found


def report(title: str, found: Mapping[str, Sequence[float]], scale: float) -> bool:
    """Prints medians and the least p; whether no wrong key is told from another."""
    print(title)
    for kind, times in found.items():
        low, middle, high = (value * scale for value in statistics.quantiles(times, n=4))
        print(f"  {kind:<24} median {middle:10.2f}   quartiles {low:10.2f} … {high:10.2f}")
    pairs = list(combinations(found, 2))
    values = {pair: mann_whitney(found[pair[0]], found[pair[1]]) for pair in pairs}
    wrong = {p: v for p, v in values.items() if not any(kind.startswith("right") for kind in p)}
    right = {p: v for p, v in values.items() if p not in wrong}
    is_even = _verdict("wrong keys among each other", wrong)
    _verdict("right keys and wrong ones", right)
    print()
    return is_even


def _verdict(title: str, values: Mapping[tuple[str, str], float]) -> bool:
    least = min(values, key=lambda pair: values[pair])
    corrected = min(1.0, values[least] * len(values))
    is_even = corrected >= _ALPHA
    print(
        f"  {title}: {len(values)} pairs, the least p {values[least]:.4f} ({least[0]} / {least[1]}), "
        f"corrected {corrected:.4f}: {'not told apart' if is_even else 'told apart'}"
    )
    return is_even


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided p that both are of one distribution; ties share a rank."""
    one, two = len(first), len(second)
    marked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, ties, at = 0.0, 0.0, 0
    while at < len(marked):
        end = at
        while end < len(marked) and marked[end][0] == marked[at][0]:
            end += 1
        shared = (at + end + 1) / 2
        ranks += shared * sum(1 for _, which in marked[at:end] if which == 0)
        ties += (end - at) ** 3 - (end - at)
        at = end
    total = one + two
    statistic = ranks - one * (one + 1) / 2
    spread = math.sqrt(one * two / 12 * ((total + 1) - ties / (total * (total - 1))))
    return math.erfc(abs(statistic - one * two / 2) / spread / math.sqrt(2)) if spread else 1.0


def _asker(url: str) -> Callable[[str], object]:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port or 80, timeout=30)

    def ask(key: str) -> int:
        connection.request("GET", "/health", headers={"authorization": f"Bearer {key}"})
        response = connection.getresponse()
        response.read()
        assert response.status in (401, 403), response.status
        return response.status

    return ask


def _random_key(chosen: random.Random) -> str:
    return "sk-" + "".join(chosen.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=43))


def _copied(key: str) -> str:
    return "".join(list(key))


def _other(character: str) -> str:
    return "b" if character == "a" else "a"


if __name__ == "__main__":
    sys.exit(main())
