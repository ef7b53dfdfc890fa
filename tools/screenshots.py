# SPDX-License-Identifier: Apache-2.0
"""Pictures of every page and state, in four looks and two languages: `python tools/screenshots.py FOLDER`."""

import argparse
import asyncio
import logging
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import structlog
from aiohttp import web
from cryptography.fernet import Fernet
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crm_core.domain.directory import Directory, Line, Operator, OperatorState  # noqa: E402 - after the path is set
from crm_core.domain.house import House  # noqa: E402
from crm_core.feed import InProcessFeed  # noqa: E402
from crm_core.ports.pbx import DeviceState  # noqa: E402
from crm_core.storage.open_store import migrate, open_store  # noqa: E402
from crm_core.storage.secret_box import FernetBox  # noqa: E402
from tests.support.fake_pbx import FakePbx  # noqa: E402
from tests.support.furniture import furnish  # noqa: E402
from tests.support.history import EXTENSIONS, PASSWORD, History, fill, fill_more  # noqa: E402
from tests.support.live_site import LiveSite  # noqa: E402
from tools.screenshot_places import State, pages, plain_pages, states  # noqa: E402
from web.app import make_app  # noqa: E402
from web.own_ca import OwnCa  # noqa: E402
from web.settings import WebSettings  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass(frozen=True)
class Look:
    name: str
    width: int
    height: int
    theme: str
    language: str


LOOKS = (
    Look("wide-light", 1440, 900, "light", "en"),
    Look("wide-dark", 1440, 900, "dark", "ru"),
    Look("phone-light", 360, 780, "light", "ru"),
    Look("phone-dark", 360, 780, "dark", "en"),
)


def sheet(folder: Path) -> str:
    """All the pictures on one page: the whole product in a minute."""
    names = sorted({path.name.rsplit("-", 2)[0] for path in folder.glob("*.png")})
    rows = []
    for name in names:
        shots = [look for look in LOOKS if (folder / f"{name}-{look.name}.png").exists()]
        cells = "".join(
            f'<figure><a href="{name}-{look.name}.png"><img loading="lazy" src="{name}-{look.name}.png" '
            f'width="{min(look.width, 560)}" alt=""></a>'
            f"<figcaption>{look.name}, {look.language}</figcaption></figure>"
            for look in shots
        )
        rows.append(f"<h2>{escape(name)}</h2><div>{cells}</div>")
    style = "body{font:14px system-ui;margin:24px;background:#ddd}"
    style += "div{display:flex;gap:16px;align-items:start;flex-wrap:wrap}"
    style += (
        "img{border:1px solid #999;max-height:720px;object-fit:cover;object-position:top}figure{margin:0}"
    )
    return (
        f"<!doctype html><meta charset=utf-8><title>Rolodial</title><style>{style}</style>{''.join(rows)}\n"
    )


_CA = OwnCa(
    certificate=b"-",
    sha256=":".join(["A1"] * 32),
    file_sha256="b2" * 32,
    until=datetime(2036, 5, 1, tzinfo=UTC),
    names=["crm.example.lan", "192.168.1.10"],
)


async def serve(url: str) -> tuple[History, web.AppRunner, LiveSite]:  # longer: a whole site
    await migrate(url)
    store = await open_store(url)
    history = await fill(store)
    await fill_more(history)
    await furnish(history)
    directory = Directory()
    operators = [
        Operator(
            id=user.id,
            name=user.name,
            login=login,
            role=user.role.value,
            lines=(Line(pbx="main", extension=EXTENSIONS[login], device=f"PJSIP/{EXTENSIONS[login]}"),)
            if EXTENSIONS[login]
            else (),
            state=OperatorState.AVAILABLE,
        )
        for login, user in history.users.items()
    ]
    directory.set_people(operators, [])
    pbx, settings, feed = FakePbx(), WebSettings(), InProcessFeed()
    pbx.devices = {f"PJSIP/{extension}": DeviceState.NOT_INUSE for extension in EXTENSIONS.values()}
    app = make_app(
        settings,
        store=store,
        feed=feed,
        directory=directory,
        house=House(),
        recordings=history.recordings,
        secret_box=FernetBox(Fernet.generate_key()),
        pbxs=[pbx],
        demo_call=_no_call,
        own_ca=_CA,
    )
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site = LiveSite(store, directory, pbx, settings, users=history.users, feed=feed, app=app)
    site.port = runner.addresses[0][1]
    return history, runner, site


