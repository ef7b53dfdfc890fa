# SPDX-License-Identifier: Apache-2.0
"""The pages of mail, webhooks, the outbox and notifications, and what makes it an installed application."""

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from crm_core.domain.outbox import OutKind, OutState
from crm_core.domain.webhook import CHOICES, Delivery
from web import keys

MAIL = {
    "host": "smtp.example.com",
    "port": "587",
    "security": "starttls",
    "user": "crm",
    "password": "s3cret",
}
MAIL |= {"from_address": "crm@example.com", "from_name": "Acme", "digest_at": "18:30"}
HOOK = {"url": "https://example.com/hook", "event call.missed": "1", "event contact.*": "1"}


class FakeMailer:
    def __init__(self) -> None:
        self.sent = []

    async def send_now(self, server, mail, message_id):
        self.sent.append((server.host, mail.to))
        return "250 kept as 17 <b>"


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


async def server_of(site):
    async with site.store.read() as tx:
        return await tx.mail.server()


async def test_the_mail_server_is_kept_with_its_password_sealed(site, admin):
    assert (await admin.post("/settings/mail", MAIL)).status == 303
    server = await server_of(site)
    assert (server.host, server.port, server.digest_at.hour) == ("smtp.example.com", 587, 18)
    assert site.app[keys.SECRET_BOX].open(server.password) == b"s3cret"
    text = await admin.text("/settings/mail?saved=1")
    assert "s3cret" not in text
    assert server.password not in text
    await admin.post("/settings/mail", MAIL | {"password": "", "port": "25"})
    assert (await server_of(site)).password == server.password
    await admin.post("/settings/mail", MAIL | {"password": "", "user": ""})
    assert not (await server_of(site)).password


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": "x"},
        {"port": "0"},
        {"security": "rot13"},
        {"from_address": "a@b\nBcc: c@d"},
        {"digest_at": "25:00"},
        {"host": "a b"},
    ],
)
async def test_wrong_mail_settings_are_refused_in_words(site, admin, wrong):
    response = await admin.post("/settings/mail", MAIL | wrong)
    assert response.status == 422
    assert 'role="alert"' in await response.text()
    assert not (await server_of(site)).host


async def test_a_test_mail_tells_what_the_server_said(site, admin):
    await admin.post("/settings/mail", MAIL)
    site.app._state[keys.MAILER] = mailer = FakeMailer()
    response = await admin.post("/settings/mail/test", {"to": "me@example.com"})
    assert "250 kept as 17 &lt;b&gt;" in await response.text()
    assert mailer.sent == [("smtp.example.com", "me@example.com")]
    assert 'role="alert"' in await (await admin.post("/settings/mail/test", {"to": "no"})).text()


async def test_a_webhook_from_its_making_to_its_removal(site, admin):
    assert "https://" in await admin.text("/settings/webhooks/new")
    made = await admin.post("/settings/webhooks", HOOK)
    text = await made.text()
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", text).group()
    async with site.store.read() as tx:
        (webhook,) = await tx.webhooks.every()
    own = f"/settings/webhooks/{webhook.id}"
    assert webhook.events == {"call.missed", "contact.*"}
    assert secret not in await admin.text(own)
    assert secret not in await admin.text("/settings/webhooks")
    again = await (await admin.post(f"{own}/rotate")).text()
    assert re.search(r"whsec_[A-Za-z0-9+/=]+", again).group() != secret
    assert (await admin.post(f"{own}/test")).status == 303
    assert "webhook.test" not in await admin.text(own)  # it waits; the log has what was tried
    assert "https://example.com/hook" in await admin.text("/settings/outbox?kind=webhook")
    assert (await admin.post(own, HOOK | {"url": "https://example.com/new"})).status == 303
    async with site.store.read() as tx:
        changed = await tx.webhooks.get(webhook.id)
        assert not await tx.outbox.waiting_for(webhook.target)  # switched off: it is given up
    assert (changed.url, changed.enabled) == ("https://example.com/new", False)
    assert (await admin.post(f"{own}/remove")).status == 303
    assert (await admin.get(own)).status == 404


@pytest.mark.parametrize(
    "wrong", [{"url": "ftp://a"}, {"url": "http://u:p@a"}, {"event call.missed": "", "event contact.*": ""}]
)
async def test_a_wrong_webhook_is_refused_in_words(site, admin, wrong):
    response = await admin.post("/settings/webhooks", HOOK | wrong)
    assert response.status == 422
    assert 'role="alert"' in await response.text()


async def test_the_log_shows_hostile_answers_as_text_and_sends_again(site, admin):
    await admin.post("/settings/webhooks", HOOK)
    now = datetime.now(UTC)
    async with site.store.begin() as tx:
        (webhook,) = await tx.webhooks.every()
        said = {"webhook_id": webhook.id, "item_id": webhook.id, "event": "call.missed", "at": now, "ms": 7}
        answer = {"status": 500, "answer": "<script>alert(1)</script>", "error": "", "body": "{}"}
        await tx.webhooks.log(Delivery(id=webhook.id, headers={"webhook-id": "msg_1"}, **said, **answer))
    own = f"/settings/webhooks/{webhook.id}"
    text = await admin.text(own)
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
    assert (await admin.post(f"{own}/deliveries/{webhook.id}/replay")).status == 303
    async with site.store.read() as tx:
        (item,) = await tx.outbox.page(OutState.WAITING, None, None, 10)
    assert item.payload["message_id"] == "msg_1"


