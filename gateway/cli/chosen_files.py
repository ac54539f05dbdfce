"""The files that a command was given in, the project's paths that they stand for out."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.model import GatewayError
from gateway.project import Project


def chosen_paths(files: list[Path], project: Project) -> tuple[str, ...]:
    """The files, and those in the folders, as paths of the project. Raises GatewayError."""
    known = (project.settings.path, *(fragment.path for fragment in project.fragments))
    paths: list[str] = []
    for file in files:
        if not file.exists():
            raise GatewayError(f"{file} does not exist")
        # A fragment may be a link to somewhere else: only its folder is resolved.
        place = file.resolve() if file.is_dir() else file.parent.resolve() / file.name
        relative = os.path.relpath(place, project.root.resolve())
        found = [path for path in known if path == relative or path.startswith(f"{relative}/")]
        if not found and relative != ".":
            hint = "name gateway.yaml, files of models.d/, or another project with --project DIR"
            raise GatewayError(f"{file} is not a file of the project {project.root}", hint)
        paths += found or known
    return tuple(dict.fromkeys(paths))
