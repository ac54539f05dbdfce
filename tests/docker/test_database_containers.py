"""`database: postgres`: what Compose makes of it, with a real Postgres of Debian's in the image's place.

The proxy itself does not run here: Prisma's engines, without which LiteLLM speaks to no database, are
fetched from an address of their maker's by its packages.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from absence import not_here, require_program
from docker_rule import image, require_engine
from rig import docker
from stack.projects import Project, gateway, model, provider

# What the official image's entry point does, with the programs of this machine's package.
_ENTRY = """
set -eu
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  chown 65534:65534 "$data" && chmod 700 "$data"
  printf %s "$POSTGRES_PASSWORD" > /tmp/password && chmod 644 /tmp/password
  setpriv --reuid 65534 --regid 65534 --clear-groups "$PG/initdb" -D "$data" -U "$POSTGRES_USER" \
    --pwfile=/tmp/password --auth=scram-sha-256 --no-locale --encoding=UTF8
  echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
  printf 'create database "%s";' "$POSTGRES_DB" | setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$PG/postgres" --single -D "$data" postgres
fi
exec setpriv --reuid 65534 --regid 65534 --clear-groups "$PG/postgres" -D "$data" \
  -c listen_addresses='*' -c unix_socket_directories=/tmp
"""
_ASK = """
import os, sys, psycopg
url = os.environ["DATABASE_URL"]
with psycopg.connect(url.replace("litellm:", "litellm:x", 1) if sys.argv[1] == "wrong" else url) as connection:
    for words in sys.argv[2:]:
        print(connection.execute(words).fetchall() if words.startswith("select") else connection.execute(words) and "")
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_engine()
    root = tmp_path_factory.mktemp("project")
    models = {"one": model("home", "one")}
    project = Project(
        {"home": provider("http://home.invalid/v1")}, models, {"database": "postgres"}
    )
    project.write(root)
    (root / ".env").unlink()
    done = gateway(root, "render", "-q")
    assert done.returncode == 0, done.stderr
    return root


def compose(root: Path, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    files = ["-f", "compose/compose.yaml"]
    files += ["-f", "test.yaml"] if (root / "test.yaml").exists() else []
    return docker("compose", *files, "--env-file", ".env", *argv, cwd=root, check=check)


@pytest.fixture
def config(root: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(compose(root, "config", "--format", "json").stdout)
    return data


def value(root: Path, name: str) -> str:
    lines = (root / ".env").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))


def test_compose_reads_it(root: Path, config: dict[str, Any]) -> None:
    proxy, database = config["services"]["gateway"], config["services"]["postgres"]
    password = value(root, "POSTGRES_PASSWORD")
    assert len(password) >= 40
    assert proxy["environment"]["DATABASE_URL"] == (
        f"postgresql://litellm:{password}@postgres:5432/litellm"
    )
    assert proxy["environment"]["LITELLM_SALT_KEY"] == value(root, "LITELLM_SALT_KEY")
    assert "POSTGRES_PASSWORD" not in proxy["environment"]
    assert "ports" not in database
    assert set(database["networks"]) == {"database"}
    assert config["networks"]["database"]["internal"] is True
    in_it = [name for name, each in config["services"].items() if "database" in each["networks"]]
    assert in_it == ["gateway", "postgres"]
    rendered = [file for file in (root / "compose").rglob("*") if file.is_file()]
    assert not [file for file in rendered if password in file.read_text()]


def test_without_its_password_nothing_starts(root: Path) -> None:
    whole = (root / ".env").read_text()
    (root / ".env").write_text(whole.replace("POSTGRES_PASSWORD=", "OTHER="))
    try:
        refused = compose(root, "config", "-q", check=False)
    finally:
        (root / ".env").write_text(whole)
    assert refused.returncode != 0
    assert "run gateway keys set POSTGRES_PASSWORD" in refused.stderr


@pytest.fixture(scope="module")
def database(root: Path) -> Iterator[Path]:
    """It runs; the proxy's container has a Python in LiteLLM's place."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not image().startswith("gateway-litellm-test"):
        not_here("this machine's Postgres runs only in an image of this machine's Debian")
    if not found:
        not_here("there is no Postgres here: `apt-get install postgresql` gives it")
    require_program("setpriv", "util-linux")
    changed = {
        "services": {
            "gateway": {"image": image()},
            "postgres": {
                "image": image(),
                "entrypoint": ["/bin/sh", "-c", _ENTRY.replace("$", "$$")],
                "environment": {"PG": str(found[-1].parent), "PGHOST": "/tmp"},
                # The image is this machine's release of Debian; both have the same programs.
                "volumes": ["/usr:/usr:ro"],
            },
        }
    }
    (root / "test.yaml").write_text(json.dumps(changed))
    try:
        compose(root, "up", "--detach", "--wait", "postgres")
        yield root
    finally:
        compose(root, "down", "--volumes")
        (root / "test.yaml").unlink()


def ask(root: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """As the proxy does: from its container, with its variables, in its network."""
    argv = ("run", "--rm", "--no-deps", "-T", "--entrypoint", "python3", "gateway", "-c", _ASK)
    return compose(root, *argv, *words, check=check)


def test_the_proxy_reaches_it_and_nothing_is_lost(database: Path) -> None:
    ask(database, "right", "create table kept (name text)", "insert into kept values ('one')")
    wrong = ask(database, "wrong", "select 1", check=False)
    assert wrong.returncode != 0
    assert "password authentication failed" in wrong.stderr
    container = compose(database, "ps", "--quiet", "postgres").stdout.strip()
    docker("kill", "-s", "KILL", container, cwd=database)
    compose(database, "up", "--detach", "--wait", "postgres")
    assert "('one',)" in ask(database, "right", "select * from kept").stdout
    compose(database, "down")
    compose(database, "up", "--detach", "--wait", "postgres")
    assert "('one',)" in ask(database, "right", "select * from kept").stdout


def test_nobody_else_finds_it(database: Path) -> None:
    network = json.loads(compose(database, "config", "--format", "json").stdout)["networks"]
    compose(database, "create", "gateway")  # makes its networks
    argv = ("run", "--rm", "--network", network["default"]["name"], "--entrypoint", "python3")
    looked = "import socket; socket.create_connection(('postgres', 5432), 3)"
    refused = docker(*argv, image(), "-c", looked, cwd=database, check=False)
    assert refused.returncode != 0
    assert "gaierror" in refused.stderr


def test_litellms_tables_fit_into_it(database: Path) -> None:
    """Every migration of the pinned LiteLLM, in its order, as `prisma migrate deploy` runs them."""
    import litellm_proxy_extras  # noqa: PLC0415 - of the proxy's environment

    folder = Path(litellm_proxy_extras.__file__).parent / "migrations"
    files = sorted(folder.glob("*/migration.sql"))
    assert len(files) > 100
    copied = database / "migrations.sql"
    copied.write_text("\n".join(file.read_text("utf-8") for file in files), "utf-8")
    container = compose(database, "ps", "--quiet", "postgres").stdout.strip()
    words = "PGPASSWORD=$POSTGRES_PASSWORD psql -v ON_ERROR_STOP=1 -q -U litellm -d litellm"
    with copied.open() as text:
        done = subprocess.run(
            ["docker", "exec", "-i", container, "sh", "-c", words],
            stdin=text,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    told = ask(database, "right", 'select count(*) from "LiteLLM_VerificationToken"')
    assert "(0,)" in told.stdout
