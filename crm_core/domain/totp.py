# SPDX-License-Identifier: Apache-2.0
"""Codes of an authenticator app (TOTP, RFC 6238: six digits, thirty seconds) and recovery codes."""

import hmac
import secrets
from datetime import datetime

import pyotp

STEP_S = 30
_DRIFT = (0, -1, 1)  # a phone's clock may be half a minute out, either way
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else


def new_secret() -> str:
    return pyotp.random_base32()


def address_of(secret: str, login: str, issuer: str) -> str:
    """What the QR code says: otpauth://totp/..."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Which half minute the code is of; None: of none near now."""
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):  # noqa: PLR2004 - digits of a code
        return None
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    steps = [current + drift for drift in _DRIFT]
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), typed)), None)


def new_recovery_code() -> str:
    """As 'k7mq2-x9tfb-4wden': seventy bits, for when the phone is lost."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(15))
    return "-".join((letters[:5], letters[5:10], letters[10:]))


def plain_recovery_code(typed: str) -> str:
    """However it was typed."""
    return "".join(char for char in typed.lower() if char.isalnum())[:40]
