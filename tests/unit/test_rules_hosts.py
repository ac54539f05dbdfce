"""Where an address leads, and how two spellings of it are one."""

from __future__ import annotations

import pytest

from gateway.resolve.hosts import Address, address_of, is_on_a_tailnet, is_own, is_public

PUBLIC = ["nano-gpt.com", "8.8.8.8", "203.0.114.7", "2a01:4f8::1", "100.63.255.255", "100.128.0.0"]
PRIVATE = [
    *("localhost", "vllm", "127.0.0.53", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
    *("192.168.0.1", "169.254.1.1", "fe80::1", "fd00::1", "0.0.0.0", "::ffff:10.0.0.1"),
    *("a.local", "a.lan", "a.home.arpa", "host.docker.internal", "nas.fritz.box", "x.svc"),
    *("models.example", "192.0.2.1"),
]
TAILNET = ["100.64.0.0", "100.127.255.255", "box.tail1234.ts.net", "fd7a:115c:a1e0::1"]


@pytest.mark.parametrize("host", PUBLIC)
def test_the_internet(host: str) -> None:
    assert is_public(host)
    assert not is_on_a_tailnet(host)


@pytest.mark.parametrize("host", PRIVATE)
def test_nearer(host: str) -> None:
    assert not is_public(host)
    assert not is_on_a_tailnet(host)


@pytest.mark.parametrize("host", TAILNET)
def test_a_tailnet(host: str) -> None:
    assert not is_public(host)
    assert is_on_a_tailnet(host)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://nano-gpt.com/api/v1",
            "https://NANO-GPT.com/api/v1/",
            "HTTPS://nano-gpt.com./api/v1",
        ),
        "https://nano-gpt.com:443/api/v1",
    ],
)
def test_one_address_in_several_spellings(text: str) -> None:
    assert address_of(text) == Address("https", "nano-gpt.com", None, "/api/v1")


@pytest.mark.parametrize("text", ["", "http://", "http://[::1", "http://a:99999/v1"])
def test_what_is_no_address(text: str) -> None:
    assert address_of(text) is None


def test_a_port_and_a_scheme_of_its_own_count() -> None:
    assert address_of("http://a:443") == Address("http", "a", 443, "")
    assert address_of("http://a:80") == address_of("http://a/")


@pytest.mark.parametrize(
    "host",
    ["localhost", "a.localhost", "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::ffff:127.0.0.1"],
)
def test_who_asks_itself(host: str) -> None:
    assert is_own(host)


@pytest.mark.parametrize("host", ["local", "host.docker.internal", "100.64.0.1", "vllm", "fe80::1"])
def test_who_is_somebody_else(host: str) -> None:
    assert not is_own(host)
