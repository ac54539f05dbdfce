"""`gateway down`: stop the stack, whichever engine runs it."""

from __future__ import annotations

from gateway.cli.options import EngineName, EngineOption, ProjectOption, project_root, talk


def command(engine: EngineOption = EngineName.AUTO, project: ProjectOption = None) -> None:
    """Stop the stack; running answers may finish first."""
    import os  # noqa: PLC0415 - `gateway --help` loads no core

    from gateway.cli.running import rendered_stack  # noqa: PLC0415
    from gateway.engine import running_engine  # noqa: PLC0415

    stack = rendered_stack(project_root(project))
    running = running_engine(engine.value, stack, os.environ)
    if running is None:
        talk("nothing is running")
        return
    found, state = running
    found.stop()
    talk(f"stopped ({found.name}: {state.what})")
