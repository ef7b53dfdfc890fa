# SPDX-License-Identifier: Apache-2.0
"""The whole web application with some history on a port of loopback, and somebody at a Chromium in front of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import pytest
from aiohttp import web
from cryptography.fernet import Fernet
from playwright.async_api import Error, Page, async_playwright, expect

from crm_core.domain.directory import Directory, Line, Operator, OperatorState
from crm_core.domain.house import House
from crm_core.feed import InProcessFeed
from crm_core.ports.pbx import DeviceState
from crm_core.storage.secret_box import FernetBox
from tests.support.fake_pbx import FakePbx
from tests.support.history import EXTENSIONS, History
from tests.support.live_site import add_session
from tests.support.prompts import a_recorder
from tests.support.until import until
from web.app import make_app
from web.settings import WebSettings

PATIENCE_MS = 60_000  # what is right is there long before: the limit is for what never comes
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
# What is loaded is not yet there: in other letters a text may be wider, or move; and htmx listens a moment later.
AT_REST = """async () => {
  await document.fonts.ready;
  const deaf = "[hx-get]:not([data-htmx-powered]), [hx-post]:not([data-htmx-powered])";
  while (document.querySelector(deaf)) await new Promise((done) => setTimeout(done, 5));
}"""
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


def pytest_collection_modifyitems(items):
    """As long for a test as it needs on a machine that is several times slower."""
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(600))


class Held:
    """A server that takes its time: what a page asks of it waits until the test lets it through."""

    def __init__(self) -> None:
        self.asked, self._may_go = [], asyncio.Event()

    async def hold(self, route):
        self.asked.append(route.request)
        await self._may_go.wait()
        with suppress(Error):  # the page gave it up meanwhile
            await route.continue_()

    async def was_asked(self, count=1):
        await until(lambda: len(self.asked) >= count, PATIENCE_MS / 1000)

    def let_through(self):
        self._may_go.set()


@dataclass
class Desk:
    """Somebody at a screen: their page, and everything the browser complained of."""

    page: Page
    base: str
    history: History
    pbx: FakePbx
    complaints: list
    app: web.Application

    async def become(self, login, context=None):
        session_id, _ = await add_session(self.history.store, self.history.users[login].id)
        cookie = {"name": "rolodial", "value": session_id, "url": self.base}
        await (context or self.page.context).add_cookies([cookie])

    async def open(self, path):
        answer = await self.page.goto(self.base + path)
        await self.page.evaluate(AT_REST)
        return answer

    async def until(self, script):
        """Asked from outside: our policy forbids the evaluation that wait_for_function needs."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not await self.page.evaluate(script):
                await asyncio.sleep(0.05)

    async def settled(self):
        self.complaints += await self.page.evaluate("window.violations")
        assert self.complaints == []


@pytest.fixture
async def served(history, tmp_path):
    pbx, directory = FakePbx(), Directory()
    operators = []
    for login, user in history.users.items():
        extension = EXTENSIONS[login]
        lines = (Line(pbx="main", extension=extension, device=f"PJSIP/{extension}"),) if extension else ()
        pbx.devices[f"PJSIP/{extension}"] = DeviceState.NOT_INUSE
        operators.append(
            Operator(
                id=user.id,
                name=user.name,
                login=login,
                role=user.role.value,
                lines=lines,
                state=OperatorState.AVAILABLE,
            )
        )
    directory.set_people(operators, [])
    app = make_app(
        WebSettings(),
        store=history.store,
        feed=InProcessFeed(),
        directory=directory,
        house=House(),
        recordings=history.recordings,
        prompts=a_recorder(history.store, tmp_path),
        secret_box=FernetBox(Fernet.generate_key()),
        pbxs=[pbx],
    )
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield history, pbx, f"http://127.0.0.1:{runner.addresses[0][1]}", app
    await runner.cleanup()


@pytest.fixture
async def desk(served):
    history, pbx, base, app = served
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en")
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(WATCH)
        page, complaints = await context.new_page(), []
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        desk = Desk(page, base, history, pbx, complaints, app)
        await desk.become("anna")
        yield desk
        await browser.close()
