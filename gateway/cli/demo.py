"""`gateway demo`: the whole of it in a minute, with stand-in upstreams and no key."""

from __future__ import annotations

from gateway.cli.options import EngineName, EngineOption


def command(engine: EngineOption = EngineName.AUTO) -> None:
    """Bring up the sample project on stand-ins, and ask it.

    One of the upstreams is dead.
    """
    from gateway.cli.demo_run import run_demo  # noqa: PLC0415 - `--help` loads no core

    run_demo(engine)
