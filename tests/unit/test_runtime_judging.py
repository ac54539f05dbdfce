"""Statuses that LiteLLM misreads, blanks that keep alive, keys in errors, certificates, lost looks."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from pathlib import Path

import aiohttp
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from litellm.llms.custom_httpx.aiohttp_transport import LiteLLMAiohttpTransport
from watched_upstream import HEAD, close, upstream, whole

from gateway.runtime import blanking, reachability
from gateway.runtime.reachability import Origin

ANSWER = b'{"choices": []}'
KEY = "sk-upstream-0123456789"


@pytest.mark.parametrize("has_alternative", [True, False])
def test_a_422_is_a_400(*, has_alternative: bool) -> None:
    """LiteLLM with `drop_params` makes `200 null` of a 422."""

    async def test() -> None:
        async with upstream(whole(b'{"detail": "no such field"}', 422)) as lab:
            response = await lab.post(has_alternative=has_alternative)
            assert (response.status_code, response.content) == (400, b'{"detail": "no such field"}')

    asyncio.run(test())


def test_blanks_before_an_answer_keep_it_alive() -> None:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        for blank in (b"\n\n", b"  ", b"\r\n"):
            writer.write(blank)
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(ANSWER)

    async def test() -> None:
        async with upstream(answer) as lab:
            response = await lab.post(first_token=0.2)
            assert (response.status_code, response.json()) == (200, {"choices": []})

    asyncio.run(test())


def test_nothing_but_blanks_is_no_answer() -> None:
    async def test() -> None:
        async with upstream(whole(b" \n\n")) as lab:
            assert (await lab.post()).status_code == 502

    asyncio.run(test())


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        ('data: {"error": {"message": "bad key sk-upstream-0123456789"}}\n\n', False),
        ('data: {"error": "bad key sk-upstream-0123456789"}\n\n', False),
        ('data: {"error": null, "content": "sk-upstream-0123456789"}\n\n', True),
        ('data: {"content": "sk-upstream-0123456789"}\n\n', True),
    ],
)
def test_an_error_in_a_stream_does_not_repeat_a_key(
    event: str, monkeypatch: pytest.MonkeyPatch, *, seen: bool
) -> None:
    monkeypatch.setattr(blanking, "_secrets", lambda: (KEY,))

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"data: {}\n\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(event.encode())

    async def test() -> None:
        async with upstream(answer) as lab:
            response = await lab.post(is_stream=True)
            assert (KEY in response.text) == seen
            assert response.text.startswith("data: {}\n\n")

    asyncio.run(test())


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "both.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


@pytest.mark.parametrize("is_litellms", [True, False])
def test_a_certificate_that_is_not_trusted_is_named(tmp_path: Path, *, is_litellms: bool) -> None:
    async def test() -> None:
        transport = LiteLLMAiohttpTransport(client=aiohttp.ClientSession) if is_litellms else None
        async with upstream(whole(ANSWER), transport, self_signed(tmp_path)) as lab:
            response = await lab.post()
            assert response.status_code == 502
            assert "has a certificate that is not trusted" in response.text
            assert not lab.watch.is_down(lab.origin)
            assert await lab.watch.look(lab.origin, 1.0, 60.0)

    asyncio.run(test())


def test_no_tls_where_it_should_be_is_named() -> None:
    async def speak_http(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async def test() -> None:
        transport = LiteLLMAiohttpTransport(client=aiohttp.ClientSession)
        server = await asyncio.start_server(speak_http, "127.0.0.1", 0)
        async with server, upstream(close, transport) as lab:
            lab.origin = Origin("https", "127.0.0.1", server.sockets[0].getsockname()[1])
            response = await lab.post(origin=lab.origin)
            assert response.status_code == 502
            assert "did not agree on a TLS connection" in response.text

    asyncio.run(test())


@pytest.mark.parametrize(("lost", "is_given_up"), [(1, False), (2, True)])
def test_one_failed_look_does_not_end_a_request(
    lost: int, monkeypatch: pytest.MonkeyPatch, *, is_given_up: bool
) -> None:
    looks = iter([False] * lost)

    async def accepts(*_: object, with_tls: bool = True, **__: object) -> bool:
        return True if with_tls else next(looks, True)  # with TLS: what a probe asks

    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1.2)
        await whole(ANSWER)(writer)

    async def test() -> None:
        monkeypatch.setattr(reachability, "accepts_connection", accepts)
        async with upstream(slow) as lab:
            lab.watch.mark_up(lab.origin)
            if is_given_up:
                with pytest.raises(httpx.ConnectError):
                    await lab.post(connect=0.4)
            else:
                assert (await lab.post(connect=0.4)).status_code == 200
                assert not lab.watch.is_down(lab.origin)

    asyncio.run(test())


def test_an_impatient_model_takes_nothing_down() -> None:
    class Slow(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(request.extensions["timeout"]["connect"])
            raise httpx.ConnectTimeout("slow")

    async def test() -> None:
        async with upstream(whole(ANSWER), Slow()) as lab:
            lab.watch.allow(lab.origin, 1.0)
            with pytest.raises(httpx.ConnectError):
                await lab.post(connect=0.05)
            assert not lab.watch.is_down(lab.origin)
            with pytest.raises(httpx.ConnectError):
                await lab.post(connect=1.0)
            assert lab.watch.is_down(lab.origin)

    asyncio.run(test())
