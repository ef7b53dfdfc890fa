# SPDX-License-Identifier: Apache-2.0
"""What a site may set about its pages."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""  # 'https://crm.example.com' behind a proxy; '' is as the browser asks
    company: str = ""  # shown on the login page
    exports: Path | None = None  # files of lists, for a day; none: a directory that goes with the process
    default_locale: str = "en"  # for a browser that asks for none of ours
    metrics_token: str = field(default="", repr=False)  # of /metrics; '': only for programs of this machine
    session_idle_hours: int = 12
    session_days: int = 30
    api_a_minute: int = 600  # requests with one token; as many at once
    tls: Literal["", "own-ca"] = ""  # own-ca: by a CA of this house, see /tls
    tls_certificate: Path | None = None  # with its chain; read again when it changes
    tls_key: Path | None = None
    tls_names: tuple[str, ...] = ()  # more names and addresses that the own CA's certificate is for
    plain_port: int = 0  # also listens without TLS there: for /tls, the rest is sent on; 0: not
    hsts: bool = False  # browsers refuse plain HTTP for a year; never with own-ca
    trusted_proxies: tuple[str, ...] = ()  # networks whose X-Forwarded-For and -Proto are believed
    logins_at_once: int = 2  # each hashing takes a core and some memory

    @property
    def has_tls(self) -> bool:
        """We speak TLS ourselves."""
        return self.tls == "own-ca" or self.tls_certificate is not None