async def test_the_outbox_says_why_and_lets_one_try_or_give_up(site, admin):
    now = datetime.now(UTC)
    async with site.store.begin() as tx:
        await tx.outbox.add(
            OutKind.MAIL, "anna@example.com", {"values": {"link": "secret-link"}}, key="1", now=now
        )
        (item,) = await tx.outbox.claim(OutKind.MAIL, now, now, 1)
        await tx.outbox.failed(item.id, "550 <i>no</i>", now.replace(year=now.year + 1), now)
    text = await admin.text("/settings/outbox")
    assert "550 &lt;i&gt;no&lt;/i&gt;" in text
    assert "anna@example.com" in text
    assert "secret-link" not in text
    assert "anna@example.com" not in await admin.text("/settings/outbox?kind=push&after=")
    assert (await admin.post(f"/settings/outbox/{item.id}", {"do": "retry"})).status == 303
    async with site.store.read() as tx:
        assert await tx.outbox.is_due(datetime.now(UTC))
    assert (await admin.post(f"/settings/outbox/{item.id}", {"do": "give_up"})).status == 303
    assert "anna@example.com" in await admin.text("/settings/outbox?state=given_up")
    assert (await admin.post(f"/settings/outbox/{item.id}", {"do": "give_up"})).status == 404


@pytest.mark.parametrize(
    "path", ["/settings/mail", "/settings/webhooks", "/settings/webhooks/new", "/settings/outbox"]
)
@pytest.mark.parametrize("login", ["anna", "sofia"])
async def test_only_administrators_see_them(site, login, path):
    assert (await (await site.browser(login)).get(path)).status == 403


async def test_my_notifications_and_my_devices_are_mine(site):
    anna, boris = await site.browser("anna"), await site.browser("boris")
    form = {"missed_digest": "1", "digest_address": "anna@example.com"}
    assert (await anna.post("/me/notifications", form)).status == 303
    assert (await anna.post("/me/notifications", {"missed_digest": "1", "digest_address": "x"})).status == 422
    async with site.store.read() as tx:
        choice = await tx.push.choice(site.history.users["anna"].id)
        assert [one.user_id for one in await tx.push.digest_choices()] == [choice.user_id]
    assert (choice.missed_push, choice.missed_digest, choice.digest_address) == (
        False,
        True,
        "anna@example.com",
    )
    device = {"endpoint": "https://push.example.com/abc", "p256dh": "k", "auth": "a", "device": "Firefox <b>"}
    assert (await anna.post("/me/notifications/devices", device)).status == 204
    assert "Firefox &lt;b&gt;" in await anna.text("/me/notifications")
    async with site.store.read() as tx:
        (kept,) = await tx.push.of_users([choice.user_id])
    assert (await boris.post(f"/me/notifications/devices/{kept.id}/remove")).status == 303
    async with site.store.read() as tx:
        assert await tx.push.of_users([choice.user_id])  # not his to take off
    assert (await anna.post(f"/me/notifications/devices/{kept.id}/remove")).status == 303
    for n in range(12):
        await anna.post("/me/notifications/devices", device | {"endpoint": f"https://push.example.com/{n}"})
    async with site.store.read() as tx:
        assert len(await tx.push.of_users([choice.user_id])) == 10
    bad = device | {"endpoint": "javascript:alert(1)"}
    assert (await anna.post("/me/notifications/devices", bad)).status == 422


async def test_an_installed_application(site):
    stranger = site.stranger()
    response = await stranger.get("/manifest.webmanifest")
    manifest = await response.json(content_type="application/manifest+json")
    assert manifest["display"] == "standalone"
    for each in manifest["icons"]:
        assert (await stranger.get(each["src"])).content_type == "image/png"
    worker = await stranger.get("/service-worker.js")
    assert (worker.content_type, worker.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert (await stranger.get("/pwa/sign.svg")).status == 404
    assert 'rel="manifest"' in await stranger.text("/login")


def test_every_choice_is_an_event_or_a_kind():
    assert len(CHOICES) == 9


@pytest.mark.parametrize(
    "value", ["", "\0", "x" * 5000, "\r\nX: y", "\ud7ff\u202e", "-1", "9" * 40, "{{7*7}}", "%s%n"]
)
async def test_nonsense_in_a_form_is_refused_and_breaks_nothing(admin, value):
    addresses = {
        "/settings/mail": MAIL,
        "/settings/mail/test": {"to": ""},
        "/settings/webhooks": HOOK,
        "/me/notifications": {"missed_digest": "1", "digest_address": ""},
        "/me/notifications/devices": {
            "endpoint": "https://a.example",
            "p256dh": "",
            "auth": "",
            "device": "",
        },
    }
    for address, form in addresses.items():
        for name in form:
            assert (await admin.post(address, form | {name: value})).status < 500, (address, name)
    for query in ("state", "kind", "after"):
        response = await admin.get(f"/settings/outbox?{urlencode({query: value})}")
        assert response.status < 500, query
