"""The repository's own sample project, with its two upstreams replaced by addresses on loopback."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from stack.projects import Project, free_port

ROOT = Path(__file__).parents[2]
HOME, CLOUD = "http://100.74.43.85:8080/v1", "https://nano-gpt.com/api/v1"
CLOUD_KEY = "nano-canary-0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Sample(Project):
    """`models.d/` as it is and `gateway.yaml` as it is, but for the addresses and the port."""

    home_url: str = ""
    cloud_url: str = ""

    def write(self, root: Path) -> int:
        port = free_port()
        shutil.copytree(ROOT / "models.d", root / "models.d")
        text = (ROOT / "gateway.yaml").read_text("utf-8")
        assert HOME in text and CLOUD in text
        text = text.replace(HOME, self.home_url).replace(CLOUD, self.cloud_url)
        text += f"server:\n  port: {port}\n"
        (root / "gateway.yaml").write_text(text, "utf-8")
        lines = "".join(f"{name}={value}\n" for name, value in self.values.items())
        (root / ".env").write_text(lines, "utf-8")
        (root / ".env").chmod(0o600)
        return port


def sample(home_url: str, cloud_url: str, master_key: str) -> Sample:
    values = {"LITELLM_MASTER_KEY": master_key, "NANOGPT_API_KEY": CLOUD_KEY}
    return Sample(providers={}, models={}, values=values, home_url=home_url, cloud_url=cloud_url)
