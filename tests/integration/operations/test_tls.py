# SPDX-License-Identifier: Apache-2.0
"""Real TLS connections: our own CA, given files that change, proxies, cookies, headers, and what the doctor says."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy import text

from config.asterisk.ports import free_port
from config.demo.data import PASSWORD, load_demo
from config.doctor.finding import Level
from config.doctor.tls_check import check_tls, judge_files
from config.settings import Settings
from config.tls.keeper import TlsError, TlsKeeper, files_of, tls_of
from config.tls.own_ca import CaFiles, OwnCaError, ensure
from config.wiring import running
from crm_core.storage.open_store import migrate, open_store
from web.settings import WebSettings

NOW = datetime.now(UTC)


@asynccontextmanager
async def served(tmp_path, **options):
    """With Anna and her colleagues in it; gives the settings."""
    home = tmp_path / "home"
    settings = Settings(home=home, web=WebSettings(port=free_port(), plain_port=free_port(), **options))
    settings = replace(settings, fastagi=replace(settings.fastagi, port=0))
    await migrate(settings.database_url)
    store = await open_store(settings.database_url)
    await load_demo(store, NOW)
    await store.close()
    async with running(settings):
        yield settings


def trusting(path, name="localhost"):
    context = ssl.create_default_context(cafile=str(path))
    return aiohttp.TCPConnector(ssl=context)


async def test_a_browser_that_trusts_our_ca_logs_in_and_keeps_a_secure_cookie(tmp_path):
    async with served(tmp_path, tls="own-ca") as settings:
        ca = files_of(settings).ca
        for host in ("localhost", "127.0.0.1"):
            base = f"https://{host}:{settings.web.port}"
            async with aiohttp.ClientSession(
                base, connector=trusting(ca), cookie_jar=aiohttp.DummyCookieJar()
            ) as http:
                form = {"login": "anna", "password": PASSWORD}
                async with http.post("/login", data=form, allow_redirects=False) as answer:
                    cookie = answer.headers["Set-Cookie"]
                    assert answer.status == 303
                    assert cookie.startswith("__Host-rolodial=")
                    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
                    assert "Strict-Transport-Security" not in answer.headers  # a device may stop to trust us
                    assert "microphone=(self)" in answer.headers["Permissions-Policy"]


async def test_a_browser_that_does_not_is_warned_and_finds_the_page_over_plain_http(tmp_path):
    async with served(tmp_path, tls="own-ca") as settings:
        plain = f"http://127.0.0.1:{settings.web.plain_port}"
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await http.get(f"https://localhost:{settings.web.port}/login")
            async with http.get(f"{plain}/tls") as answer:
                page = await answer.text()
                assert answer.status == 200
            async with http.get(f"{plain}/tls/rolodial-ca.crt") as answer:
                ca = x509.load_pem_x509_certificate(await answer.read())
                assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
            assert ca.fingerprint(hashes.SHA256()).hex(":").upper() in page
            for name in ("Windows", "macOS", "Android", "iPhone", "Firefox"):
                assert name in page
            async with http.get(f"{plain}/contacts?name=a", allow_redirects=False) as answer:
                assert answer.status == 308
                assert answer.headers["Location"] == f"https://127.0.0.1:{settings.web.port}/contacts?name=a"
            async with http.post(f"{plain}/login", data={"login": "anna"}, allow_redirects=False) as answer:
                assert answer.status == 308
                assert "Set-Cookie" not in answer.headers


async def test_our_ca_cannot_sign_for_other_peoples_sites(tmp_path):
    files = CaFiles(tmp_path / "tls")
    ensure(files, ("pbx.example.com", "localhost"), NOW)
    for path in (files.ca_key, files.key):
        assert path.stat().st_mode & 0o077 == 0
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    constraints = ca.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    with pytest.raises(OwnCaError, match=r"bank\.example"):
        ensure(files, ("bank.example",), NOW)
    assert ca.not_valid_after_utc - NOW > timedelta(days=3640)


def test_our_certificate_is_renewed_before_it_ends_and_the_ca_stays(tmp_path):
    files = CaFiles(tmp_path / "tls")
    assert ensure(files, ("localhost",), NOW)
    ca, first = files.ca.read_bytes(), files.certificate.read_bytes()
    assert not ensure(files, ("localhost",), NOW + timedelta(days=330))
    assert ensure(files, ("localhost",), NOW + timedelta(days=340))
    assert ensure(files, ("localhost", "crm.lan"), NOW + timedelta(days=340))
    assert files.ca.read_bytes() == ca
    assert files.certificate.read_bytes() != first


async def test_a_changed_certificate_is_served_without_a_restart(tmp_path):
    one, other = CaFiles(tmp_path / "one"), CaFiles(tmp_path / "other")
    for files in (one, other):
        ensure(files, ("localhost",), NOW)
    keeper = TlsKeeper(one.certificate, one.key)
    async with _bare_server(keeper.context) as port:
        before = await _certificate(port)
        assert not keeper.look()
        one.key.write_bytes(other.key.read_bytes())  # half of a renewal: it does not fit
        assert not keeper.look()
        assert await _certificate(port) == before
        one.certificate.write_bytes(other.certificate.read_bytes())
        assert keeper.look()
        assert await _certificate(port) != before


@asynccontextmanager
async def _bare_server(context):
    async def hello(_request):
        return web.Response()

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def _certificate(port):
    return await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))


async def test_given_files_with_hsts_are_remembered_by_browsers(tmp_path):
    files = CaFiles(tmp_path / "given")
    ensure(files, ("localhost",), NOW)
    given = {"tls_certificate": files.certificate, "tls_key": files.key}
    async with served(tmp_path, **given, hsts=True) as settings:
        base = f"https://localhost:{settings.web.port}"
        async with aiohttp.ClientSession(base, connector=trusting(files.ca)) as http:
            async with http.get("/login") as answer:
                assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
            async with http.get("/tls") as answer:
                assert answer.status == 404


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_proxy_is_believed_only_when_it_is_trusted(tmp_path, trusted):
    proxies = ("127.0.0.0/8",) if trusted else ("10.0.0.0/8",)
    async with served(tmp_path, trusted_proxies=proxies, hsts=True) as settings:
        said = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7, 127.0.0.9", "X-Forwarded-Proto": "https"}
        form = {"login": "anna", "password": PASSWORD}
        base = f"http://127.0.0.1:{settings.web.port}"
        async with (
            aiohttp.ClientSession(base, cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.post("/login", data=form, headers=said, allow_redirects=False) as answer,
        ):
            assert answer.headers["Set-Cookie"].startswith("__Host-" if trusted else "rolodial=")
            assert ("Strict-Transport-Security" in answer.headers) is trusted
        store = await open_store(settings.database_url, exclusive=False)
        async with store.engines.reader.connect() as connection:
            seen = await connection.scalar(text("SELECT ip FROM session"))
        await store.close()
        assert seen == ("203.0.113.7" if trusted else "127.0.0.1")


def test_the_doctor_names_what_is_wrong_with_a_certificate(tmp_path):
    one, other = CaFiles(tmp_path / "one"), CaFiles(tmp_path / "other")
    ensure(one, ("crm.example.com",), NOW)
    ensure(other, ("crm.example.com",), NOW)

    def said(key=one.key, host="crm.example.com", now=NOW, certificate=one.certificate):
        (finding,) = judge_files(certificate, key, host, now)
        return finding.level, finding.says

    assert said()[0] is Level.OK
    assert "do not fit" in said(key=other.key)[1]
    assert "expired" in said(now=NOW + timedelta(days=400))[1]
    assert "ends on" in said(now=NOW + timedelta(days=360))[1]
    assert "people type other.example" in said(host="other.example")[1]
    assert "cannot be read" in said(certificate=tmp_path / "none")[1]
    one.key.chmod(0o644)
    assert "everybody" in said()[1]


def test_half_a_pair_and_no_tls(tmp_path):
    assert tls_of(Settings(home=tmp_path)) is None
    half = Settings(home=tmp_path, web=WebSettings(tls_certificate=tmp_path / "a.crt"))
    with pytest.raises(TlsError, match="go together"):
        tls_of(half)
    assert [finding.level for finding in check_tls(half, NOW)] == [Level.BROKEN]
