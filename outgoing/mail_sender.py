# SPDX-License-Identifier: Apache-2.0
"""Letters to the mail server that is set."""

import ssl
from collections.abc import Callable
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from crm_core.domain.mail import Letter, Mail, MailServer, MailTemplate, Security
from crm_core.domain.outbox import Outgoing
from crm_core.ports.clock import Clock
from crm_core.ports.outbox import DeliveryError
from crm_core.ports.secret_box import SealBrokenError, SecretBox
from crm_core.ports.store import Store

_TIMEOUT_S = 20.0
_FOR_GOOD = range(500, 600)


Write = Callable[[Mail], Letter]


class MailSender:
    def __init__(
        self,
        store: Store,
        box: SecretBox,
        write: Write,
        clock: Clock,
        *,
        host_name: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._store = store
        self._box = box
        self._write = write
        self._clock = clock
        self._host_name = host_name or None
        self._tls = tls

    async def send(self, item: Outgoing) -> None:
        async with self._store.read() as tx:
            server = await tx.mail.server()
        await self.send_now(server, _mail(item), str(item.id))

    async def send_now(self, server: MailServer, mail: Mail, message_id: str) -> str:
        """Deliver at once; the server's own answer. DeliveryError has its refusal, or why it was not reached."""
        if not server.host:
            raise DeliveryError("no mail server is set")
        letter = _compose(server, mail, self._write(mail), message_id, self._clock())
        try:
            refused, answer = await aiosmtplib.send(
                letter,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=self._password(server),
                use_tls=server.security is Security.TLS,
                start_tls=server.security is Security.STARTTLS,
                tls_context=self._tls,
                local_hostname=self._host_name,
                timeout=_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0]) from error
        except aiosmtplib.SMTPRecipientRefused as error:
            raise _refused(error) from error
        except aiosmtplib.SMTPResponseException as error:
            raise DeliveryError(f"{error.code} {error.message}") from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise DeliveryError(_words(error)) from error
        if refused:
            raise DeliveryError(str(refused))
        return answer

    def _password(self, server: MailServer) -> str | None:
        if not server.password:
            return None
        try:
            return self._box.open(server.password).decode()
        except SealBrokenError as error:
            raise DeliveryError("the password cannot be read any more: set it again") from error


def _mail(item: Outgoing) -> Mail:
    said = item.payload
    return Mail(
        to=item.address,
        template=MailTemplate(said["template"]),
        values=said["values"],
        locale=said["locale"],
        zone=said["zone"],
    )


def _compose(server: MailServer, mail: Mail, letter: Letter, message_id: str, now: datetime) -> EmailMessage:
    """The policy refuses a header with a line break in it; a text that came from outside is made one line before."""
    user, _, domain = server.from_address.rpartition("@")
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(server.from_name, user, domain)
    message["To"] = mail.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id}@{domain}>"  # the same at a second try: mail programs show it once
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message


def _words(error: Exception) -> str:
    """A connection that failed says why only in what caused it."""
    cause = f" {error.__cause__}" if error.__cause__ and str(error.__cause__) not in str(error) else ""
    return f"{type(error).__name__}: {error}{cause}"


def _refused(error: aiosmtplib.SMTPRecipientRefused) -> DeliveryError:
    """A 5xx for a reader is for good; a 4xx (greylisting, a full box) passes."""
    return DeliveryError(f"{error.code} {error.message}", for_good=error.code in _FOR_GOOD)
