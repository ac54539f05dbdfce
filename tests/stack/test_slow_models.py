"""A model that is merely slow is left to think: connecting and answering are separate.

Collected by the container tests again.
"""

from __future__ import annotations

from stack.slow import SlowReplies


def test_a_slow_model_is_left_to_think(slow_replies: SlowReplies) -> None:
    """90 s to the first token, or 20 s between two, with the default settings."""
    for (name, kind), future in slow_replies.items():
        reply = future.result()
        assert reply.comes_from("local"), (kind, reply)
        assert reply.total >= (90 if name == "slow-first-token" else 60), (kind, reply)
