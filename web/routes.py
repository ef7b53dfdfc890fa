# SPDX-License-Identifier: Apache-2.0
"""Every address there is."""

from aiohttp import web

from web.api.routes import add_api
from web.live import socket
from web.pages import (
    call,
    call_events,
    callback,
    communication,
    health,
    metrics,
    missed,
    originate,
    phone_keys,
    preferences,
    recording,
    search,
    static,
    task,
    tls,
    workspace,
)
from web.pages.client_routes import add_clients
from web.pages.me.routes import add_door, add_me
from web.pages.outgoing import add_outgoing
from web.pages.settings.people_routes import add_people
from web.pages.settings.routes import add_settings


def add_routes(app: web.Application) -> None:  # longer: one line for each address
    """A new page: its module in web.pages, its line here, its rule on the handler."""
    router = app.router
    router.add_get("/static/{digest}/{name:.+}", static.serve)
    add_door(router)
    router.add_post("/preferences", preferences.save)
    router.add_get("/preferences/keys", phone_keys.show)
    router.add_post("/preferences/keys", phone_keys.save)
    add_me(router)
    router.add_get("/live", socket.by_cookie)
    router.add_get("/", workspace.show)
    router.add_get("/workspace/missed", workspace.missed)
    router.add_get("/workspace/tasks", task.on_desk)
    router.add_get("/missed", missed.show)
    router.add_post("/missed/requests", callback.note)
    router.add_get("/missed/{id}", missed.one)
    router.add_get("/missed/{id}/attempts", missed.attempts)
    router.add_post("/missed/{id}/claim", missed.claim)
    router.add_post("/missed/{id}/release", missed.release)
    router.add_post("/missed/{id}/call", missed.call_back)
    router.add_post("/missed/{id}/give-up", missed.give_up)
    router.add_post("/missed/{id}/reopen", missed.reopen)
    router.add_get("/workspace/before/{kind}/{id}", workspace.before)
    router.add_post("/workspace/note/{id}", workspace.save_note)
    router.add_post("/workspace/whose/{id}", workspace.choose)
    router.add_post("/me/state", workspace.set_state)
    router.add_post("/demo/call", workspace.place_demo_call)
    router.add_post("/calls/originate", originate.submit)
    router.add_post("/calls/{id}/hang-up", originate.hang_up)
    router.add_post("/calls/{id}/recording", originate.switch_recording)
    router.add_get("/search", search.show)
    add_clients(router)
    router.add_get("/calls/{id}", call.show)
    router.add_get("/calls/{id}/why", call.why)
    router.add_get("/calls/{id}/events", call_events.download)
    router.add_get("/communications/{id}", communication.show)
    router.add_get("/communications/{id}/edit", communication.edit)
    router.add_post("/communications/{id}", communication.save)
    router.add_post("/communications/{id}/move", communication.move)
    router.add_post("/communications/{id}/move-back", communication.back)
    router.add_get("/recordings/{id}/audio", recording.audio)
    add_settings(router)
    add_people(router)
    add_outgoing(router)
    router.add_get("/health", health.show)
    router.add_get("/healthz", health.alive)
    router.add_get("/readyz", health.ready)
    router.add_get("/metrics", metrics.show)
    router.add_get("/tls", tls.show)
    router.add_get(f"/tls/{tls.FILE}", tls.download)
    add_api(app)
