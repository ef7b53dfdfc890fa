# SPDX-License-Identifier: Apache-2.0
"""The addresses of clients: lists and what is kept of them, contacts, companies, deals, tasks, orders, leads."""

from aiohttp import web

from crm_core.domain.listing import ListKind
from web.pages import (
    client_forms,
    company,
    contact,
    deal,
    exports,
    leads,
    lists,
    order,
    pins,
    shared_numbers,
    task,
    timeline,
    views,
    voicemail,
)


def add_clients(router: web.UrlDispatcher) -> None:
    router.add_get("/contacts", lists.index(ListKind.CONTACTS))
    router.add_get("/companies", lists.index(ListKind.COMPANIES))
    router.add_get("/orders", lists.index(ListKind.ORDERS))
    _add_deals(router)
    _add_tasks(router)
    router.add_post("/views", views.keep)
    router.add_post("/views/{id}/remove", views.remove)
    router.add_post("/exports", exports.begin)
    router.add_get("/exports/{id}", exports.progress)
    router.add_get("/exports/{id}/file", exports.take)
    router.add_get("/orders/{id}", order.show)
    for of in ("contacts", "companies"):
        router.add_get(f"/{of}/new", client_forms.new)
        router.add_post(f"/{of}/new", client_forms.create)
        router.add_get(f"/{of}/{{id}}/edit", client_forms.edit)
        router.add_post(f"/{of}/{{id}}/edit", client_forms.save)
        router.add_post(f"/{of}/{{id}}/archive", client_forms.archive)
        router.add_post(f"/{of}/{{id}}/restore", client_forms.restore)
        router.add_post(f"/{of}/{{id}}/pin", pins.pins(of, pinned=True))
        router.add_post(f"/{of}/{{id}}/unpin", pins.pins(of, pinned=False))
    router.add_post("/numbers/{id}/keep", shared_numbers.keep)
    router.add_post("/numbers/{id}/share-again", shared_numbers.share_again)
    router.add_get("/contacts/{id}", contact.show)
    router.add_get("/companies/{id}", company.show)
    router.add_get("/{of:contacts|companies|leads}/{id}/timeline", timeline.older)
    router.add_get("/leads", lists.index(ListKind.LEADS))
    router.add_post("/leads/{id}/reopen", leads.reopen)
    router.add_get("/leads/{id}", leads.show)
    router.add_post("/leads/{id}/complete", leads.complete)
    router.add_post("/leads/{id}/merge", leads.merge)
    router.add_post("/leads/{id}/mark", leads.mark)
    router.add_post("/leads/{id}/manager", leads.give)
    router.add_get("/calls", lists.index(ListKind.CALLS))
    router.add_get("/voicemail", lists.index(ListKind.VOICEMAIL))
    router.add_post("/voicemail/{id}/assign", voicemail.assign)
    router.add_post("/voicemail/{id}/close", voicemail.close)
    router.add_post("/voicemail/{id}/reopen", voicemail.reopen)


def _add_deals(router: web.UrlDispatcher) -> None:
    router.add_get("/deals", lists.index(ListKind.DEALS))
    router.add_get("/deals/new", deal.new)
    router.add_post("/deals/new", deal.create)
    router.add_get("/deals/{id}", deal.show)
    router.add_post("/deals/{id}", deal.save)
    router.add_post("/deals/{id}/state", deal.close)
    router.add_post("/deals/{id}/reopen", deal.reopen)
    router.add_post("/deals/{id}/archive", deal.archive)
    router.add_post("/deals/{id}/restore", deal.restore)


def _add_tasks(router: web.UrlDispatcher) -> None:
    router.add_get("/tasks", task.index)
    router.add_post("/tasks", task.create)
    router.add_get("/tasks/new", task.new)
    router.add_get("/tasks/{id}", task.edit)
    router.add_post("/tasks/{id}", task.save)
    router.add_post("/tasks/{id}/done", task.done)
    router.add_post("/tasks/{id}/reopen", task.reopen)
