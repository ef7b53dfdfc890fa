# SPDX-License-Identifier: Apache-2.0
"""Letters through a real SMTP server: what arrives, in which language, and what its refusals come to."""

import asyncio
import email
import socket
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import policy

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.mail import Mail, MailServer, MailTemplate, Security
from crm_core.domain.outbox import OutKind, OutState
from crm_core.ports.outbox import DeliveryError
from crm_core.usecases.put_mail import can_mail, invitation, password_reset, put_mail
from outgoing.mail_sender import MailSender
from outgoing.worker import OutboxWorker
from tests.support.until import until
from web.i18n.catalogues import NAMES


class Inbox:
    def __init__(self) -> None:
        self.letters, self.refusal, self.was_tls = [], "", []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server, session, envelope, address, options
    ):
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server, session, envelope
    ):
        self.was_tls.append(session.ssl is not None)
        self.letters.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 2.0.0 kept as letter 17"


def certificate(tmp_path, clock):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(clock() - timedelta(days=3650))
        .not_valid_after(clock() + timedelta(days=3650))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, key_pem = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, key_pem


@pytest.fixture
def inbox():
    return Inbox()


@asynccontextmanager
async def serving(handler, tls=None, **options):
    """The port of a server of aiosmtpd's."""
    loop, made = asyncio.get_running_loop(), []

    def one():
        made.append(SMTP(handler, hostname="localhost", **options))
        return made[-1]

    listening = await loop.create_server(one, "localhost", 0, ssl=tls, family=socket.AF_INET)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await until(lambda: all(each.transport is None for each in made))  # it heard that its client has gone


@pytest.fixture
async def smtp(inbox):
    async with serving(inbox) as port:
        yield port


@pytest.fixture
def sender(store, box, letters, clock):
    return MailSender(store, box, letters.write, clock)


def server_at(port, **more):
    said = {"host": "127.0.0.1", "security": Security.NONE, "from_address": "crm@example.com"}
    return MailServer(port=port, **{**said, "from_name": "Acme", **more})


async def set_server(store, server):
    async with store.begin() as tx:
        await tx.mail.save_server(server)


def body(letter, kind):
    return letter.get_body((kind,)).get_content()


async def test_an_invitation_arrives_in_the_readers_language(store, sender, smtp, inbox, clock):
    await set_server(store, server_at(smtp))
    link = "https://crm.example.com/invitation/abc"
    mail = invitation(to="anna@example.com", name="Анна <b>", link=link, login="anna", invited_by="Admin")
    async with store.begin() as tx:
        assert await can_mail(tx)
        await put_mail(tx, mail, key="1", now=clock())
    assert await OutboxWorker(store, {OutKind.MAIL: sender}, clock).deliver_due() == 1
    (letter,) = inbox.letters
    assert (letter["To"], letter["From"]) == ("anna@example.com", "Acme <crm@example.com>")
    assert letter["Subject"] == "Your account at Acme"
    assert link in body(letter, "plain")
    assert "Анна <b>" in body(letter, "plain")
    assert "Анна &lt;b&gt;" in body(letter, "html")
    assert f'href="{link}"' in body(letter, "html")
    async with store.read() as tx:
        assert [item.payload for item in await tx.outbox.page(OutState.SENT, None, None, 9)] == [{}]


async def test_a_second_try_bears_the_same_message_id(store, sender, smtp, inbox):
    mail = password_reset(to="a@example.com", name="A", link="https://x", minutes=30)
    for _ in range(2):
        await sender.send_now(server_at(smtp), mail, "the-id")
    assert [letter["Message-ID"] for letter in inbox.letters] == ["<the-id@example.com>"] * 2
    assert "30 minutes" in body(inbox.letters[0], "plain")


async def test_the_servers_own_answer_is_told(sender, smtp):
    mail = Mail(to="a@example.com", template=MailTemplate.TEST, values={})
    assert "kept as letter 17" in await sender.send_now(server_at(smtp), mail, "1")


@pytest.mark.parametrize(("refusal", "for_good"), [("550 no such user", True), ("451 come later", False)])
async def test_a_refused_reader(sender, smtp, inbox, refusal, for_good):
    inbox.refusal = refusal
    mail = Mail(to="a@example.com", template=MailTemplate.TEST, values={})
    with pytest.raises(DeliveryError, match=refusal) as refused:
        await sender.send_now(server_at(smtp), mail, "1")
    assert refused.value.for_good is for_good


async def test_no_server_and_a_dead_server_are_said_in_words(sender, smtp):
    mail = Mail(to="a@example.com", template=MailTemplate.TEST, values={})
    with pytest.raises(DeliveryError, match="no mail server is set"):
        await sender.send_now(MailServer(), mail, "1")
    with pytest.raises(DeliveryError, match="Connect") as failed:
        await sender.send_now(server_at(1), mail, "1")
    assert not failed.value.for_good


