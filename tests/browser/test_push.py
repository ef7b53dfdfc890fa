# SPDX-License-Identifier: Apache-2.0
"""Web push as a browser does it: Chromium subscribes at a push service of the tests, and shows what is delivered.

The push service's own line to the browser (MCS, over TLS to Google's name) is the one part that is not here: what was
sent to the service is handed to the browser by the debugger, as the service would after decrypting.
"""

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from aiohttp import web
from cryptography.fernet import Fernet
from playwright.async_api import async_playwright

from crm_core.domain.directory import Directory
from crm_core.domain.house import House
from crm_core.domain.outbox import OutKind
from crm_core.feed import InProcessFeed
from crm_core.storage.secret_box import FernetBox
from crm_core.usecases.tell_missed import MissedTeller
from outgoing.push_sender import PushSender, VapidIdentity
from outgoing.web_client import WebClient
from outgoing.worker import OutboxWorker
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PATIENCE_MS
from tests.integration.outgoing.test_push import Device, follow, miss
from tests.support.history import PASSWORD
from web.app import make_app
from web.letters import LetterWriter
from web.settings import WebSettings

pytestmark = pytest.mark.browser
_CHECKED_IN = bytes.fromhex(
    "0801 1801 39 0102030405060708 41 0807060504030201"
)  # ok, an id, a token of the device
_TOKEN = "a-token-of-the-tests"


def now():
    return datetime.now(UTC)


@dataclass
class PushService:
    """Checks browsers in, gives each subscription its address, and keeps what it is to deliver."""

    url: str = ""
    registered: list = field(default_factory=list)
    taken: list = field(default_factory=list)

    async def check_in(self, _request):
        return web.Response(body=_CHECKED_IN, content_type="application/x-protobuf")

    async def register(self, request):
        sent = await request.post()
        self.registered.append(dict(sent))
        return web.Response(text=f"deleted={sent['app']}" if sent.get("delete") else f"token={_TOKEN}")

    async def take(self, request):
        self.taken.append((request.path, dict(request.headers), await request.read()))
        return web.Response(status=201)


async def serve(app, stack_of):
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    stack_of.append(runner)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.fixture
async def runners():
    made = []
    yield made
    for runner in reversed(made):
        await runner.cleanup()


@pytest.fixture
async def service(runners):
    made, app = PushService(), web.Application()
    app.router.add_post("/checkin", made.check_in)
    app.router.add_post("/register", made.register)
    app.router.add_post("/send/{to}", made.take)
    made.url = await serve(app, runners)
    return made


@pytest.fixture
def box():
    return FernetBox(Fernet.generate_key())


@pytest.fixture
async def base(history, box, runners):
    identity = VapidIdentity(history.store, box)
    app = make_app(
        WebSettings(),
        store=history.store,
        feed=InProcessFeed(),
        directory=Directory(),
        house=House(),
        recordings=history.recordings,
        secret_box=box,
        push=identity,
    )
    return await serve(app, runners)


@pytest.fixture
async def worker(history, box):
    client, identity = WebClient(allow_private=True), VapidIdentity(history.store, box)
    letters = LetterWriter(Directory(), "Acme", "en", "https://crm.example.com", now)
    sender = PushSender(history.store, identity, client, letters.push, now)
    yield OutboxWorker(history.store, {OutKind.PUSH: sender}, now)
    await client.close()


