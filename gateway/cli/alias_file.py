"""A project and a shell in, the functions for its models in that shell's start-up file out."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import typer

from gateway.cli.env_text import own_command
from gateway.cli.env_write import shown
from gateway.cli.options import Colour, talk
from gateway.cli.stack import check_or_exit
from gateway.clients.aliases import SHELLS, aliases_of, as_functions
from gateway.clients.files.merging import read_client_file
from gateway.clients.marked_block import Block, find_block, with_block, without_block
from gateway.model import GatewayError, Verb
from gateway.write import replace_content, write_new


@dataclass(frozen=True, slots=True)
class Target:
    """Whose functions go where."""

    root: Path
    shell: str
    file: Path


def target_of(root: Path, shell: str, file: Path | None) -> Target:
    """Raises GatewayError where it is a shell that we have no functions for."""
    if shell == "auto":
        shell = Path(os.environ.get("SHELL", "")).name
        if shell not in SHELLS:
            raise GatewayError(
                f"$SHELL is `{shell}`, which has no functions of ours" if shell else "no $SHELL",
                f"say --shell {', --shell '.join(SHELLS)}",
            )
    return Target(root, shell, Path(os.path.realpath((file or _start_up(shell)).expanduser())))


def _start_up(shell: str) -> Path:
    match shell:
        case "fish":
            return Path(
                os.environ.get("XDG_CONFIG_HOME") or "~/.config", "fish/conf.d/gateway.fish"
            )
        case "zsh":
            return Path(os.environ.get("ZDOTDIR") or "~", ".zshrc")
    return Path("~/.bashrc")


def functions(target: Target, colour: Colour) -> str:
    """Says which names are not the models' own."""
    blueprint = check_or_exit(target.root, colour)
    chatting = {m.name for m in blueprint.models if m.mode == "chat"}
    names = [
        n for n in blueprint.names() if (model := blueprint.find(n)) and model.name in chatting
    ]
    command = own_command(absolute=False)
    made, left = aliases_of(names, command, str(target.root), lambda n: shutil.which(n) is not None)
    for alias in made:
        if alias.why:
            talk(f"{alias.name}: {alias.why}")
    for name in left:
        talk(f"no function for `{name}`: another one has the name that it would get")
    return as_functions(made, target.shell)


def write(target: Target, colour: Colour, *, force: bool, dry_run: bool) -> None:
    """Leaves with 1 where somebody else's lines are between the markers. Raises GatewayError."""
    body = functions(target, colour)
    text, block = _read(target)
    if block is not None and not force:
        _refuse_others(target, block)
    new = with_block(text or "", block, str(target.root), body)
    verb = Verb.CREATE if text is None else Verb.UNCHANGED if new == text else Verb.UPDATE
    if not dry_run:
        _apply(target.file, text, new)
    talk(f"{verb:>9}  {shown(target.file)}")
    if verb is not Verb.UNCHANGED and not dry_run:
        talk(f"open a new shell, or run: source {shown(target.file)}")


def check(target: Target, colour: Colour) -> int:
    """1 where a `--write` would change the file."""
    text, block = _read(target)
    new = with_block(text or "", block, str(target.root), functions(target, colour))
    word = "up to date" if new == text else "missing" if block is None else "stale"
    talk(f"the functions in {shown(target.file)} are {word}")
    return 0 if new == text else 1


def take_out(target: Target, *, force: bool, dry_run: bool) -> None:
    """Needs no sound project. Raises GatewayError."""
    text, block = _read(target)
    if text is None or block is None:
        raise GatewayError(f"{shown(target.file)} has no functions of gateway")
    if not force:
        _refuse_others(target, block)
    new = without_block(text, block)
    if not dry_run:
        _apply(target.file, text, new)
    talk(f"{Verb.UPDATE:>9}  {shown(target.file)}")


def _read(target: Target) -> tuple[str | None, Block | None]:
    text = read_client_file(target.file)
    return text, find_block(text or "", shown(target.file))


def _refuse_others(target: Target, block: Block) -> None:
    if block.is_edited or block.owner != str(target.root):
        whose = "edited by hand" if block.is_edited else f"of another project, {block.owner}"
        talk(f"{Verb.CONFLICT:>9}  {shown(target.file)}: the lines between the markers are {whose}")
        talk(
            "nothing was written\n  = hint: move your own lines out of the markers, or say --force"
        )
        raise typer.Exit(1)


def _apply(file: Path, old: str | None, new: str) -> None:
    """A file that is empty afterwards stays: it may have been there, empty, before us."""
    if new == old:
        return
    if old is None:
        done = write_new(file, new, 0o644)
    else:
        done = replace_content(file.parent, file.name, (old or "").encode(), new.encode())
    if not done:
        raise GatewayError(f"{shown(file)} was changed by somebody else meanwhile", "run it again")
