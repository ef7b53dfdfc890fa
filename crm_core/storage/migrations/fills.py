# SPDX-License-Identifier: Apache-2.0
"""What a new column says in rows that were there before it, by the revision that brought it."""

FILLS = {
    "0004": (
        "UPDATE call_leg SET call_started_at = (SELECT started_at FROM call WHERE call.id = call_leg.call_id)",
    )
}
