"""The stand-in upstream: how each fault looks on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from gateway.stand_in import Behaviour, StandIn


@pytest.fixture
def upstream() -> Iterator[StandIn]:
    with StandIn("local") as stand_in:
        yield stand_in


def chat(stream: bool = False, model: str = "m") -> str:
    messages = [{"role": "user", "content": "one two three"}]
    return json.dumps({"model": model, "messages": messages, "stream": stream})


@contextlib.contextmanager
def sent(
    upstream: StandIn, body: str = chat(), timeout: float = 3
) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", upstream.port, timeout=timeout)
    with contextlib.closing(connection):
        connection.request("POST", "/v1/chat/completions", body)
        yield connection


def status_of(upstream: StandIn, model: str = "m") -> int:
    with sent(upstream, chat(model=model)) as connection:
        return connection.getresponse().status


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 2
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize(
    ("status", "kind"), [(429, "rate_limit_error"), (500, "server_error"), (503, "server_error")]
)
def test_status(upstream: StandIn, status: int, kind: str) -> None:
    upstream.behave(Behaviour(status=status, retry_after=30))
    with sent(upstream) as connection:
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("retry-after")) == (status, "30")
        assert json.loads(answer.read())["error"]["type"] == kind
    assert upstream.requests[0].status == status


def test_a_status_without_retry_after_has_no_such_header(upstream: StandIn) -> None:
    upstream.behave(Behaviour(status=503))
    with sent(upstream) as connection:
        assert connection.getresponse().getheader("retry-after") is None


def test_delay_is_before_the_first_byte(upstream: StandIn) -> None:
    upstream.behave(Behaviour(delay=0.3))
    with sent(upstream) as connection:
        started = time.monotonic()
        assert connection.getresponse().status == 200
        assert 0.28 < time.monotonic() - started < 1.5


def test_a_client_that_was_only_just_let_in_is_hung_up_on() -> None:
    """Its connection was accepted in the same turn of the loop in which the host goes away."""

    async def test() -> None:
        async with StandIn() as upstream:
            with socket.create_connection(("127.0.0.1", upstream.port)) as client:
                client.settimeout(2)
                await asyncio.sleep(0)  # the loop sees it
                await asyncio.sleep(0)  # and lets it in
                upstream.behave(Behaviour(refuse=True))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert client.recv(1) == b""

    asyncio.run(test())


def test_token_gap_is_between_chunks(upstream: StandIn) -> None:
    upstream.behave(Behaviour(token_gap=0.1))
    with sent(upstream, chat(stream=True)) as connection:
        started = time.monotonic()
        answer = connection.getresponse()
        answer.readline()
        first = time.monotonic() - started
        answer.read()
        total = time.monotonic() - started
    chunks = upstream.requests[0].chunks_sent
    assert chunks == 7  # role, five words, finish
    assert total > 0.1 * (chunks - 1) - 0.02
    assert first < total / 2


def test_hang_is_logged_while_it_lasts_and_when_the_client_leaves(upstream: StandIn) -> None:
    upstream.behave(Behaviour(hang=True))
    with sent(upstream, timeout=0.2) as connection:
        with pytest.raises(TimeoutError):
            connection.getresponse()
        assert [each.model for each in upstream.requests] == ["m"]
        assert not upstream.requests[0].client_left_early
    assert eventually(lambda: upstream.requests[0].client_left_early)
    assert upstream.requests[0].status is None


def test_reset(upstream: StandIn) -> None:
    upstream.behave(Behaviour(reset=True))
    with sent(upstream) as connection, pytest.raises(ConnectionResetError):
        connection.getresponse()
    assert not upstream.requests[0].client_left_early


def test_drop_closes_without_a_byte(upstream: StandIn) -> None:
    upstream.behave(Behaviour(drop=True))
    with sent(upstream) as connection:
        assert connection.sock.recv(1) == b""


def test_reset_midway_of_a_stream_comes_after_the_chunks(upstream: StandIn) -> None:
    upstream.behave(Behaviour(reset_midway=3))
    with sent(upstream, chat(stream=True)) as connection:
        received = b""
        with pytest.raises(ConnectionResetError):
            while data := connection.sock.recv(65536):
                received += data
    assert received.count(b"data: ") == 3
    assert b"one" not in received
    assert b"says:" in received
    record = upstream.requests[0]
    assert (record.status, record.chunks_sent, record.client_left_early) == (200, 3, False)


def test_reset_midway_of_a_body_comes_after_its_first_half(upstream: StandIn) -> None:
    upstream.behave(Behaviour(reset_midway=1))
    with sent(upstream) as connection:
        answer = connection.getresponse()
        length = int(answer.headers["content-length"])
        assert 0 < len(answer.read(length // 2)) < length
        with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
            answer.read()


@pytest.mark.parametrize("stream", [False, True])
def test_garbage_html(upstream: StandIn, stream: bool) -> None:
    upstream.behave(Behaviour(garbage="html"))
    with sent(upstream, chat(stream)) as connection:
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("content-type")) == (200, "text/html")
        assert answer.read().startswith(b"<!doctype html>")


def test_garbage_events_are_no_json(upstream: StandIn) -> None:
    upstream.behave(Behaviour(garbage="sse-nonsense"))
    with sent(upstream, chat(stream=True)) as connection:
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("content-type")) == (200, "text/event-stream")
        assert answer.read().startswith(b"data: ")
    with (
        openai.OpenAI(base_url=upstream.base_url, api_key="none", max_retries=0) as client,
        pytest.raises(json.JSONDecodeError),
    ):
        list(client.chat.completions.create(model="m", messages=[], stream=True))


@pytest.mark.parametrize(
    ("stream", "kind"), [(False, "application/json"), (True, "text/event-stream")]
)
def test_headers_then_hang(upstream: StandIn, stream: bool, kind: str) -> None:
    upstream.behave(Behaviour(headers_then_hang=True))
    with sent(upstream, chat(stream), timeout=0.3) as connection:
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("content-type")) == (200, kind)
        with pytest.raises(TimeoutError):
            answer.read()
    assert eventually(lambda: upstream.requests[0].client_left_early)


def test_refuse_closes_the_port_and_what_is_under_way_until_healed(upstream: StandIn) -> None:
    upstream.behave(Behaviour(hang=True))
    port = upstream.port
    with sent(upstream) as connection:
        assert eventually(lambda: len(upstream.requests) == 1)
        upstream.behave(Behaviour(refuse=True))
        with pytest.raises(ConnectionResetError):
            connection.getresponse()
    assert not upstream.requests[0].client_left_early
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
    upstream.heal()
    assert (status_of(upstream), upstream.port) == (200, port)


def test_refuse_for_heals_itself_and_can_be_asked_for_over_http(upstream: StandIn) -> None:
    steering = http.client.HTTPConnection("127.0.0.1", upstream.port, timeout=3)
    with contextlib.closing(steering):
        steering.request("POST", "/_behaviour", json.dumps({"refuse": True, "refuse_for": 0.3}))
        assert steering.getresponse().read() == b"{}"
    refused = 0
    started = time.monotonic()
    while time.monotonic() < started + 2:
        # The port shuts when the steering answer is out: a call just before it is served or reset.
        try:
            assert status_of(upstream) == 200
            if refused:
                break
        except ConnectionResetError:
            continue
        except ConnectionRefusedError:
            refused += 1
            time.sleep(0.02)
    assert refused > 3
    assert time.monotonic() - started < 1


def test_it_can_refuse_from_the_start_and_after_a_restart() -> None:
    upstream = StandIn(behaviour=Behaviour(refuse=True))
    for _ in range(2):
        with upstream, pytest.raises(ConnectionRefusedError):
            status_of(upstream)
    upstream.heal()
    with upstream:
        assert status_of(upstream) == 200


def test_times_counts_posts_only_then_it_recovers(upstream: StandIn) -> None:
    upstream.behave(Behaviour(status=500, times=2))
    connection = http.client.HTTPConnection("127.0.0.1", upstream.port, timeout=3)
    with contextlib.closing(connection):
        connection.request("GET", "/v1/models")
        assert connection.getresponse().status == 500
    assert [status_of(upstream) for _ in range(4)] == [500, 500, 200, 200]


def test_a_model_has_its_own_behaviour() -> None:
    behaviours = {"sick": Behaviour(status=503), "well": Behaviour()}
    with StandIn(behaviour=Behaviour(status=429), behaviours=behaviours) as upstream:
        assert [status_of(upstream, each) for each in ("sick", "well", "else")] == [503, 200, 429]
        upstream.behave(Behaviour(), model="sick")
        assert status_of(upstream, "sick") == 200
        with pytest.raises(ValueError, match="before it names a model"):
            upstream.behave(Behaviour(refuse=True), model="sick")


@pytest.mark.parametrize(
    "fields",
    [
        {"hang": True, "reset": True},
        {"status": 500, "refuse": True},
        {"retry_after": 3},
        {"refuse_for": 3},
        {"refuse": True, "times": 1},
        {"status": 99},
        {"delay": -1},
        {"delay": None},
        {"status": "500"},
        {"times": 1.5},
    ],
)
def test_a_behaviour_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Behaviour(**fields)


def test_a_client_that_leaves_midway_is_noticed(upstream: StandIn) -> None:
    upstream.behave(Behaviour(token_gap=0.1))
    with sent(upstream, chat(stream=True)) as connection:
        connection.getresponse().readline()
    assert eventually(lambda: upstream.requests[0].client_left_early)
    assert 0 < upstream.requests[0].chunks_sent < 7


def test_stopping_frees_the_port_and_all_threads_even_while_requests_hang() -> None:
    before = threading.active_count()
    with contextlib.ExitStack() as stack:
        with StandIn(behaviour=Behaviour(hang=True)) as upstream:
            for _ in range(5):
                stack.enter_context(sent(upstream))
            assert eventually(lambda: len(upstream.requests) == 5)
        with StandIn(port=upstream.port) as successor:
            assert status_of(successor) == 200
    assert threading.active_count() == before
    assert not any(each.client_left_early for each in upstream.requests)


def test_a_taken_port_is_an_error(upstream: StandIn) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"):
        StandIn(port=upstream.port).start()
    assert threading.active_count() == before


def test_many_clients_at_once(upstream: StandIn) -> None:
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(status_of(upstream))) for _ in range(50)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert statuses == [200] * 50
    assert len(upstream.requests) == 50
