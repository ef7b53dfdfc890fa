# SPDX-License-Identifier: Apache-2.0
"""The addresses of the settings; people, mail and webhooks have theirs in web.routes."""

from aiohttp import web

from web.pages import setup
from web.pages.settings import (
    answers,
    balance,
    bands,
    company,
    hand_over,
    holidays,
    index,
    missed,
    modules,
    pbx,
    phones,
    prompts,
    retention,
    routing,
    routing_draft,
    routing_history,
    routing_look,
    routing_replay,
    routing_rule,
    routing_table,
    security,
    sharing,
    transfer,
)
from web.pages.settings.choices import add_choices
from web.pages.settings.client_fields import add_client_fields
from web.pages.settings.hours import HOURS
from web.pages.settings.numbers import NUMBERS
from web.pages.settings.register import add_register
from web.pages.settings.teams import TEAMS


def add_settings(router: web.UrlDispatcher) -> None:  # longer: a line for each page
    router.add_get("/setup", setup.door)
    router.add_post("/setup", setup.begin)
    router.add_get("/setup/steps", setup.steps)
    router.add_get("/setup/{step}", setup.step)
    router.add_post("/setup/{step}", setup.save)
    router.add_get("/settings", index.show)
    router.add_get("/settings/company", company.show)
    router.add_post("/settings/company", company.save)
    router.add_get(answers.ADDRESS, answers.show)
    router.add_get("/settings/bands", bands.show)
    router.add_post("/settings/bands", bands.save)
    router.add_post("/settings/holidays", holidays.add)
    for register in (HOURS, TEAMS, NUMBERS):
        add_register(router, register)
    add_choices(router)
    add_client_fields(router)
    add_routing(router)
    add_prompts(router)
    add_sharing(router)
    router.add_get("/settings/pbx", pbx.show)
    router.add_post("/settings/pbx/check", pbx.check)
    router.add_get("/settings/queues", pbx.queues)
    router.add_get("/settings/phones", phones.index)
    router.add_post("/settings/phones/{pbx}/{extension}", phones.give)
    router.add_post("/settings/phones/{pbx}/{extension}/remove", phones.take)
    router.add_get("/phones/{key}", phones.fetch)
    router.add_get("/settings/balance", balance.show)
    router.add_post("/settings/balance", balance.look)
    router.add_post("/settings/balance/{id}", balance.settle)
    router.add_get("/settings/missed", missed.show)
    router.add_post("/settings/missed", missed.save)
    router.add_get("/settings/retention", retention.show)
    router.add_post("/settings/retention", retention.save)
    router.add_get("/settings/security", security.show)
    router.add_post("/settings/security", security.save)
    router.add_get("/settings/transfer", transfer.show)
    router.add_post("/settings/transfer", transfer.take_in)
    router.add_get("/settings/transfer/file", transfer.give_out)
    router.add_get("/settings/modules", modules.show)
    router.add_post("/settings/modules", modules.save)


def add_routing(router: web.UrlDispatcher) -> None:
    at = "/settings/routing"
    router.add_get(at, routing.show)
    router.add_get(f"{at}/versions/{{version}}", routing.version)
    router.add_post(f"{at}/versions/{{version}}/publish", routing.bring_back)
    router.add_post(f"{at}/releases/{{id}}/cancel", routing.cancel)
    router.add_get(f"{at}/draft", routing_draft.show)
    router.add_post(f"{at}/draft", routing_draft.save)
    router.add_post(f"{at}/draft/act", routing_draft.act)
    router.add_post(f"{at}/draft/states/{{revision}}/undo", routing_draft.undo)
    router.add_post(f"{at}/draft/check", routing_draft.check)
    router.add_post(f"{at}/draft/tests", routing_draft.make_test)
    router.add_get(f"{at}/history", routing_history.show)
    router.add_get(f"{at}/history/{{revision}}", routing_history.change)
    router.add_get(f"{at}/draft/rule", routing_rule.show)
    router.add_post(f"{at}/draft/rule", routing_rule.act)
    router.add_post(f"{at}/draft/rule/say", routing_rule.say)
    router.add_get(f"{at}/draft/table/{{kind}}", routing_table.show)
    router.add_post(f"{at}/draft/table/{{kind}}", routing_table.act)
    router.add_post(f"{at}/draft/table/{{kind}}/say", routing_table.say)
    router.add_post(f"{at}/draft/publish", routing_draft.publish)
    router.add_get(f"{at}/replays", routing_replay.replays)
    router.add_post(f"{at}/replays", routing_replay.begin)
    router.add_get(f"{at}/replays/{{id}}", routing_replay.replay)
    router.add_get(f"{at}/replays/{{id}}/{{cell}}", routing_replay.replay_calls)
    router.add_get(f"{at}/replays/{{id}}/calls/{{call}}", routing_replay.replay_call)
    router.add_get(f"{at}/log", routing_look.log)
    router.add_get(f"{at}/log/{{call}}", routing_look.why)


def add_prompts(router: web.UrlDispatcher) -> None:
    at = prompts.ADDRESS
    router.add_get(at, prompts.index)
    router.add_post(at, prompts.add)
    router.add_get(f"{at}/new", prompts.new)
    router.add_get(f"{at}/{{id}}", prompts.show)
    router.add_post(f"{at}/{{id}}/sound", prompts.upload)
    router.add_post(f"{at}/{{id}}/ring", prompts.ring)
    router.add_get(f"{at}/{{id}}/waiting", prompts.waiting)
    router.add_post(f"{at}/{{id}}/back", prompts.bring_back)
    router.add_post(f"{at}/{{id}}/remove", prompts.remove)
    router.add_get(f"{at}/{{id}}/versions/{{version}}", prompts.sound)


def add_sharing(router: web.UrlDispatcher) -> None:
    at = sharing.ADDRESS
    router.add_get(at, sharing.index)
    router.add_get(f"{at}/new", sharing.new)
    router.add_post(at, sharing.begin)
    router.add_get(f"{at}/everything", hand_over.show)
    router.add_post(f"{at}/everything", hand_over.begin)
    router.add_get(f"{at}/{{id}}", sharing.show)
    router.add_post(f"{at}/{{id}}/give", sharing.give)
    router.add_post(f"{at}/{{id}}/take-back", sharing.take_back)
