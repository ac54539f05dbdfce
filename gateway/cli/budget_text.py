"""What apps used of their budgets in, as text and as data out."""

from __future__ import annotations


def amount_text(amount: float, unit: str) -> str:
    """`2,000,000 tokens`, `5 dollars`, `0.0123 dollars`, `1 request`."""
    if unit == "usd":
        return f"{amount:.4f}".rstrip("0").rstrip(".") + " dollars"
    return f"{amount:,.0f} {unit if amount != 1 else unit.removesuffix('s')}"
