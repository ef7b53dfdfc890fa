# SPDX-License-Identifier: Apache-2.0
"""Where the pages about people are."""

from aiohttp import web

from web.pages.settings import people, people_acts, person_queues


def add_people(router: web.UrlDispatcher) -> None:
    router.add_get("/settings/people", people.index)
    router.add_get("/settings/people/new", people.new)
    router.add_post("/settings/people/new", people.create)
    router.add_get("/settings/people/{id}", people.show)
    router.add_post("/settings/people/{id}", people.save)
    router.add_post("/settings/people/{id}/link", people_acts.link)
    router.add_post("/settings/people/{id}/second-step/off", people_acts.second_step_off)
    router.add_post("/settings/people/{id}/sessions/end", people_acts.end_sessions)
    router.add_post("/settings/people/{id}/absences", people_acts.away)
    router.add_post("/settings/people/{id}/absences/{absence}/cancel", people_acts.back_after_all)
    router.add_get("/settings/people/{id}/queues", person_queues.show)
    router.add_post("/settings/people/{id}/queues", person_queues.save)
    router.add_get("/settings/people/{id}/dismiss", people_acts.ask_to_dismiss)
    router.add_post("/settings/people/{id}/dismiss", people_acts.dismiss_now)
    router.add_post("/settings/people/{id}/reinstate", people_acts.take_back)
