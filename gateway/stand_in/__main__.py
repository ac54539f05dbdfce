"""Options go in, a stand-in that serves until SIGTERM or SIGINT comes out."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys

from .black_hole import BlackHole
from .server import StandIn


def main(argv: list[str] | None = None) -> int:
    """Serve as told by the options; 2 where a port cannot be had."""
    options = _options(argv)
    try:
        asyncio.run(_serve(options))
    except OSError as error:
        sys.stderr.write(f"stand_in: {error}\n")
        return 2
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stand_in", description=__doc__)
    parser.add_argument("--name", default="stand-in", help="what it calls itself in answers")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=0, help="the port (0: any that is free)")
    parser.add_argument("--api-key", action="append", help="accept this key only; repeatable")
    parser.add_argument("--model", action="append", help="list this model; repeatable")
    parser.add_argument("--black-hole-port", type=int, help="a port to swallow connections on")
    return parser.parse_args(argv)


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    stand_in = StandIn(
        options.name,
        host=options.host,
        port=options.port,
        api_keys=options.api_key,
        models=options.model,
    )
    with contextlib.ExitStack() as stack:
        ready = ""
        if options.black_hole_port is not None:
            hole = stack.enter_context(BlackHole(options.black_hole_port, options.host))
            ready = f" (black hole on port {hole.port})"
        async with stand_in:
            sys.stdout.write(f"listening on http://{stand_in.host}:{stand_in.port}{ready}\n")
            sys.stdout.flush()
            await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
