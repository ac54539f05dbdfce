"""The demo: stand-in upstreams, the sample project rendered against them, real answers through a fallback."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gateway.cli.demo_ask import Answer, ask_messages, ask_openai, require_sdk
from gateway.cli.demo_project import make_demo_project, upstreams_for
from gateway.cli.interrupt import interruptible
from gateway.cli.options import Colour, EngineName, product, talk
from gateway.cli.running import render_and_start
from gateway.constants import MASTER_KEY
from gateway.engine import ImageMissing, Stack, choose_engine, litellm_is_installed, running_engine
from gateway.model import Blueprint, GatewayError

_QUESTION = "Are you there?"
_CLEAN = "cleaned up: nothing runs, nothing is left on the disk"


class _LeftBehind(GatewayError):
    """Something of the demo may still run."""


def run_demo(engine_name: EngineName) -> None:
    """Prints what it does to stderr and the answers to stdout; leaves nothing behind.

    With `auto`, where Docker answers but its image cannot be had, the process engine takes over.
    Raises GatewayError where an answer does not come from the cloud's stand-in.
    """
    require_sdk()
    with interruptible():
        chosen = choose_engine(engine_name.value, Path(tempfile.gettempdir()), os.environ).name
        try:
            with tempfile.TemporaryDirectory(prefix="gateway-demo-") as folder:
                _run_in(Path(folder), chosen, engine_name)
        except _LeftBehind:
            raise
        except BaseException:
            talk(_CLEAN)
            raise
        talk(_CLEAN)


def _run_in(root: Path, chosen: str, engine_name: EngineName) -> None:
    try:
        _run_with(chosen, root)
    except ImageMissing as error:
        if engine_name is not EngineName.AUTO or not litellm_is_installed():
            raise
        talk(f"docker cannot: {error.hint}\ntrying without Docker")
        _run_with(EngineName.PROCESS.value, root)


def _run_with(engine_name: str, root: Path) -> None:
    with upstreams_for(engine_name) as upstreams:
        talk("upstreams: the machine at home is off (its packets are dropped), the cloud answers")
        make_demo_project(root, upstreams)
        talk(f"project:   the sample, pointed at them, in {root}")
        try:
            stack, blueprint = render_and_start(
                root, EngineName(engine_name), Colour.AUTO, quiet=False
            )
            _ask_all(stack, blueprint)
        finally:
            _stop(engine_name, root)


def _stop(engine_name: str, root: Path) -> None:
    try:
        running = running_engine(engine_name, root, os.environ)
        if running is not None:
            running.stop()
    except GatewayError as error:
        raise _LeftBehind(
            f"the demo's stack could not be stopped: {error.message}", error.hint
        ) from None


def _ask_all(stack: Stack, blueprint: Blueprint) -> None:
    key = stack.values[MASTER_KEY]
    default = blueprint.default_model
    cloud = blueprint.chains[default].members[1]
    talk(f"asking for `{default}`, whose fallback is `{cloud}`:")
    first = ask_openai(stack.url, key, default, _QUESTION)
    _show("OpenAI SDK, streamed, 1st time", first)
    again = ask_openai(stack.url, key, default, _QUESTION)
    _show("OpenAI SDK, streamed, 2nd time", again)
    messages = ask_messages(stack.url, key, default, _QUESTION)
    _show("Anthropic's /v1/messages", messages)
    direct = ask_openai(stack.url, key, cloud, _QUESTION)
    _show(f"`{cloud}` asked directly", direct)
    for answer in (first, again, messages):
        if "cloud says" not in answer.text:
            raise GatewayError("an answer did not come from the cloud's stand-in")
    connect = blueprint.models[0].timeouts.connect
    product(
        f"failover: {first.seconds:.2f}s the first time (the connect budget is {connect:g}s), "
        f"{again.seconds:.2f}s from then on; a direct call takes {direct.seconds:.2f}s\n"
    )


def _show(how: str, answer: Answer) -> None:
    product(
        f"  {how:<31} {answer.seconds:5.2f}s  {answer.answered_by or 'cloud'}: {answer.text!r}\n"
    )
