"""The errors of one request's attempts, as LiteLLM makes them."""

from __future__ import annotations

import asyncio
import contextvars

from gateway.runtime import missed_keys, missing_keys


def attempt(name: str) -> str:
    error = missing_keys.refusal({"api_key": f"missing-{name}", "model": "openai/m"})
    assert error is not None
    return str(error)


def test_a_call_with_its_key_is_let_through() -> None:
    assert missing_keys.refusal({"api_key": "sk-real"}) is None
    assert missing_keys.refusal({}) is None


def test_one_variable_is_named() -> None:
    missing_keys.begin()
    assert attempt("A").endswith("the variable A is not set in the gateway's .env")
    assert attempt("A").endswith("the variable A is not set in the gateway's .env")


def test_each_error_of_a_request_names_all_of_them() -> None:
    """LiteLLM passes the first error's words on, and makes its tasks before the second attempt."""

    async def one(name: str) -> object:
        return missing_keys.refusal({"api_key": f"missing-{name}"})

    async def request() -> list[str]:
        missing_keys.begin()
        errors = [await asyncio.create_task(one(name)) for name in ("A", "B", "C")]
        return [str(error) for error in errors]

    words = asyncio.run(request())
    sentence = "the variables A, B and C are not set in the gateway's .env"
    assert all(each.endswith(sentence) for each in words), words


def test_a_key_that_is_refused_is_named_beside_those_that_are_missing() -> None:
    """The first of a chain is the one whose words the client sees, whichever key was the wrong one."""

    async def miss(name: str) -> object:
        return missing_keys.refusal({"api_key": f"missing-{name}"})

    async def refuse() -> None:
        missed_keys.remember_refusal("far", "FAR_KEY")
        missed_keys.remember_refusal("far", "FAR_KEY")
        missed_keys.remember_refusal("free", None)

    async def request() -> list[str]:
        missing_keys.begin()
        first = await asyncio.create_task(miss("A"))
        await asyncio.create_task(refuse())
        second = await asyncio.create_task(miss("B"))
        return [str(first), str(second)]

    sentence = (
        "the variables A and B are not set in the gateway's .env, "
        "and the provider far refused its key FAR_KEY (401)"
    )
    words = asyncio.run(request())
    assert all(each.endswith(sentence) for each in words), words


def test_requests_do_not_mix_and_one_that_was_never_begun_names_its_own() -> None:
    for name in ("A", "B"):
        words = contextvars.Context().run(attempt, name)
        assert words.endswith(f"the variable {name} is not set in the gateway's .env")
