# SPDX-License-Identifier: Apache-2.0
"""Five hundred disguises of a private address, and a listener on this machine that none of them may reach."""

import asyncio
import random
import socket
from ipaddress import IPv4Address, IPv6Address

import pytest

from crm_core.ports.outbox import DeliveryError
from outgoing.web_client import WebClient

_PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104 - one of those refused
    "10.0.0.1",
    "192.168.1.1",
    "172.16.3.4",
    "169.254.169.254",
    "100.64.1.1",
]


def _forms(address):
    """Every way we know to write an IPv4 address in a URL."""
    a, b, c, d = address.packed
    n = int(address)
    yield str(address)
    yield f"{address}."
    yield str(n)
    yield hex(n)
    yield f"0x{n:08X}"
    yield f"0{n:o}"
    yield f"{a}.{n & 0xFFFFFF}"
    yield f"{a}.{b}.{n & 0xFFFF}"
    yield f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"
    yield f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"
    yield f"00{a:o}.0x{b:x}.{c}.{d}"
    yield f"0x{a:x}.{b}.0{c:o}.{d}"
    yield "".join(chr(ord(x) + 0xFEE0) if x.isdigit() else x for x in str(address))  # fullwidth digits
    yield str(address).replace(".", "\u3002")  # ideographic full stop
    yield "".join(
        "\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2467\u2468"[int(x) - 1] if x in "123456789" else x
        for x in str(address)
    )
    yield str(address).replace(".", "%2e")
    high, low = n >> 16, n & 0xFFFF
    yield f"[::ffff:{address}]"
    yield f"[::ffff:{high:x}:{low:x}]"
    yield f"[0:0:0:0:0:ffff:{high:x}:{low:x}]"
    yield f"[::{address}]"
    yield f"[64:ff9b::{address}]"
    yield f"[64:ff9b:1::{high:x}:{low:x}]"
    yield f"[2002:{high:x}:{low:x}::1]"
    yield f"[2001:0:{high:x}:{low:x}::{~n >> 16 & 0xFFFF:x}:{~n & 0xFFFF:x}]"
    yield f"[::ffff:0:{address}]"


def _disguises():
    chance = random.Random(7)
    hosts = [form for text in _PRIVATE for form in _forms(IPv4Address(text))]
    while len(hosts) < 470:
        network = chance.choice(["127", "10", "192.168", "172.20", "169.254", "100.99", "224.1", "240.0"])
        rest = [str(chance.randrange(1, 255)) for _ in range(4 - len(network.split(".")))]
        hosts.append(chance.choice(list(_forms(IPv4Address(".".join([network, *rest]))))))
    hosts += [
        f"[{IPv6Address(chance.getrandbits(64) | start << 112)}]"
        for start in (0xFC00, 0xFD00, 0xFE80, 0xFEC0, 0xFF02)
        for _ in range(4)
    ]
    hosts += [
        "[::1]",
        "[::]",
        "[0000::0001]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "ip6-localhost",
        "[fe80::1%25lo]",
        "[::1%25lo]",
    ]
    return hosts


DISGUISES = _disguises()


@pytest.fixture
async def listener():
    """On every address of this machine; keeps who came."""
    came = []

    async def serve(_reader, writer):
        came.append(writer.get_extra_info("peername"))
        writer.close()

    sock = socket.socket(socket.AF_INET6)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", 0))
    server = await asyncio.start_server(serve, sock=sock)
    yield sock.getsockname()[1], came
    server.close()
    await server.wait_closed()


@pytest.fixture
async def client():
    made = WebClient()
    yield made
    await made.close()


def test_there_are_five_hundred():
    assert len(DISGUISES) >= 500


async def test_no_disguise_of_a_private_address_reaches_anything(listener, client):
    port, came = listener
    told, doors = [], asyncio.Semaphore(20)

    async def attempt(host):
        async with doors:
            try:
                await client.post(f"http://{host}:{port}/", b"{}", {})
            except DeliveryError as error:
                told.append((host, str(error)))
            else:
                told.append((host, "ANSWERED"))

    await asyncio.gather(*(attempt(host) for host in DISGUISES))
    assert not came
    assert len(told) == len(DISGUISES)
    assert not [one for one in told if one[1] == "ANSWERED"]
    # The plain forms are refused as what they are, not because they happen to be no name.
    words = dict(told)
    for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "localhost"):
        assert "private network" in words[host], (host, words[host])


async def test_a_name_that_changes_its_answer_is_caught_at_the_socket(listener, client, monkeypatch):
    port, came = listener
    answers = iter(["93.184.216.34", "127.0.0.1"])
    looked_up = []

    def getaddrinfo(host, wanted, *_args, **_named):
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers, "127.0.0.1"), wanted))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert (
        socket.getaddrinfo("rebind.example", port)[0][4][0] == "93.184.216.34"
    )  # a check beforehand is content
    with pytest.raises(DeliveryError, match="private network"):
        await client.post(f"http://rebind.example:{port}/", b"{}", {})
    assert looked_up[1:]
    assert not came


async def test_one_private_address_among_public_ones_is_not_connected_to(listener, client, monkeypatch):
    port, came = listener
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("127.0.0.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: both)
    with pytest.raises(DeliveryError):
        await client.post(f"http://many.example:{port}/", b"{}", {})
    assert not came


async def test_where_the_site_allows_it_a_private_address_is_reached(program):
    client = WebClient(allow_private=True)
    try:
        answer = await client.post(program.url, b"{}", {"x-test": "1"})
    finally:
        await client.close()
    assert (answer.status, answer.body) == (200, "thank you")


async def test_redirects_are_not_followed_and_answers_are_cut(program):
    client = WebClient(allow_private=True)
    program.status, program.headers = 302, {"Location": program.url + "/elsewhere"}
    program.answer = "x" * 1_000_000
    try:
        answer = await client.post(program.url, b"{}", {})
    finally:
        await client.close()
    assert answer.status == 302
    assert len(answer.body) == 2048
    assert [path for path, _, _ in program.got] == ["/hook"]
