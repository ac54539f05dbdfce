"""Models whose variables are not set in, a line out for each group that misses the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.keys.serving import Lacking


def lacking_lines(lacking: Sequence[Lacking]) -> Iterator[str]:
    """A line for the models that miss the same and are answered for by the same."""
    groups: dict[tuple[tuple[str, ...], str | None], list[str]] = {}
    for each in lacking:
        groups.setdefault((each.missing, each.answered_by), []).append(each.model)
    for (missing, other), models in groups.items():
        yield f"  without {' and '.join(missing)}: {other or 'nobody'} answers for {', '.join(models)}"
