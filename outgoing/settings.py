# SPDX-License-Identifier: Apache-2.0
"""What a site may set about what goes out; everything else is set on pages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingSettings:
    allow_private: bool = False  # webhooks and push may go to private addresses: programs on the same network
    host_name: str = ""  # what we call ourselves to a mail server; '' is this machine's name
