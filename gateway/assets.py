"""Where the files lie that come with the package: the templates, the runtime, the sample project."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_IN_WHEEL = _PACKAGE / "_assets"
_CHECKOUT = _PACKAGE.parent


def templates_folder() -> Path:
    """The package's own templates: in a wheel beside the code, in a checkout at its root."""
    return _IN_WHEEL / "templates" if _IN_WHEEL.is_dir() else _CHECKOUT / "templates"


def sample_folder() -> Path:
    """The sample project: `gateway.yaml`, `compose.yaml` and `models.d/`."""
    return _IN_WHEEL / "sample" if _IN_WHEEL.is_dir() else _CHECKOUT


def runtime_files() -> dict[str, str]:
    """The runtime package's modules: file name -> source text, sorted by name."""
    folder = _PACKAGE / "runtime"
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.py"))}


def client_files() -> dict[str, str]:
    """What the image of `gateway shell` is built from: file name -> text, sorted by name."""
    folder = templates_folder() / "client"
    return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())}


def stand_in_folder() -> Path:
    """The stand-in upstream, a package that runs wherever there is a Python."""
    return _PACKAGE / "stand_in"