@pytest.fixture
def tls(tmp_path, clock):
    """A server's context, and a client's that trusts it."""
    pem, key = certificate(tmp_path, clock)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(pem, key)
    return theirs, ssl.create_default_context(cafile=pem)


async def test_starttls_with_login_and_a_sealed_password(inbox, box, store, letters, clock, tls):
    given = []

    def authenticate(server, session, envelope, mechanism, data):
        given.append((data.login, data.password))
        return AuthResult(success=data.password == b"s3cret", handled=False)

    sender = MailSender(store, box, letters.write, clock, tls=tls[1])
    mail = Mail(to="a@example.com", template=MailTemplate.TEST, values={})
    options = {"authenticator": authenticate, "auth_required": True, "require_starttls": True}
    async with serving(inbox, tls_context=tls[0], **options) as port:
        server = server_at(
            port, security=Security.STARTTLS, user="crm", password=box.seal(b"s3cret"), host="localhost"
        )
        await sender.send_now(server, mail, "1")
        with pytest.raises(DeliveryError, match="535"):
            await sender.send_now(replace(server, password=box.seal(b"wrong")), mail, "2")
    assert inbox.was_tls == [True]
    assert given[0] == (b"crm", b"s3cret")


async def test_tls_from_the_first_byte_and_a_certificate_nobody_vouches_for(
    inbox, box, store, letters, clock, tls
):
    mail = Mail(to="a@example.com", template=MailTemplate.TEST, values={})
    async with serving(inbox, tls[0]) as port:
        server = server_at(port, security=Security.TLS, host="localhost")
        await MailSender(store, box, letters.write, clock, tls=tls[1]).send_now(server, mail, "1")
        with pytest.raises(DeliveryError, match=r"(?i)certificate"):
            await MailSender(store, box, letters.write, clock).send_now(server, mail, "2")
    assert len(inbox.letters) == 1


async def test_a_name_from_outside_brings_no_header(sender, smtp, inbox):
    evil = "x\r\nBcc: everybody@example.com"
    mail = password_reset(to="a@example.com", name=evil, link="https://x", minutes=1)
    await sender.send_now(server_at(smtp), mail, "1")
    values = {"name": "A", "link": "x", "login": "a", "invited_by": evil}
    await sender.send_now(
        server_at(smtp), Mail(to="a@example.com", template=MailTemplate.INVITATION, values=values), "2"
    )
    assert all(letter["Bcc"] is None for letter in inbox.letters)
    for bad in ("crm@example.com\r\nBcc: x@y", "a b@c", ""):
        with pytest.raises(InvalidInputError):
            server_at(smtp, from_address=bad)
    with pytest.raises(InvalidInputError):
        server_at(smtp, from_name="Acme\r\nBcc: x@y")


async def test_settings_come_back_as_they_were_saved(store):
    server = server_at(2525, security=Security.TLS, user="u", password="sealed")
    await set_server(store, server)
    async with store.read() as tx:
        assert await tx.mail.server() == server


def test_every_letter_can_be_written_in_every_language(letters):
    call = {"id": "1", "name": "Ivan", "number": "+74951234567", "at": "2026-03-01T10:00:00+00:00"}
    back = {**call, "called_back": "2026-03-01T11:00:00+00:00"}
    withheld = {**call, "name": "", "number": None, "called_back": None}
    mails = {
        MailTemplate.TEST: {},
        MailTemplate.INVITATION: {"name": "A", "link": "https://x", "login": "a", "invited_by": ""},
        MailTemplate.PASSWORD_RESET: {"name": "A", "link": "https://x", "minutes": 1},
        MailTemplate.MISSED_DIGEST: {"calls": [back, withheld], "total": 9},
        MailTemplate.BALANCE_OPEN: {"day": "2026-03-01", "total": 3, "calls": 40, "kinds": {"no_file": 3}},
        MailTemplate.DISK_LOW: {"volume": "main", "path": "/spool", "free": 1_900_000_000, "least": 2 << 30},
        MailTemplate.HANDED_OVER: {
            "client": "Olga",
            "old": "",
            "new": "Clara",
            "before": "retail",
            "after": "wholesale",
            "path": "/contacts/1",
        },
    }
    assert set(mails) == set(MailTemplate)
    for code in NAMES:
        for template, values in mails.items():
            letter = letters.write(Mail(to="a@b.example", template=template, values=values, locale=code))
            assert letter.subject
            assert letter.text.strip()
            assert "</html>" in letter.html
