"""The words behind `gateway run` in, ours and the client's apart out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from gateway.cli.failing import OWN_FAILURE, say_error
from gateway.model import GatewayError

if TYPE_CHECKING:
    from typer import Context


def split_words(
    words: Sequence[str], options: Mapping[str, bool]
) -> tuple[list[str], str | None, list[str]]:
    """Our options, the model, and what goes to the client.

    `options` are ours, each with whether a value follows. From the first word that is neither ours nor
    the model on, and behind `--`, everything is the client's, whatever it looks like.
    """
    ours: list[str] = []
    model: str | None = None
    rest = list(words)
    while rest:
        word = rest[0]
        name = word.partition("=")[0] if word.startswith("--") else word
        if word == "--":
            return ours, model, rest[1:]
        if name in options:
            has_value = options[name] and name == word and rest[1:2] not in ([], ["--"])
            count = 2 if has_value else 1
            ours += rest[:count]
            rest = rest[count:]
        elif model is None and not word.startswith("-"):
            model = rest.pop(0)
        else:
            break
    return ours, model, rest


def _refuse_slip(ctx: Context, word: str, options: Mapping[str, bool]) -> None:
    """Before the model stand options of ours: one that is nearly one is no client's."""
    from gateway.diagnostics.nearest import nearest  # noqa: PLC0415 - only a slip needs it

    likely = nearest(word, options) if word.startswith("--") else None
    if likely and not ctx.resilient_parsing:
        say_error(
            GatewayError(
                f"{word} is not an option of gateway {ctx.info_name}",
                f"did you mean {likely}? A client's own options stand behind the model, or behind `--`",
            )
        )
        ctx.exit(OWN_FAILURE)


class ClientCommand(TyperCommand):
    """A command of ours that ends in the words of another program: `[OPTIONS] [MODEL] [-- ARGS…]`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]
        names = {
            name: not getattr(param, "is_flag", False)
            for param in self.get_params(ctx)
            if param.param_type_name == "option"
            for name in (*param.opts, *param.secondary_opts)
        }
        ours, model, theirs = split_words(args, names)
        if ours and names.get(ours[-1]) and not ctx.resilient_parsing:
            return super().parse_args(ctx, ours)  # its value is missing, which is said there
        if model is None and theirs and args[len(ours)] == theirs[0]:
            _refuse_slip(ctx, theirs[0].partition("=")[0], names)
        if (
            not ctx.resilient_parsing
        ):  # a shell that completes a word asks for no more than is there
            return super().parse_args(ctx, [*ours, "--", model or "", *theirs])
        return super().parse_args(ctx, [*ours, *([model] if model else [])])

    def collect_usage_pieces(self, ctx: Context) -> list[str]:  # type: ignore[override]
        *_, rest = self.get_params(ctx)[:2]
        return ["[OPTIONS]", "[MODEL]", "[--]", f"[{rest.metavar}]..."]

    def make_context(self, *args: Any, **more: Any) -> Any:
        """A mistake in our own words ends as every failure of ours does here."""
        try:
            return super().make_context(*args, **more)
        except Exception as error:
            if hasattr(error, "exit_code") and error.exit_code == 2:
                error.exit_code = OWN_FAILURE
            raise
