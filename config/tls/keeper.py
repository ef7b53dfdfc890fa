# SPDX-License-Identifier: Apache-2.0
"""The server's TLS: which files, one context for as long as the process lives, files read again when they change."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from config.settings import Settings
from config.tls.own_ca import CaFiles, ensure, own_names
from crm_core.domain.errors import CrmError
from crm_core.ports.clock import Clock, utc_now
from web.own_ca import OwnCa

log = structlog.get_logger()
EVERY_S = 10.0


class TlsError(CrmError):
    """The certificate and key of the settings cannot be used."""


@dataclass(slots=True)
class TlsKeeper:
    certificate: Path
    key: Path
    renew: Callable[[], bool] = lambda: False  # True when it wrote other files
    own_ca: OwnCa | None = None
    context: ssl.SSLContext = field(init=False)
    _seen: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.renew()
        self.context = loaded(self.certificate, self.key)
        self._seen = self._stamp()

    def look(self) -> bool:
        """Renew and reload where it is time; new files that do not fit are left alone. True: another certificate."""
        try:
            self.renew()
            stamp = self._stamp()
            if stamp == self._seen:
                return False
            self._seen = stamp
            loaded(self.certificate, self.key)  # first into one that nobody uses
            self.context.load_cert_chain(self.certificate, self.key)
        except (OSError, CrmError) as error:
            log.error("TLS certificate not renewed, the one before stays", error=str(error))  # noqa: TRY400
            return False
        log.info("TLS certificate read anew", file=str(self.certificate))
        return True

    @asynccontextmanager
    async def kept(self, every_s: float = EVERY_S) -> AsyncIterator[None]:
        task = asyncio.create_task(self._keep(every_s))  # noqa: TID251 - cancelled below
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            await asyncio.to_thread(self.look)

    def _stamp(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in (self.certificate, self.key))


def loaded(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        raise TlsError(f"{certificate} and {key} do not fit together: {error.reason or error}") from error
    except OSError as error:
        raise TlsError(f"{error.filename or certificate} cannot be read: {error.strerror}") from error
    return context


def tls_of(settings: Settings, clock: Clock = utc_now) -> TlsKeeper | None:
    """None: served without TLS (behind a proxy, or on this machine only)."""
    web = settings.web
    if web.tls == "own-ca":
        return _by_own_ca(settings, clock)
    if web.tls_certificate and web.tls_key:
        return TlsKeeper(web.tls_certificate, web.tls_key)
    if web.tls_certificate or web.tls_key:
        raise TlsError("web.tls_certificate and web.tls_key go together: one of them is not set")
    return None


def files_of(settings: Settings) -> CaFiles:
    return CaFiles(settings.home / "tls")


def _by_own_ca(settings: Settings, clock: Clock) -> TlsKeeper:
    files = files_of(settings)
    names = own_names(urlsplit(settings.web.public_url).hostname or "", settings.web.tls_names)

    def renew() -> bool:
        return ensure(files, names, clock())

    renew()
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    told = OwnCa(
        certificate=ca.public_bytes(serialization.Encoding.PEM),
        sha256=ca.fingerprint(hashes.SHA256()).hex(":").upper(),
        file_sha256=_sha256(ca.public_bytes(serialization.Encoding.PEM)),
        until=ca.not_valid_after_utc,
        names=names,
    )
    return TlsKeeper(files.certificate, files.key, renew, told)


def _sha256(data: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize().hex()
