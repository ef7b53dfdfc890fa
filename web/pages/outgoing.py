# SPDX-License-Identifier: Apache-2.0
"""The addresses of what goes out: mail, webhooks, the outbox, notifications, the installed application."""

from aiohttp import web

from web.pages import pwa
from web.pages.me import notifications
from web.pages.settings import mail, outbox, webhooks


def add_outgoing(router: web.UrlDispatcher) -> None:
    router.add_get("/settings/mail", mail.show)
    router.add_post("/settings/mail", mail.save)
    router.add_post("/settings/mail/test", mail.test)
    router.add_get("/settings/webhooks", webhooks.index)
    router.add_post("/settings/webhooks", webhooks.create)
    router.add_get("/settings/webhooks/new", webhooks.new)
    router.add_get("/settings/webhooks/{id}", webhooks.show)
    router.add_post("/settings/webhooks/{id}", webhooks.save)
    router.add_post("/settings/webhooks/{id}/test", webhooks.test)
    router.add_post("/settings/webhooks/{id}/rotate", webhooks.rotate)
    router.add_post("/settings/webhooks/{id}/remove", webhooks.remove)
    router.add_post("/settings/webhooks/{id}/deliveries/{delivery}/replay", webhooks.replay)
    router.add_get("/settings/outbox", outbox.show)
    router.add_post("/settings/outbox/{id}", outbox.act)
    router.add_get("/me/notifications", notifications.show)
    router.add_post("/me/notifications", notifications.save)
    router.add_post("/me/notifications/devices", notifications.subscribe)
    router.add_post("/me/notifications/devices/{id}/remove", notifications.take_off)
    router.add_get("/manifest.webmanifest", pwa.manifest)
    router.add_get("/service-worker.js", pwa.service_worker)
    router.add_get("/pwa/{name}", pwa.icon)
