"""`gateway down`: stop the stack, whichever engine runs it."""

from __future__ import annotations

from gateway.cli.options import EngineName, EngineOption, ProjectOption, project_root, talk


def command(engine: EngineOption = EngineName.AUTO, project: ProjectOption = None) -> None:
    """Stop the stack; running answers may finish first. Works where a fragment has mistakes, too."""
    import os  # noqa: PLC0415 - `--help` loads no core

    from gateway.engine import running_engine  # noqa: PLC0415
    from gateway.engine.lease import adopt  # noqa: PLC0415

    root = project_root(project)
    wait = "waiting for a gateway that `gateway run` is starting or stopping …"
    adopt(root, lambda: talk(wait))  # nobody else stops it, too
    running = running_engine(engine.value, root, os.environ)
    if running is None:
        talk("nothing is running")
        return
    what = running.state().what
    running.stop()
    talk(f"stopped ({running.name}: {what})")
