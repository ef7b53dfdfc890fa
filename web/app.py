# SPDX-License-Identifier: Apache-2.0
"""The web application: what it is given, what stands in a request's way, and where things are."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from crm_core.domain.directory import Directory
from crm_core.domain.house import House
from crm_core.ports.call_events import CallEvents
from crm_core.ports.clock import Clock, utc_now
from crm_core.ports.feed import LiveFeed
from crm_core.ports.mail import Mailer
from crm_core.ports.pbx import Pbx
from crm_core.ports.pbx_care import PbxCare
from crm_core.ports.phones import Phones
from crm_core.ports.push import PushIdentity
from crm_core.ports.recording_store import RecordingStore
from crm_core.ports.secret_box import SecretBox
from crm_core.ports.store import Store
from crm_core.usecases.pause_recording import RecordingSwitch
from crm_core.usecases.place_call import ClickToCall
from crm_core.usecases.record_prompt import PromptRecorder
from web import keys, replays, sharing
from web.access import check_routes
from web.api.limits import RateLimit
from web.assets import Assets
from web.check_up import CheckUp
from web.first_run import first_run
from web.follow_settings import follow_settings
from web.health import Probe
from web.i18n.catalogues import catalogues
from web.in_force import InForce
from web.lists import worker
from web.lists.export_files import Exports
from web.live import background
from web.live.screens import Screens
from web.metrics import Metrics
from web.middleware.csrf import csrf
from web.middleware.errors import errors
from web.middleware.headers import add_headers
from web.middleware.locale import locale
from web.middleware.request_id import request_id
from web.middleware.road import road
from web.middleware.session import session
from web.modules import modules
from web.own_ca import OwnCa
from web.passwords import Passwords
from web.routes import add_routes
from web.settings import WebSettings
from web.setup_code import SetupCode
from web.softphones import SoftphoneLinks
from web.throttle import LoginThrottle

_LARGEST_BODY = 2 * 1024 * 1024


def make_app(  # noqa: PLR0913 - what the parts are joined by  # longer: one line for each part
    settings: WebSettings,
    *,
    store: Store,
    feed: LiveFeed,
    directory: Directory,
    house: House,
    recordings: RecordingStore,
    secret_box: SecretBox,
    mailer: Mailer | None = None,
    push: PushIdentity | None = None,
    prompts: PromptRecorder | None = None,
    pbxs: Sequence[Pbx] = (),
    phones: Mapping[str, Phones] | None = None,
    probes: Sequence[Probe] = (),
    clock: Clock = utc_now,
    demo_call: Callable[[str], Awaitable[None]] | None = None,
    care: PbxCare | None = None,
    metrics: Metrics | None = None,
    own_ca: OwnCa | None = None,
    call_events: CallEvents | None = None,
) -> web.Application:
    app = web.Application(
        # From the outside in. The language stands outside of errors, because error pages have one too.
        middlewares=[request_id, locale, errors, road, first_run, session, csrf, modules],
        client_max_size=_LARGEST_BODY,
    )
    app[keys.SETTINGS] = settings
    app[keys.STORE] = store
    app[keys.FEED] = feed
    app[keys.DIRECTORY] = directory
    app[keys.IN_FORCE] = InForce(house=house)
    app[keys.CHECK_UP] = CheckUp(care)
    app[keys.SETUP_CODE] = SetupCode()
    app[keys.REPLAYS] = asyncio.Event()
    app[keys.SHARING] = asyncio.Event()
    app[keys.EXPORTS] = Exports(settings.exports)
    app[keys.PROMPTS] = prompts
    app[keys.PBXS] = pbxs
    app[keys.PHONES] = phones or {}
    app[keys.SOFTPHONES] = SoftphoneLinks()
    app[keys.RECORDINGS] = recordings
    app[keys.SECRET_BOX] = secret_box
    app[keys.MAILER] = mailer
    app[keys.PUSH] = push
    app[keys.PROBES] = probes
    app[keys.CLOCK] = clock
    app[keys.THROTTLE] = LoginThrottle()
    app[keys.RATE_LIMIT] = RateLimit(settings.api_a_minute)
    app[keys.PASSWORDS] = Passwords(settings.logins_at_once)
    app[keys.ASSETS] = Assets({f"js/texts/{code}.js": each.script for code, each in catalogues().items()})
    app[keys.LIVE_SCREENS] = Screens()
    app[keys.CLICK_TO_CALL] = ClickToCall(store, directory, pbxs)
    app[keys.RECORDING_SWITCH] = RecordingSwitch(store, directory, pbxs, feed)
    app[keys.DEMO_CALL] = demo_call
    app[keys.METRICS] = metrics
    app[keys.OWN_CA] = own_ca
    app[keys.CALL_EVENTS] = call_events
    app.cleanup_ctx.append(follow_settings)
    app.cleanup_ctx.append(background.run)
    app.cleanup_ctx.append(worker.run)
    app.cleanup_ctx.append(replays.run)
    app.cleanup_ctx.append(sharing.run)
    app.on_shutdown.append(background.close_screens)
    app.on_response_prepare.append(add_headers)
    add_routes(app)
    check_routes(app)
    return app