async def _no_call(_: str) -> None:
    """Nobody rings while pictures are taken."""


async def log_in(page: Page, base: str, look: Look, login: str) -> None:
    await page.goto(f"{base}/login")
    await page.fill("#login", login)
    await page.fill("#password", PASSWORD)
    await page.click("button")
    await page.wait_for_url(f"{base}/")
    await page.evaluate(
        """async (form) => {
            const token = JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRF-Token"];
            await fetch("/preferences", {method: "POST", body: new URLSearchParams({...form, csrf_token: token})});
        }""",
        {"theme": look.theme, "locale": look.language},
    )


async def shoot(
    browser: Browser,
    site: LiveSite,
    look: Look,
    addresses: dict[str, str],
    folder: Path,
) -> list[str]:
    context = await browser.new_context(
        viewport={"width": look.width, "height": look.height}, color_scheme=look.theme, locale=look.language
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda m: complaints.append(f"{page.url}: {m.text}") if m.type in {"error", "warning"} else None,
    )
    await page.goto(f"{site.url}/login")
    await page.screenshot(path=folder / f"login-{look.name}.png")
    await log_in(page, site.url, look, "admin")
    for name, address in addresses.items():
        await page.goto(site.url + address)
        await page.wait_for_timeout(150)
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            complaints.append(f"{name} {look.name}: {wider} px wider than the screen")
        await page.screenshot(path=folder / f"{name}-{look.name}.png", full_page=name != "calls")
    await context.close()
    return complaints


async def shoot_states(
    browser: Browser, site: LiveSite, look: Look, acts: dict[str, State], folder: Path
) -> list[str]:
    complaints, narrow = [], look.width < 500  # noqa: PLR2004 - a phone
    contexts: dict[str, BrowserContext] = {}
    for name, state in acts.items():
        if state.is_narrow not in {None, narrow}:
            continue
        if state.login not in contexts:
            contexts[state.login] = await browser.new_context(
                viewport={"width": look.width, "height": look.height},
                color_scheme=look.theme,
                locale=look.language,
            )
            await log_in(await contexts[state.login].new_page(), site.url, look, state.login)
        page = await contexts[state.login].new_page()
        page.set_default_timeout(15_000)
        try:
            await page.goto(site.url + state.address)
            await page.locator('html[data-live="up"]').wait_for(state="attached")
            call = await state.act(page, site)
            await page.wait_for_load_state("networkidle")
            await page.wait_for_timeout(400)
            await page.screenshot(path=folder / f"{name}-{look.name}.png")
            if call:
                site.tell("pop.closed", state.login, call, reason="answered_elsewhere", by="Boris Volkov")
        except PlaywrightError as error:
            complaints.append(f"{name} {look.name}: {str(error).splitlines()[0]}")
        await page.close()
    for context in contexts.values():
        await context.close()
    return complaints


async def run(folder: Path, only: str, looks: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        history, runner, site = await serve(f"sqlite:///{directory}/shots.db")
        addresses = {
            name: address
            for name, address in {**await pages(history), **plain_pages(site.app)}.items()
            if not only or name in only.split(",")
        }
        of = states(history.contacts["Olga Petrova"].id, history.users["clara"].id)
        acts = {name: state for name, state in of.items() if not only or name in only.split(",")}
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            for look in LOOKS:
                if looks in look.name:
                    said = await shoot(browser, site, look, addresses, folder)
                    said += await shoot_states(browser, site, look, acts, folder)
                    print("\n".join(said) or f"{look.name}: clean")
            await browser.close()
        await runner.cleanup()
        await history.store.close()
    (folder / "index.html").write_text(sheet(folder))


def main() -> None:
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        processors=[structlog.processors.add_log_level, plain],
    )
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="names of pages, with commas")
    parser.add_argument("--looks", default="", help="part of a look's name: wide, phone, dark ...")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(run(arguments.folder, arguments.only, arguments.looks))


if __name__ == "__main__":
    main()
