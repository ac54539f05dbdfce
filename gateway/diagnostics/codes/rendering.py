"""The codes of rendering, GW3xx."""

from __future__ import annotations

from gateway.diagnostics.codes.code import Code

CODES = (
    Code(
        "GW301",
        "a template that cannot be rendered",
        "The project's own template has a mistake; nothing is written.",
        bad="""\
{% for variable in variabels %}
{{ variable.name }}=
{% endfor %}
""",
        good="""\
{% for variable in variables %}
{{ variable.name }}=
{% endfor %}
""",
        file="templates/env.example.j2",
    ),
    Code(
        "GW302",
        "what was rendered does not say what was resolved",
        "Every rendered file is read back and compared. This is a bug of gateway, never of "
        "the project; nothing is written.",
        bad="",
        good="",
    ),
    Code(
        "GW303",
        "a template of the project that loses something",
        "What was resolved and checked would not be what runs.",
        bad="""\
model_list: []
router_settings: {{ router_settings }}
litellm_settings: {{ litellm_settings }}
general_settings: {{ general_settings }}
""",
        good="""\
model_list: {{ deployments }}
router_settings: {{ router_settings }}
litellm_settings: {{ litellm_settings }}
general_settings: {{ general_settings }}
""",
        file="templates/litellm_config.yaml.j2",
    ),
    Code(
        "GW304",
        "a rendered file that would hold a literal secret",
        "The stack is committed, copied and shown; what is secret stays in `.env`, and files name "
        "variables. Nothing is written.",
        bad="""\
# postgres://gateway:hunter2@db/litellm
{% for variable in variables %}
{{ variable.name }}=
{% endfor %}
""",
        good="""\
# DATABASE_URL is in .env
{% for variable in variables %}
{{ variable.name }}=
{% endfor %}
""",
        file="templates/env.example.j2",
    ),
)
