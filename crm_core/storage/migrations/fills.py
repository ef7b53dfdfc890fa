# SPDX-License-Identifier: Apache-2.0
"""What new columns and tables say of rows that were there before them, by the revision that brought them."""

FILLS = {
    "0004": (
        "UPDATE call_leg SET call_started_at = (SELECT started_at FROM call WHERE call.id = call_leg.call_id)",
    ),
    "0008": (
        (
            "INSERT INTO voicemail (id, left_at, updated_at, did, closed_at)"
            " SELECT call.id, call.ended_at, call.ended_at, communication.place, call.ended_at FROM call"
            " LEFT JOIN communication ON communication.call_id = call.id"
            " WHERE call.disposition = 'voicemail' AND call.ended_at IS NOT NULL AND call.merged_into IS NULL"
        ),
    ),
}
