# SPDX-License-Identifier: Apache-2.0
"""Nonsense in every parameter of every route: an answer each time, never a fault, never somebody else's data."""

import asyncio
import random
import re
from itertools import product
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from structlog.testing import capture_logs

from tests.integration.web.test_security import token
from web.lists.registry import LISTS
from web.middleware.csrf import masked

ROOT = Path(__file__).parents[3]
NONSENSE = [
    "",
    "\0",
    "a\0b",
    "\r\nSet-Cookie: a=b",
    "\ufeff\u202e\u2028",
    "9" * 19,
    "-" + "9" * 5000,
    "²",
    "'; drop table contact; --",
    "http://[",
    "x" * 70_000,
    "00000000-0000-0000-0000-000000000000",
    "0001-01-01",
    "9999-12-31",
    "-62135596800000000_" + "0" * 32,
    "253402300799999999_" + "f" * 32,
    "-99999999999999999_" + "0" * 32,
]
PARTS = ["%00", "%ED%A0%80", "%FF", "%", "..%2f..%2fx", "%0d%0a", "x" * 3000, "%C2%B2", "0" * 32]
RAW = ["%00", "%ED%A0%80", "%FF%FE", "%", "%zz", "%C0%AF", "%F4%90%80%80", "%uD800"]  # as written on the wire
QUERY = {
    "/": [],
    "/login": ["next"],
    "/live": ["after", "epoch"],
    "/workspace/missed": [],
    "/missed": ["view", "after"],
    "/missed/{id}": [],
    "/workspace/before/{kind}/{id}": ["but"],
    "/search": ["q", "for", "of"],
    "/contacts/{id}": [],
    "/companies/{id}": [],
    "/{of}/{id}/timeline": ["after"],
    "/leads": ["status", "after"],
    "/leads/{id}": [],
    "/calls": ["direction", "disposition", "missed", "user", "number", "from", "to", "after"],
    "/calls/{id}": [],
    "/calls/{id}/why": [],
    "/communications/{id}": [],
    "/communications/{id}/edit": [],
    "/recordings/{id}/audio": [],
    "/health": [],
    "/healthz": [],
    "/readyz": [],
    "/metrics": [],
    "/tls": [],
    "/tls/rolodial-ca.crt": [],
    "/static/{digest}/{name}": [],
    "/api/v1/live": ["after", "epoch"],
}
FORMS = {
    "/login": ["login", "password", "next", "csrf_token"],
    "/logout": [],
    "/preferences": ["theme", "locale"],
    "/workspace/note/{id}": ["note", "result"],
    "/me/state": ["state", "reason"],
    "/demo/call": ["number"],
    "/missed/{id}/claim": [],
    "/missed/{id}/release": [],
    "/missed/{id}/call": [],
    "/missed/{id}/give-up": ["reason"],
    "/missed/{id}/reopen": [],
    "/calls/originate": ["number"],
    "/calls/{id}/hang-up": [],
    "/leads/{id}/complete": ["name"],
    "/leads/{id}/merge": ["contact"],
    "/leads/{id}/mark": ["status"],
    "/communications/{id}": ["result", "note"],
    "/communications/{id}/move": ["contact", "company"],
    "/communications/{id}/move-back": [],
    "/api/v1/orders": [],
}
HEADERS = [
    "Cookie",
    "Authorization",
    "X-CSRF-Token",
    "Origin",
    "Referer",
    "Sec-Fetch-Site",
    "Accept",
    "Accept-Language",
    "Range",
    "User-Agent",
    "HX-Request",
    "Idempotency-Key",
    "Upgrade",
]
BODIES = [
    ("application/x-www-form-urlencoded", b"\xff\xfe\x00=%ff&note=%ED%A0%80"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"note=x"),
    ("application/x-www-form-urlencoded; charset=nothing", b"note=x"),
    ("application/x-www-form-urlencoded; charset=punycode", b"note=\xff"),
    ("application/x-www-form-urlencoded; charset=idna", b"note=" + b"x" * 100),
    ("application/x-www-form-urlencoded; charset=unicode_escape", b"note=\\ud800\\U"),
    ("application/x-www-form-urlencoded; charset=hex", b"note=41"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % i for i in range(5000))),
    ("multipart/form-data", b"--x\r\n\r\n"),
    ("multipart/form-data; boundary=x", b""),
    ("multipart/form-data; boundary=x", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--y\r\n\r\n--y--\r\n"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n\xff\r\n--x--\r\n',
    ),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: \xff\r\n\r\nx\r\n--x--\r\n"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="note"\r\nContent-Encoding: gzip\r\n\r\nx\r\n--x--\r\n',
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="note"\r\nContent-Transfer-Encoding: base64\r\n\r\n@\r\n--x--\r\n',
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="note"; filename="../x"\r\n\r\nx\r\n--x--\r\n',
    ),
    (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n--x--\r\n",
    ),
    ("multipart/mixed; boundary=x", b"--x\r\n\r\nx\r\n--x--\r\n"),
    ("multipart/form-data; boundary=" + "x" * 200, b"x"),
    ("application/json", b'{"note": "x"}'),
    ("nonsense", b"\0"),
    ("", b"x"),
    ("text/plain; charset=\xff", b"x"),
]


