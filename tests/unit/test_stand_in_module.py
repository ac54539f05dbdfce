"""The stand-in upstream as `python -m stand_in`, with nothing but its folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import openai
import pytest

import gateway.stand_in
from gateway.stand_in import StandIn

KEY = "sk-of-the-stand-in"


def run_module(*options: str) -> subprocess.Popen[str]:
    folder = Path(gateway.stand_in.__file__).parent.parent
    # -S leaves out site-packages: what the container lacks is lacking here too.
    return subprocess.Popen(
        [sys.executable, "-S", "-m", "stand_in", *options],
        env={"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_as_a_module_until_a_signal(stop: signal.Signals) -> None:
    with run_module("--name", "boxed", "--api-key", "k1", "--api-key", KEY) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        with openai.OpenAI(base_url=f"{line.split()[2]}/v1", api_key=KEY, max_retries=0) as client:
            answer = client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "hi"}]
            )
        assert answer.choices[0].message.content == "boxed says: hi"
        process.send_signal(stop)
        out, err = process.communicate(timeout=5)
        assert (process.returncode, out, err) == (0, "", "")


def test_as_a_module_it_says_that_a_port_is_taken() -> None:
    with StandIn() as other, run_module("--port", str(other.port)) as process:
        _, err = process.communicate(timeout=5)
        assert process.returncode == 2
        assert "in use" in err
        assert "Traceback" not in err


def test_the_module_opens_a_black_hole_beside_it() -> None:
    with run_module("--host", "0.0.0.0", "--black-hole-port", "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "listening on http://0.0.0.0:" in line
        with pytest.raises(TimeoutError):
            port = int(line.rstrip().rstrip(")").rsplit(" ", 1)[1])
            socket.create_connection(("127.0.0.1", port), timeout=0.2)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=5)
        assert (process.returncode, err) == (0, "")
