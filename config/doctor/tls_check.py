# SPDX-License-Identifier: Apache-2.0
"""Is the certificate that browsers get right: key, names, time, and who else may read the key."""

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from config.doctor.finding import Finding, broken, ok, warning
from config.settings import Settings
from config.tls.keeper import TlsError, files_of, loaded

_SOON = timedelta(days=14)


def check_tls(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Nothing is said where Rolodial speaks no TLS itself."""
    web = settings.web
    if not web.has_tls:
        return
    files = files_of(settings)
    own = web.tls == "own-ca"
    certificate, key = (files.certificate, files.key) if own else (web.tls_certificate, web.tls_key)
    if own and not files.certificate.exists():
        yield warning(
            "tls", "the house's own CA is not made yet", "'rolodial serve' makes it when it starts."
        )
        return
    if certificate is None or key is None:
        yield broken("tls", "only one of web.tls_certificate and web.tls_key is set", "Set both.")
        return
    yield from judge_files(certificate, key, urlsplit(web.public_url).hostname or "", now)


def judge_files(certificate: Path, key: Path, host: str, now: datetime) -> Iterator[Finding]:
    """`host`: what people type; '' when that is not known."""
    try:
        loaded(certificate, key)
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (TlsError, OSError, ValueError) as error:
        yield broken(
            "tls", str(error), "Put the certificate with its chain, and the key it was made for, there."
        )
        return
    findings = [_judge_time(found, now), _judge_name(found, host), _judge_key_file(key)]
    said = [finding for finding in findings if finding]
    yield from said or [ok("tls", f"the certificate is valid until {found.not_valid_after_utc:%Y-%m-%d}")]


def _judge_time(found: x509.Certificate, now: datetime) -> Finding | None:
    until = found.not_valid_after_utc
    advice = (
        "Renew it; Rolodial reads the new files by itself. Its own CA renews by itself while the server runs."
    )
    if until <= now:
        return broken("tls", f"the certificate expired on {until:%Y-%m-%d}", advice)
    if found.not_valid_before_utc > now:
        return broken("tls", "the certificate is not valid yet", "Is this machine's clock right?")
    if until - now < _SOON:
        return warning("tls", f"the certificate ends on {until:%Y-%m-%d}", advice)
    return None


def _judge_name(found: x509.Certificate, host: str) -> Finding | None:
    if not host:
        return None
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return broken("tls", "the certificate has no names (SAN)", "Browsers refuse it: let it be made anew.")
    kept = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    if any(_matches(host, name) for name in kept):
        return None
    return broken(
        "tls",
        f"the certificate is for {', '.join(kept)}, people type {host} (web.public_url)",
        "Browsers refuse it: correct web.public_url, or let the certificate be made for that name.",
    )


def _matches(host: str, name: str) -> bool:
    if name.startswith("*."):
        return host.partition(".")[2].lower() == name[2:].lower()
    return host.lower() == name.lower()


def _judge_key_file(key: Path) -> Finding | None:
    if key.stat().st_mode & stat.S_IROTH:
        return warning("tls", f"everybody on this machine can read {key}", f"chmod 600 {key}")
    return None
