# SPDX-License-Identifier: Apache-2.0
"""Which kinds of changes say what to the directory."""

from typing import Final

# They say nothing about who is who. Any other kind unknown here means: read the people again, they are few.
OF_CALLS: Final = frozenset({"call", "communication", "recording", "missed", "voicemail", "callback_request"})
NOT_OURS: Final = OF_CALLS | {
    "order",
    "audit",
    "session",
    "rule_draft",
    "rule_release",
    "share_batch",
    "client_field",
}
CLIENT_KINDS: Final = frozenset(
    {"contact", "company", "lead", "phone_number", "contact_turnover", "company_turnover", "settings"}
    | {"deal", "task", "operator_state", "band", "bands", "contact_talks", "company_talks", "lead_talks"}
)
