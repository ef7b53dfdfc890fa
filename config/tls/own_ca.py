# SPDX-License-Identifier: Apache-2.0
"""A CA for one house: it can sign for private names and addresses only, and renews our certificate by itself."""

import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from crm_core.domain.errors import CrmError

CA_YEARS, LEAF_DAYS, RENEW_DAYS = 10, 365, 30
# What it may ever sign for, so that its key is worth nothing for other people's sites.
_DOMAINS = ("local", "lan", "internal", "home.arpa", "localhost")
_NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)
_AGO = timedelta(hours=1)  # clocks differ


class OwnCaError(CrmError):
    """The house's own CA cannot be used."""


@dataclass(frozen=True, slots=True)
class CaFiles:
    directory: Path

    @property
    def ca(self) -> Path:
        return self.directory / "ca.crt"

    @property
    def ca_key(self) -> Path:
        return self.directory / "ca.key"

    @property
    def certificate(self) -> Path:
        return self.directory / "server.crt"

    @property
    def key(self) -> Path:
        return self.directory / "server.key"


def own_names(public_host: str, more: Sequence[str]) -> tuple[str, ...]:
    """What people may type: the public address, this machine's names, and what the settings add."""
    host = socket.gethostname()
    names = [public_host, *more, host, f"{host.split('.')[0]}.local", "localhost", "127.0.0.1"]
    return tuple(dict.fromkeys(name.strip("[]").lower() for name in names if name))


def ensure(files: CaFiles, names: Sequence[str], now: datetime) -> bool:
    """Make what is missing, renew what ends soon or lacks a name; True when our certificate is another now."""
    files.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not files.ca.exists():
        _make_ca(files, names, now)
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    _refuse_names_beyond(ca, names)
    if files.certificate.exists() and files.key.exists() and _fits(files.certificate, ca, names, now):
        return False
    _make_leaf(files, ca, names, now)
    return True


def _make_ca(files: CaFiles, names: Sequence[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    called = [
        x509.NameAttribute(NameOID.COMMON_NAME, f"Rolodial of {names[0]}"[:64]),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Rolodial, this house's own CA"),
    ]
    identity = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    allowed = x509.NameConstraints(permitted_subtrees=_permitted(names), excluded_subtrees=None)
    certificate = (
        _builder(x509.Name(called), x509.Name(called), key, now, timedelta(days=365 * CA_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(allowed, critical=True)
        .add_extension(identity, critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(files.ca_key, _pem(key))
    _write(files.ca, certificate.public_bytes(serialization.Encoding.PEM))


def _make_leaf(files: CaFiles, ca: x509.Certificate, names: Sequence[str], now: datetime) -> None:
    ca_key = serialization.load_pem_private_key(files.ca_key.read_bytes(), None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise OwnCaError(f"{files.ca_key} is not a key of ours")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        _builder(subject, ca.subject, key, now, timedelta(days=LEAF_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    _write(files.key, _pem(key))
    _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - _AGO)
        .not_valid_after(now + life)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    no = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, **no)


def _fits(path: Path, ca: x509.Certificate, names: Sequence[str], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    kept = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    soon = certificate.not_valid_after_utc - now < timedelta(days=RENEW_DAYS)
    return not soon and certificate.issuer == ca.subject and {_general(name) for name in names} <= set(kept)


def _refuse_names_beyond(ca: x509.Certificate, names: Sequence[str]) -> None:
    allowed = ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    for name in names:
        if not any(_is_within(_general(name), one) for one in allowed):
            raise OwnCaError(
                f"the house's own CA was made without the name {name}: move the directory tls of 'home' away for a new "
                "one, and install that on every device, or leave the name out of web.tls_names"
            )


def _is_within(name: x509.GeneralName, allowed: x509.GeneralName) -> bool:
    if isinstance(name, x509.DNSName) and isinstance(allowed, x509.DNSName):
        return name.value == allowed.value or name.value.endswith(f".{allowed.value}")
    if not (isinstance(name, x509.IPAddress) and isinstance(allowed, x509.IPAddress)):
        return False
    address, network = ipaddress.ip_address(str(name.value)), ipaddress.ip_network(str(allowed.value))
    return address in network


def _permitted(names: Sequence[str]) -> list[x509.GeneralName]:
    networks = [x509.IPAddress(ipaddress.ip_network(network)) for network in _NETWORKS]
    domains = [x509.DNSName(domain) for domain in _DOMAINS]
    own = [_subtree(name) for name in names]
    return list(dict.fromkeys([*domains, *networks, *own]))


def _subtree(name: str) -> x509.GeneralName:
    address = _general(name)
    return x509.IPAddress(ipaddress.ip_network(name)) if isinstance(address, x509.IPAddress) else address


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and for nobody else's eyes."""
    half = path.with_name(f".{path.name}.new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
