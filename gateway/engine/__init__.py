"""What runs a stack: Docker Compose, or LiteLLM from this Python environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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
    "logging_engine",
    "running_engine",
]


def choose_engine(name: str, root: Path, environ: Mapping[str, str]) -> Engine:
    """The engine called `docker` or `process`; with `auto` docker where an engine answers, else process.

    Raises GatewayError where it cannot run here.
    """
    if name == "docker" or (name == "auto" and docker_answers(environ)):
        engine = DockerEngine(root, environ)
        engine.require()
        return engine
    if name == "process" or litellm_is_installed():
        process = ProcessEngine(root, environ)
        process.require()
        return process
    raise GatewayError(
        "no Docker engine answers, and LiteLLM is not installed in this Python environment",
        "start Docker, or run `pip install '<the checkout>[proxy]'`",
    )


def running_engine(name: str, root: Path, environ: Mapping[str, str]) -> Engine | None:
    """The engine that runs the project's stack now; None where none does.

    Raises GatewayError where `docker` is asked for by name and does not answer.
    """
    process = ProcessEngine(root, environ)
    if name != "docker" and process.state().is_running:
        return process
    docker = DockerEngine(root, environ)
    if name == "docker":
        docker.require()
    elif name == "process" or not docker_answers(environ):
        return None
    state = docker.state()
    return docker if state.is_running or state.has_failed else None


def logging_engine(name: str, root: Path, environ: Mapping[str, str]) -> Engine:
    """The engine that has the log of what runs or ran last. Raises GatewayError."""
    running = running_engine(name, root, environ)
    if running is not None:
        return running
    process = ProcessEngine(root, environ)
    if name == "process" or (name == "auto" and process.has_log()):
        return process
    return choose_engine("docker" if name == "docker" else "auto", root, environ)
