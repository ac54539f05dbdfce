"""Findings that have one right answer in, texts without them out; what is not provably better is left alone.

    plan → replace (gateway.write)

`in_data` and `in_text` make edits of a fix, `trial` proves them, `plan` decides what is done.
"""

from gateway.fixing.plan import Mended, Plan, plan

__all__ = ["Mended", "Plan", "plan"]