async def ask(site, method, target, headers, body=b""):
    """One request exactly as written; its status, and None when the connection was closed without an answer."""
    reader, writer = await asyncio.open_connection(site.client.host, site.client.port)
    lines = [
        f"{method} {target} HTTP/1.1".encode(),
        b"Host: " + f"{site.client.host}:{site.client.port}".encode(),
    ]
    lines += [name.encode() + b": " + value for name, value in headers.items()]
    lines += [b"Content-Length: %d" % len(body), b"Connection: close", b"", body]
    try:
        writer.write(b"\r\n".join(lines))
        head = await asyncio.wait_for(reader.readline(), 60)
        return int(head.split()[1]) if head else None
    except ConnectionError:  # it was told off before all of it was sent
        return 400
    finally:
        writer.close()


def said_by(browser):
    return {
        "Cookie": f"rolodial={browser.session_id}".encode(),
        "X-CSRF-Token": masked(browser.csrf).encode(),
        "Sec-Fetch-Site": b"same-origin",
    }


def known(site, path):
    """The address with ids that are there, so that what follows it is reached."""
    history = site.history
    ids = {
        "/calls": history.calls["of boris"].id,
        "/communications": history.calls["of boris"].id,
        "/workspace/note": history.calls["of boris"].id,
        "/recordings": next(iter(history.recorded.values())).id,
        "/leads": next(iter(history.leads.values())).id,
        "/companies": next(iter(history.companies.values())).id,
    }
    found = next((one for start, one in ids.items() if path.startswith(start)), None)
    some = found or history.contacts["Olga Petrova"].id
    path = path.replace("{of}", "contacts").replace("{kind}", "contact").replace("{id}", str(some))
    return path.replace("{digest}", "x").replace("{name}", "x")


@pytest.fixture
async def faults(site):
    """Says which requests were answered by a fault; looks into the log too, for a page may hide it."""
    who = [await site.browser("sofia")]
    found = []

    async def try_one(method, target, body=b"", kind=b"application/x-www-form-urlencoded", **more):
        headers = said_by(who[-1]) | ({"Content-Type": kind} if body else {}) | more
        with capture_logs() as logs:
            status = await ask(site, method, target, headers, body)
        broken = [line for line in logs if line["event"] == "request failed"]
        if status is None or (status >= 500 and not target.startswith("/readyz")) or broken:
            found.append((method, target[:120], body[:80], {k: v[:80] for k, v in more.items()}, status))

    try_one.as_ = who.append
    yield try_one
    assert not found, f"{len(found)} faults: {found[:12]}"


def every_other_route(site):
    """Those that are not named above; programs' own are asked by schemathesis (test_api_schema.py)."""
    named = {("GET", path) for path in QUERY} | {("POST", path) for path in FORMS}
    routes = {(route.method, route.resource.canonical) for route in site.app.router.routes()}
    routes = {(m, p.replace("{of:contacts|companies|leads}", "{of}")) for m, p in routes if m != "HEAD"}
    return sorted((m, p) for m, p in routes - named if not p.startswith("/api/"))


def every_field():
    """The name of each field of each form there is."""
    texts = [path.read_text() for path in (ROOT / "web/templates").rglob("*.html")]
    found = {name for text in texts for name in re.findall(r"""(?:name=|field\()"([a-z][\w-]*)\"""", text)}
    found |= {
        each.name for spec in LISTS.values() for each in spec.filters
    }  # their names stand in no template
    return sorted(found | {"after", "cursor", "sort", "cols", "version", "extension-main"})


