"""What runs a stack: Docker Compose, or LiteLLM from this Python environment."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.engine.docker import DockerEngine, ImageMissing
from gateway.engine.docker import is_available as docker_answers
from gateway.engine.process import ProcessEngine
from gateway.engine.process import is_installed as litellm_is_installed
from gateway.engine.stack import Engine, Stack, State
from gateway.model import GatewayError

__all__ = [
    "Engine",
    "ImageMissing",
    "Stack",
    "State",
    "choose_engine",
    "litellm_is_installed",
    "running_engine",
]


def choose_engine(name: str, stack: Stack, environ: Mapping[str, str]) -> Engine:
    """The engine called `docker` or `process`; with `auto` docker where an engine answers, else process.

    Raises GatewayError where it cannot run here.
    """
    if name == "docker" or (name == "auto" and docker_answers(environ)):
        engine = DockerEngine(stack, environ)
        engine.require()
        return engine
    if name == "process" or litellm_is_installed():
        process = ProcessEngine(stack, environ)
        process.require()
        return process
    raise GatewayError(
        "no Docker engine answers, and LiteLLM is not installed in this Python environment",
        "start Docker, or run `pip install 'litellm-gateway[proxy]'`",
    )


def running_engine(name: str, stack: Stack, environ: Mapping[str, str]) -> tuple[Engine, State] | None:
    """The engine that runs this stack now, with its state; None where none does."""
    if name != "docker":
        process = ProcessEngine(stack, environ)
        state = process.state()
        if state.is_running or name == "process":
            return (process, state) if state.is_running else None
    if docker_answers(environ):
        docker = DockerEngine(stack, environ)
        state = docker.state()
        return (docker, state) if state.is_running else None
    return None


