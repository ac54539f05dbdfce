"""The few values that several stages share; no imports."""

VERSION = "0.1.0"

# The one LiteLLM version: package pin, image tag and key snapshot move together.
LITELLM_VERSION = "1.106.2"
LITELLM_IMAGE = f"docker.litellm.ai/berriai/litellm:v{LITELLM_VERSION}"
# With what LiteLLM needs of a database: its own non-root image has the engines where any user finds them.
DATABASE_LITELLM_IMAGE = f"docker.litellm.ai/berriai/litellm-non_root:v{LITELLM_VERSION}"
POSTGRES_IMAGE = "docker.io/library/postgres:16.10"
# Releases that carried a credential stealer (March 2026); never to be run.
STOLEN_LITELLM_VERSIONS = ("1.82.7", "1.82.8")

MASTER_KEY = "LITELLM_MASTER_KEY"
IMAGE_VARIABLE = "GATEWAY_IMAGE"
CLIENT_IMAGE_VARIABLE = "GATEWAY_CLIENT_IMAGE"
# Who the container runs as where it renews the tokens of a login; `keys login` writes it into `.env`.
USER_VARIABLE = "GATEWAY_USER"
POSTGRES_PASSWORD = "POSTGRES_PASSWORD"  # noqa: S105 - a variable's name
DATABASE_URL = "DATABASE_URL"
SALT_KEY = "LITELLM_SALT_KEY"
CONTAINER_PORT = 4000

SETTINGS_FILE = "gateway.yaml"
ROOT_COMPOSE_FILE = "compose.yaml"
MODELS_DIR = "models.d"
STACK_DIR = "compose"
TEMPLATES_DIR = "templates"
STATE_DIR = ".gateway"
OAUTH_DIR = f"{STATE_DIR}/oauth"
# What outlives a restart: the apps' budgets, what keys were used for.
BUDGETS_DIR = f"{STATE_DIR}/state"
STATE_VARIABLE = "GATEWAY_STATE"
ENV_FILE = ".env"
ENV_EXAMPLE = ".env.example"
MANIFEST = f"{STACK_DIR}/manifest.json"
CONFIG_FILE = f"{STACK_DIR}/litellm_config.yaml"
COMPOSE_FILE = f"{STACK_DIR}/compose.yaml"
RUNTIME_PACKAGE = "gateway_runtime"

# Where a fragment may not grow beyond a mistake (a log file, a dump) that was saved as YAML.
MAX_FILE_BYTES = 1_000_000

# What the proxy's process gets besides its keys, whichever engine runs it (docs/stack.md).
PROXY_ENVIRONMENT = {
    "LITELLM_MODE": "PRODUCTION",  # no second reading of `.env`
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # no download at start
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOG": "ERROR",
    # Runs before LiteLLM listens: warms it up, and refuses requests without a key at the door.
    "LITELLM_WORKER_STARTUP_HOOKS": f"{RUNTIME_PACKAGE}:start",
    "DEFAULT_MAX_RETRIES": "0",  # the OpenAI client's own retries, which no other setting reaches
    "LITELLM_DONT_SHOW_FEEDBACK_BOX": "true",
    "PYTHONUNBUFFERED": "1",  # the log has a line when it is printed
    "NO_DOCS": "True",
    "NO_REDOC": "True",
    "NO_OPENAPI": "True",
    "DISABLE_ADMIN_UI": "True",
}


def worker_options(count: int) -> list[str]:
    """LiteLLM's arguments for so many workers, in both engines."""
    # Importing LiteLLM takes longer than uvicorn's 5 s health check of its workers allows.
    many = ["--num_workers", str(count), "--timeout_worker_healthcheck", "120"]
    return many if count > 1 else []
