# SPDX-License-Identifier: Apache-2.0
"""Secrets given to browsers and programs; only their SHA-256 is kept."""

import hashlib
import secrets

TOKEN_PREFIX = "rolodial_"  # noqa: S105 - lets scanners of leaked secrets know ours


def new_session_id() -> str:
    return secrets.token_urlsafe(32)


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """256 random bits need no slow hash. What is no UTF-8 came as surrogates, and is a wrong secret like any other."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
