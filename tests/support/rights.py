# SPDX-License-Identifier: Apache-2.0
"""Who may use which address, as people decided it: written down apart from the handlers, which must agree."""

import re

from crm_core.domain.people import Role

PUBLIC, OPERATOR, SUPERVISOR, ADMIN = "public", Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN

# The first that matches; a route that none matches fails the tests. A scope stands for itself, as 'orders:write';
# with a role after it the token's owner must have at least that.
RULES = [
    # the way in, and what must be read before anybody is known
    (r"\w+ /login(/code)?", PUBLIC),
    (r"\w+ /invitation/{token}", PUBLIC),  # who has the link
    (r"\w+ /password/forgot", PUBLIC),
    (r"GET /static/.*|GET /pwa/.*|GET /manifest.webmanifest|GET /service-worker.js", PUBLIC),
    (r"GET /(healthz|readyz|tls|tls/rolodial-ca.crt)", PUBLIC),
    (r"GET /metrics", PUBLIC),  # by its own rule: tests/integration/operations/test_metrics.py
    (r"GET /live", PUBLIC),  # looks at the cookie itself and closes with 4401, as a websocket must
    (r"GET /phones/{key}", PUBLIC),  # a softphone fetches its settings, once, by a key
    (r"GET /api/v1/(docs|openapi.json)", PUBLIC),
    (r"\w+ /setup", PUBLIC),  # makes the first administrator, and nothing once there is one
    # programs
    (r"GET /api/v1/live", "live"),
    (r"GET /api/v1/calls/{id}/decision", "rules:read"),
    (r"\w+ /api/v1/rules.*", "rules:read supervisor"),
    (r"GET /api/v1/sharing-out.*", "contacts:read supervisor"),
    (r"\w+ /api/v1/sharing-out.*", "contacts:write supervisor"),
    (r"GET /api/v1/bands.*", "rules:read supervisor"),
    (r"GET /api/v1/(clients|client-fields|contacts|companies|leads).*", "contacts:read"),
    (r"\w+ /api/v1/(contacts|companies|leads).*", "contacts:write"),
    (r"GET /api/v1/deals.*", "deals:read"),
    (r"\w+ /api/v1/deals.*", "deals:write"),
    (r"GET /api/v1/tasks.*", "tasks:read"),
    (r"\w+ /api/v1/tasks.*", "tasks:write"),
    (r"GET /api/v1/orders.*", "orders:read"),
    (r"\w+ /api/v1/orders.*", "orders:write"),
    (r"GET /api/v1/(calls|communications|voicemails).*", "calls:read"),
    (r"\w+ /api/v1/(calls|communications|voicemails).*", "calls:write"),
    (r"GET /api/v1/(missed|callback-requests).*", "calls:read"),
    (r"POST /api/v1/callback-requests", "callbacks:write"),
    (r"\w+ /api/v1/missed.*", "calls:write"),
    (r"GET /api/v1/recordings.*", "recordings:read"),
    (r"\w+ /api/v1/webhooks.*", "webhooks:write admin"),
    (r"GET /api/v1/(users|teams).*", "users:read"),
    # the house
    (r"GET /settings", SUPERVISOR),  # the list of pages, as far as they may
    (r"\w+ /settings/balance.*", SUPERVISOR),
    (r"GET /settings/routing(/(versions|replays|log).*)?", SUPERVISOR),  # look; admins change
    (r"\w+ /settings/sharing.*", SUPERVISOR),
    (r"GET /settings/answers", SUPERVISOR),
    (r"\w+ /settings/.*", ADMIN),
    (r"\w+ /setup/.*", ADMIN),
    (r"\w+ /exports.*", SUPERVISOR),
    (r"GET /calls/{id}/events", ADMIN),  # for a bug report
    # everybody who works here; which calls and recordings are theirs: test_rights.py
    (
        r"\w+ /(me|calls|missed|voicemail|workspace|contacts|companies|leads|orders|views|preferences)(/.*)?",
        OPERATOR,
    ),
    (r"\w+ /(deals|tasks)(/.*)?", OPERATOR),
    (r"\w+ /(communications|recordings|numbers)/.*", OPERATOR),
    (r"GET /{of}/{id}/timeline", OPERATOR),
    (r"GET /(search|health)?", OPERATOR),
    (r"POST /(logout|demo/call)", OPERATOR),
]


def rule_of(method: str, path: str) -> str:
    for pattern, rule in RULES:
        if re.fullmatch(pattern, f"{method} {path}".replace("HEAD ", "GET ", 1)):
            return rule
    raise AssertionError(f"{method} {path}: nobody decided who may use it (tests/support/rights.py)")


def scope_and_role(rule: str) -> tuple[str | None, Role | None]:
    """What the handler must say: (scope, role)."""
    if rule == PUBLIC:
        return None, None
    if isinstance(rule, Role):
        return None, rule
    scope, _, role = rule.partition(" ")
    return scope, Role(role) if role else None
