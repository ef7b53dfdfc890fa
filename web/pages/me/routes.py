# SPDX-License-Identifier: Apache-2.0
"""Where the pages about oneself are. A new one: its line here and one in templates/me/layout.html."""

from aiohttp import web

from web.pages import forgotten, invitation, login
from web.pages.me import password, profile, second_step, sessions, tokens


def add_me(router: web.UrlDispatcher) -> None:
    router.add_get("/me", profile.show)
    router.add_post("/me", profile.save)
    router.add_post("/me/absences", profile.away)
    router.add_post("/me/absences/{id}/cancel", profile.back_after_all)
    router.add_get("/me/password", password.show)
    router.add_post("/me/password", password.save)
    router.add_get("/me/second-step", second_step.show)
    router.add_get("/me/second-step/qr.svg", second_step.picture)
    router.add_post("/me/second-step/begin", second_step.begin)
    router.add_post("/me/second-step/confirm", second_step.confirm)
    router.add_post("/me/second-step/codes", second_step.codes)
    router.add_post("/me/second-step/off", second_step.off)
    router.add_get("/me/sessions", sessions.show)
    router.add_post("/me/sessions/end-all", sessions.end_all)
    router.add_post("/me/sessions/{mark}/end", sessions.end)
    router.add_get("/me/tokens", tokens.show)
    router.add_post("/me/tokens", tokens.make)
    router.add_post("/me/tokens/{id}/revoke", tokens.revoke)


def add_door(router: web.UrlDispatcher) -> None:
    """The ways in and out."""
    router.add_get("/login", login.show)
    router.add_post("/login", login.submit)
    router.add_post("/login/code", login.second_step)
    router.add_post("/logout", login.leave)
    router.add_get("/invitation/{token}", invitation.show)
    router.add_post("/invitation/{token}", invitation.choose)
    router.add_get("/password/forgot", forgotten.show)
    router.add_post("/password/forgot", forgotten.ask)
