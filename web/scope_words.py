# SPDX-License-Identifier: Apache-2.0
"""What each scope lets a program do, in plain words; beside its own name where a token is made."""

from typing import Final

from web.words import N_

SCOPE_WORDS: Final = {
    "contacts:read": N_("See contacts, companies and leads"),
    "contacts:write": N_("Change contacts, companies and leads"),
    "orders:read": N_("See orders"),
    "orders:write": N_("Send and change orders"),
    "deals:read": N_("See deals"),
    "deals:write": N_("Change deals"),
    "tasks:read": N_("See tasks"),
    "tasks:write": N_("Set and change tasks"),
    "calls:read": N_("See calls, messages and missed callers"),
    "calls:write": N_("Place calls; change calls, messages and missed callers"),
    "callbacks:write": N_("Ask for a client to be called back, and nothing else: for the form of a site"),
    "recordings:read": N_("Hear recordings"),
    "users:read": N_("See people and teams"),
    "rules:read": N_("See rules and why calls went where they did"),
    "webhooks:write": N_("Have events sent to an address"),
    "live": N_("Hear what happens as it happens"),
}
