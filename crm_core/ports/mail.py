# SPDX-License-Identifier: Apache-2.0
"""The mail server's settings, and who asked for the daily letter."""

from typing import Protocol

from crm_core.domain.mail import Mail, MailServer


class MailSettings(Protocol):
    async def server(self) -> MailServer: ...

    async def save_server(self, server: MailServer) -> None: ...


class Mailer(Protocol):
    async def send_now(self, server: MailServer, mail: Mail, message_id: str) -> str:
        """Deliver at once, past the outbox; the server's own answer. DeliveryError says why it did not go."""
        ...
