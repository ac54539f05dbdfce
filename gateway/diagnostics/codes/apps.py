"""The codes of the `apps` section, GW270 to GW279: also of the Redis that counts for them, and of a database in their place."""

from __future__ import annotations

from gateway.diagnostics.codes.code import SETTINGS, SOUND_SETTINGS, Code
from gateway.diagnostics.diagnostic import Severity

_SECTION = SOUND_SETTINGS + "apps:\n"

CODES = (
    Code(
        "GW270",
        "a pattern that matches no model",
        "The app would be refused what somebody meant to allow it.",
        bad=_SECTION + "  shop: {key: SHOP_KEY, models: ['gml*']}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY, models: ['glm*']}\n",
        file=SETTINGS,
    ),
    Code(
        "GW271",
        "an app that may not use its own default model",
        "Every request for `default` would be refused.",
        bad=_SECTION + "  shop: {key: SHOP_KEY, models: [glm-5], default_model: embedder}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY, models: [glm-5], default_model: glm-5}\n",
        file=SETTINGS,
    ),
    Code(
        "GW272",
        "one variable for two",
        "A key says who somebody is: with one key two apps are one, and an app with a provider's key "
        "needs no gateway.",
        bad=_SECTION + "  shop: {key: SHOP_KEY}\n  blog: {key: SHOP_KEY}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY}\n  blog: {key: BLOG_KEY}\n",
        file=SETTINGS,
    ),
    Code(
        "GW273",
        "an app whose key no longer holds",
        "The day in `expires` is over: each of its requests gets a 401.",
        bad=_SECTION + "  shop: {key: SHOP_KEY, expires: 2020-12-31}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY, expires: 2099-12-31}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW274",
        "a day that no calendar has",
        "Nobody can say when the key is to end.",
        bad=_SECTION + "  shop: {key: SHOP_KEY, expires: 2099-02-30}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY, expires: 2099-02-28}\n",
        file=SETTINGS,
    ),
    Code(
        "GW275",
        "a budget in dollars for models without a price",
        "What costs nothing uses nothing up: the budget would not bound these models.",
        bad=_SECTION + "  shop: {key: SHOP_KEY, budget: {usd: 5, per: month}}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY, budget: {tokens: 2000000, per: month}}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW276",
        "an app with the master key's name",
        "`gateway keys rotate master` and the logs mean the master key by it.",
        bad=_SECTION + "  master: {key: SHOP_KEY}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY}\n",
        file=SETTINGS,
    ),
    Code(
        "GW277",
        "a budget in two units, or in none",
        "A budget is the most of one thing: tokens, dollars by the models' prices, or requests.",
        bad=_SECTION + "  shop: {key: SHOP_KEY, budget: {per: day}}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY, budget: {tokens: 2000000, per: day}}\n",
        file=SETTINGS,
    ),
    Code(
        "GW278",
        "a Redis that nothing is counted in",
        "`state.redis` is where replicas count what apps may use: without limits and budgets there is "
        "nothing to count.",
        bad=_SECTION + "  shop: {key: SHOP_KEY}\nstate: {redis: REDIS_URL}\n",
        good=_SECTION + "  shop: {key: SHOP_KEY, limits: {rpm: 60}}\nstate: {redis: REDIS_URL}\n",
        file=SETTINGS,
        default=Severity.WARNING,
    ),
    Code(
        "GW279",
        "apps beside a database",
        "With a database LiteLLM has virtual keys of its own, with models, limits and budgets: an app "
        "would be somebody whom it does not know.",
        bad=_SECTION + "  shop: {key: SHOP_KEY}\ndatabase: postgres\n",
        good=SOUND_SETTINGS + "database: postgres\n",
        file=SETTINGS,
    ),
)
