"""A program and one way out go in, the program runs in a network namespace where there is no other.

Run by `unshare --net`, by path and with `python3 -I`, so standard library only:
`alone.py --port 4000 --door SOCKET --report FILE -- PROGRAM ARGS…`. Loopback is brought up, a listener on
`127.0.0.1:PORT` passes bytes to the Unix socket `SOCKET` (which is a file, and so reaches out of the
namespace), and the program runs. Ends with the program's own code; the report says what else was tried.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import json
import signal
import socket
import struct
import sys
from pathlib import Path

_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x41


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--door")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    _bring_loopback_up()
    code = asyncio.run(_run(options.port, options.door, options.program))
    options.report.write_text(json.dumps(_tried_elsewhere()), "utf-8")
    return code


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP_RUNNING))


async def _run(port: int, door: str | None, program: list[str]) -> int:
    async def through_the_door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            out_reader, out_writer = await asyncio.open_unix_connection(door)
            await asyncio.gather(_pass(reader, out_writer), _pass(out_reader, writer))
        writer.close()

    if door is not None:
        await asyncio.start_server(through_the_door, "127.0.0.1", port)
    child = await asyncio.create_subprocess_exec(*program)
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, child.send_signal, each)
    code = await child.wait()
    return code if code >= 0 else 128 - code


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


def _tried_elsewhere() -> dict[str, int]:
    """What this namespace's kernel counted.

    `no_route` are connections and datagrams to any address but loopback; `no_port` are datagrams to
    loopback where nobody listens, as to a name server.
    """
    counted: dict[str, int] = {}
    lines = Path("/proc/net/snmp").read_text("ascii").splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        kind, *fields = names.split()
        counted |= {
            kind + name: int(value) for name, value in zip(fields, values.split()[1:], strict=True)
        }
    for line in Path("/proc/net/snmp6").read_text("ascii").splitlines():
        name, value = line.split()
        counted[name] = int(value)
    return {
        "no_route": counted["Ip:OutNoRoutes"] + counted.get("Ip6OutNoRoutes", 0),
        "no_port": counted["Udp:NoPorts"] + counted.get("Udp6NoPorts", 0),
    }


if __name__ == "__main__":
    sys.exit(main())