@pytest.mark.timeout(300)
async def test_in_every_field_of_every_other_page(site, faults):
    fields = every_field()
    assert len(fields) > 50
    for method, path in every_other_route(site):
        faults.as_(await site.browser("admin"))  # a new session: some of these end it
        target = re.sub(r"{\w+}", "x", known(site, path))
        for value in NONSENSE:
            sent = urlencode(dict.fromkeys(fields, value[:300]), errors="surrogatepass")
            if method == "GET":
                await faults(method, f"{target}?{sent[:7000]}")
            else:
                await faults(method, target, sent.encode())
        for part in PARTS if "{" in path else ():
            await faults(
                method, re.sub(r"{\w+}", lambda _match, part=part: part, path), b"note=x" * (method == "POST")
            )


async def test_in_addresses(site, faults):
    for path, names in QUERY.items():
        if path in {"/live", "/api/v1/live"}:
            continue  # test_live_socket.py
        for name in names:
            for value in NONSENSE:
                await faults("GET", f"{known(site, path)}?{urlencode({name: value[:7000]})}")
            for value in RAW:
                await faults("GET", f"{known(site, path)}?{name}={value}&{value}={value}")
        parts = [part for part in ("{id}", "{kind}", "{digest}", "{name}", "{of}") if part in path]
        for part in parts:
            for value in PARTS:
                await faults("GET", known(site, path.replace(part, value)))


async def test_in_forms(site, faults):
    for path, names in FORMS.items():
        if path == "/logout":
            continue
        for name in names:
            for value in [quote(one, safe="") for one in NONSENSE] + RAW:
                if path != "/login" or name != "password" or value in RAW:  # argon2 takes its time
                    await faults("POST", known(site, path), f"{name}={value}".encode())
        if "{id}" in path:
            for value in PARTS:
                await faults("POST", known(site, path.replace("{id}", value)), b"note=x&name=x&status=spam")


async def test_in_bodies_of_every_kind(site, faults):
    for path in ("/login", "/preferences", "/communications/{id}", "/calls/originate", "/api/v1/orders"):
        for kind, body in BODIES:
            await faults("POST", known(site, path), body, kind.encode("latin-1"))


async def test_in_headers(site, faults):
    values = [
        b"\xff\xfe",
        b"\xed\xa0\x80",
        "ё".encode(),
        b"",
        b"=",
        b"http://[",
        b"bytes=" + b"9" * 6000 + b"-",
    ]
    values += [
        b"bearer \xff",
        b"Bearer " + b"x" * 5000,
        b"rolodial=\xff",
        b'rolodial="',
        b"rolodial=\xed\xa0\x80",
    ]
    values += [
        b"bytes=5-1",
        b"bytes=-0",
        b"bytes=0-0,1-1",
        b"en;q=x,ru;q=nan,;q=-inf",
        b"*/*;q=" + b"9" * 400,
    ]
    values += [b"websocket"]
    audio = known(site, "/recordings/{id}/audio")
    targets = {"Range": ("GET", audio, b""), "Authorization": ("POST", "/api/v1/orders", b"{}")}
    for header, value in product(HEADERS, values):
        await faults(*targets.get(header, ("POST", "/preferences", b"theme=dark")), **{header: value})
    for value in values:
        await faults("POST", "/login", b"login=anna&password=rolodial-demo", **{"User-Agent": value})


async def test_in_what_chance_makes(site, faults):
    chance = random.Random(20261122)
    alphabet = "".join(NONSENSE[:24])[:300] + "&=;%#?/+ёЖ漢🎉"
    for _ in range(100):
        path, names = chance.choice([item for item in QUERY.items() if "live" not in item[0]])
        query = {name: "".join(chance.choices(alphabet, k=chance.randrange(40))) for name in names}
        await faults("GET", f"{known(site, path)}?{urlencode(query)}")


async def test_a_body_too_big_is_refused_before_it_is_read(site):
    sofia = await site.browser("sofia")
    secret = await token(site, "admin", {"orders:write"})
    big = b"x" * (3 * 2**20)
    for path, headers in (
        ("/preferences", said_by(sofia)),
        ("/login", {}),
        (
            "/api/v1/orders",
            {"Authorization": f"Bearer {secret}".encode(), "Content-Type": b"application/json"},
        ),
    ):
        kind = {"Content-Type": b"application/x-www-form-urlencoded"}
        assert await ask(site, "POST", path, kind | headers, big) in {400, 413}, path
