# SPDX-License-Identifier: Apache-2.0
"""Typed keys: what the application holds, and what a request knows."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from crm_core.domain.directory import Directory
from crm_core.ports.call_events import CallEvents
from crm_core.ports.clock import Clock
from crm_core.ports.feed import LiveFeed
from crm_core.ports.mail import Mailer
from crm_core.ports.pbx import Pbx
from crm_core.ports.phones import Phones
from crm_core.ports.push import PushIdentity
from crm_core.ports.recording_store import RecordingStore
from crm_core.ports.secret_box import SecretBox
from crm_core.ports.store import Store
from crm_core.usecases.pause_recording import RecordingSwitch
from crm_core.usecases.place_call import ClickToCall
from crm_core.usecases.record_prompt import PromptRecorder
from web.api.limits import RateLimit
from web.assets import Assets
from web.check_up import CheckUp
from web.health import Probe
from web.i18n.l10n import L10n
from web.in_force import InForce
from web.lists.export_files import Exports
from web.live.screens import Screens
from web.metrics import Metrics
from web.own_ca import OwnCa
from web.passwords import Passwords
from web.settings import WebSettings
from web.setup_code import SetupCode
from web.softphones import SoftphoneLinks
from web.throttle import LoginThrottle
from web.viewer import Viewer

STORE = web.AppKey("store", Store)
FEED = web.AppKey("feed", LiveFeed)
DIRECTORY = web.AppKey("directory", Directory)
PBXS = web.AppKey("pbxs", Sequence[Pbx])
CLOCK = web.AppKey("clock", Clock)
PHONES = web.AppKey("phones", Mapping[str, Phones])  # by PBX, of those whose phones are ours to make
SOFTPHONES = web.AppKey("softphones", SoftphoneLinks)
SETTINGS = web.AppKey("settings", WebSettings)
REPLAYS = web.AppKey("replays", asyncio.Event)  # set: one is waiting
PROMPTS = web.AppKey[PromptRecorder | None]("prompts")
SHARING = web.AppKey("sharing", asyncio.Event)  # set: a batch of clients is waiting
EXPORTS = web.AppKey("exports", Exports)
CHECK_UP = web.AppKey("check_up", CheckUp)
SETUP_CODE = web.AppKey("setup_code", SetupCode)
IN_FORCE = web.AppKey("in_force", InForce)
ASSETS = web.AppKey("assets", Assets)
THROTTLE = web.AppKey("throttle", LoginThrottle)
LIVE_SCREENS = web.AppKey("live_screens", Screens)
CLICK_TO_CALL = web.AppKey("click_to_call", ClickToCall)
RECORDING_SWITCH = web.AppKey("recording_switch", RecordingSwitch)
DEMO_CALL = web.AppKey[Callable[[str], Awaitable[None]] | None]("demo_call")  # rings us as a demo client
RECORDINGS = web.AppKey("recordings", RecordingStore)
OWN_CA = web.AppKey[OwnCa | None]("own_ca")
CALL_EVENTS = web.AppKey[CallEvents | None]("call_events")
METRICS = web.AppKey[Metrics | None]("metrics")
PROBES = web.AppKey("probes", Sequence[Probe])
RATE_LIMIT = web.AppKey("rate_limit", RateLimit)
PASSWORDS = web.AppKey("passwords", Passwords)
MAILER = web.AppKey[Mailer | None]("mailer")
PUSH = web.AppKey[PushIdentity | None]("push")
SECRET_BOX = web.AppKey("secret_box", SecretBox)

REQUEST_ID = web.RequestKey("request_id", str)
L10N = web.RequestKey("l10n", L10n)
VIEWER = web.RequestKey("viewer", Viewer)  # there on every page that asks for a role
