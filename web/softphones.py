# SPDX-License-Identifier: Apache-2.0
"""What a softphone is told: shown once to an administrator, and fetched once by a phone that reads the QR code."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

VALID_FOR = timedelta(minutes=15)
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SipAccount:
    extension: str
    name: str
    host: str
    port: int
    secret: str = field(repr=False)

    @property
    def server(self) -> str:
        return self.host if self.port == 5060 else f"{self.host}:{self.port}"  # noqa: PLR2004 - SIP's own


class SoftphoneLinks:
    """Accounts that wait for a phone to fetch them: in memory, for a quarter of an hour, once."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[datetime, SipAccount]] = {}

    def add(self, account: SipAccount, now: datetime) -> str:
        self._waiting = {key: one for key, one in self._waiting.items() if one[0] > now}
        while len(self._waiting) >= _MOST:
            self._waiting.pop(next(iter(self._waiting)))
        key = secrets.token_urlsafe(24)
        self._waiting[key] = now + VALID_FOR, account
        return key

    def take(self, key: str, now: datetime) -> SipAccount | None:
        until, account = self._waiting.pop(key, (now, None))
        return account if until > now else None


def linphone_xml(account: SipAccount) -> bytes:
    """Linphone's remote provisioning: its configuration file as XML (wiki.linphone.org, Remote Provisioning)."""
    server = f"sip:{account.server};transport=udp"
    sections = {
        "sip": {"default_proxy": "0", "verify_server_certs": "1"},
        "auth_info_0": {
            "username": account.extension,
            "userid": account.extension,
            "passwd": account.secret,
            "domain": account.host,
        },
        "proxy_0": {
            "reg_identity": f'"{account.name}" <sip:{account.extension}@{account.server}>',
            "reg_proxy": f"<{server}>",
            "reg_sendregister": "1",
            "reg_expires": "600",
        },
    }
    root = ET.Element("config", xmlns="http://www.linphone.org/xsds/lpconfig.xsd")
    for name, entries in sections.items():
        section = ET.SubElement(root, "section", name=name)
        for key, value in entries.items():
            ET.SubElement(section, "entry", name=key, overwrite="true").text = value
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
