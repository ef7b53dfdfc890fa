# SPDX-License-Identifier: Apache-2.0
"""Every operation there is, in the order the pages tell them."""

from aiohttp import web

from web.api import (
    callbacks,
    calls,
    clients,
    communications,
    companies,
    contacts,
    deals,
    docs,
    live,
    missed,
    orders,
    people,
    phones,
    recordings,
    rules,
    tasks,
    voicemails,
    webhooks,
)
from web.api.openapi import Contract
from web.api.operation import Operation
from web.api.serve import handler_of, say_allowance

OPERATIONS: tuple[Operation, ...] = (
    clients.find_client_by_number,
    contacts.list_contacts,
    contacts.create_contact,
    contacts.get_contact,
    contacts.patch_contact,
    contacts.archive_contact,
    contacts.restore_contact,
    phones.add_phone_of_contact,
    phones.remove_phone_of_contact,
    companies.list_companies,
    companies.create_company,
    companies.get_company,
    companies.patch_company,
    companies.archive_company,
    companies.restore_company,
    phones.add_phone_of_company,
    phones.remove_phone_of_company,
    deals.list_deals,
    deals.create_deal,
    deals.get_deal,
    deals.patch_deal,
    tasks.list_tasks,
    tasks.create_task,
    tasks.get_task,
    tasks.patch_task,
    tasks.do_task,
    tasks.reopen_task,
    orders.list_orders,
    orders.tell_orders,
    orders.get_order,
    calls.list_calls,
    calls.place_call,
    calls.get_call,
    rules.get_decision,
    missed.list_missed,
    missed.get_missed,
    missed.claim,
    missed.release,
    missed.call_back,
    missed.give_up,
    missed.reopen,
    communications.list_communications,
    communications.get_communication,
    communications.edit_outcome,
    communications.move,
    voicemails.list_voicemails,
    voicemails.get_voicemail,
    voicemails.patch_voicemail,
    callbacks.list_callback_requests,
    callbacks.create_callback_request,
    callbacks.get_callback_request,
    recordings.get_recording,
    recordings.get_audio,
    people.list_users,
    people.get_me,
    people.get_user,
    people.list_teams,
    rules.get_rules,
    rules.list_rule_versions,
    rules.get_rule_version,
    rules.try_route,
    webhooks.list_webhooks,
    webhooks.create_webhook,
    webhooks.delete_webhook,
    live.live,
)


def add_api(app: web.Application) -> None:
    """A new operation: its module in web.api, its line above."""
    for each in OPERATIONS:
        app.router.add_route(each.method, each.address, handler_of(each))
    app[docs.CONTRACT] = Contract(OPERATIONS, "1")
    app.router.add_route("GET", "/api/v1/openapi.json", docs.openapi)
    app.router.add_route("GET", "/api/v1/docs", docs.show)
    app.on_response_prepare.append(say_allowance)
