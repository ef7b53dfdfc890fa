# SPDX-License-Identifier: Apache-2.0
"""The whole web application with some history on a port of loopback, and somebody at a Chromium in front of it."""

import asyncio
from dataclasses import dataclass

import pytest
from aiohttp import web
from cryptography.fernet import Fernet
from playwright.async_api import Page, async_playwright, expect

from crm_core.domain.directory import Directory, Line, Operator, OperatorState
from crm_core.domain.house import House
from crm_core.feed import InProcessFeed
from crm_core.ports.pbx import DeviceState
from crm_core.storage.secret_box import FernetBox
from tests.support.fake_pbx import FakePbx
from tests.support.history import EXTENSIONS, PASSWORD, History
from tests.support.prompts import a_recorder
from web.app import make_app
from web.settings import WebSettings

expect.set_options(timeout=30_000)  # what is right is there long before
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@dataclass
class Desk:
    """Somebody at a screen: their page, and everything the browser complained of."""

    page: Page
    base: str
    history: History
    pbx: FakePbx
    complaints: list
    app: web.Application

    async def open(self, path):
        return await self.page.goto(self.base + path)

    async def until(self, script):
        """Asked from outside: our policy forbids the evaluation that wait_for_function needs."""
        async with asyncio.timeout(30):
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
        await context.add_init_script(WATCH)
        page, complaints = await context.new_page(), []
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        await page.goto(f"{base}/login")
        await page.fill("#login", "anna")
        await page.fill("#password", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{base}/")
        yield Desk(page, base, history, pbx, complaints, app)
        await browser.close()