@asynccontextmanager
async def chromium(service, base, profile):
    """With a profile on the disk: a private window may not be pushed to. Its push service is ours."""
    ours = [f"--gcm-checkin-url={service.url}/checkin", f"--gcm-registration-url={service.url}/register"]
    line = f"--gcm-mcs-endpoint={service.url.removeprefix('http://')}"
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(profile), executable_path=CHROMIUM, args=[*ARGUMENTS, *ours, line], locale="en"
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.grant_permissions(["notifications"], origin=base)
        page = await context.new_page()
        await page.goto(f"{base}/login")
        await page.fill("#login", "anna")
        await page.fill("#password", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{base}/")
        yield page
        await context.close()


async def until(look, within_s=60):
    """A machine that is busy takes its time: the condition itself is waited for."""
    async with asyncio.timeout(within_s):
        while not (found := await look()):
            await asyncio.sleep(0.1)
    return found


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def mine(history):
    async with history.store.read() as tx:
        return await tx.push.of_users([history.users["anna"].id])


async def pushed(page, base, data, title="Rolodial"):
    """What the service worker of this page shows under this title, once one more is shown.

    The debugger says nothing of a message that came before the worker was ready: it is then sent again, and may
    be shown twice in the end.
    """
    debugger, found = await page.context.new_cdp_session(page), asyncio.get_running_loop().create_future()

    def note(event):
        for one in event["registrations"]:
            if not found.done():
                found.set_result(one["registrationId"])

    async def shown():
        return [one for one in await page.evaluate(SHOWN) if one["title"] == title]

    debugger.on("ServiceWorker.workerRegistrationUpdated", note)
    await debugger.send("ServiceWorker.enable")
    said = {"origin": base, "registrationId": await asyncio.wait_for(found, PATIENCE_MS / 1000), "data": data}
    before = len(await shown())
    async with asyncio.timeout(240):
        while True:
            await debugger.send("ServiceWorker.deliverPushMessage", said)
            for _ in range(50):
                if len(now_shown := await shown()) > before:
                    return now_shown
                await asyncio.sleep(0.1)


SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({title, body, tag, data}) => ({title, body, tag, url: data.url}))"""


async def test_a_browser_subscribes_is_sent_a_missed_call_and_shows_it(
    history, service, base, worker, tmp_path
):
    teller = MissedTeller(history.store)
    await follow(teller, now)
    async with chromium(service, base, tmp_path / "profile") as page:
        await page.goto(f"{base}/me/notifications")
        key = await page.locator("#push").get_attribute("data-key")
        await page.locator("#push-on").click()
        [made] = await until(lambda: mine(history))
        assert made.endpoint.endswith(f"/send/{_TOKEN}")
        senders = {one["sender"] for one in service.registered}  # Chromium registers for its own ends, too
        assert key in senders, "the browser knows us by our key"
        assert (len(raw(made.p256dh)), len(raw(made.auth))) == (65, 16)
        await page.locator("#push-off").wait_for()  # after the page was loaded again
        assert await page.locator("#push-on").is_hidden()
        # The address is Google's: what goes there comes to us. A second device, whose key we have, reads it.
        device = Device(f"{service.url}/send/device")
        async with history.store.begin() as tx:
            await tx.push.unsubscribe(made.id)
            await tx.push.subscribe(replace(made, endpoint=f"{service.url}/send/browser"))
            await tx.push.subscribe(device.subscription(made.user_id, now()))
        missed = history.calls["missed"]
        item = await miss(history, missed, now)
        await follow(teller, now)
        await until(lambda: delivered(worker, service, 2))
        by_path = {path.rpartition("/")[2]: (headers, body) for path, headers, body in service.taken}
        assert set(by_path) == {"browser", "device"}
        assert all(f"k={key}" in headers["Authorization"] for headers, _ in by_path.values())
        said = device.read(by_path["device"][1])
        [shown, *_] = await pushed(page, base, json.dumps(said), said["title"])
        assert shown["title"].startswith("Missed call: ")
        assert shown["url"] == f"/missed/{item.id}"


async def delivered(worker, service, count):
    await worker.deliver_due()
    return len(service.taken) >= count


async def test_whatever_is_pushed_something_is_shown(history, service, base, tmp_path):
    """A browser takes the right to be pushed away from who shows nothing."""
    assert history
    async with chromium(service, base, tmp_path / "profile") as page:
        await page.goto(f"{base}/me/notifications")
        await page.locator("#push-on").wait_for()
        await page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        for data in ("", "no JSON", "[1]"):
            shown = await pushed(page, base, data)
            assert shown[-1] == {"title": "Rolodial", "body": "", "tag": "", "url": "/"}
        assert await pushed(page, base, '{"title": "<b>Evil</b>"}', "<b>Evil</b>")
