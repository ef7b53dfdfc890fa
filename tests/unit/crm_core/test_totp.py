# SPDX-License-Identifier: Apache-2.0
"""Codes as RFC 6238 has them, and what is taken for one."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from crm_core.domain.totp import (
    address_of,
    matching_step,
    new_recovery_code,
    new_secret,
    plain_recovery_code,
)

SEED = base64.b32encode(b"12345678901234567890").decode()  # of the RFC's appendix B


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_of_the_rfc(second, code):
    at = datetime.fromtimestamp(second, UTC)
    assert matching_step(SEED, code, at) == second // 30
    assert matching_step(SEED, f" {code[:3]} {code[3:]} ", at) == second // 30


def test_a_clock_may_be_half_a_minute_out_and_no_more():
    at = datetime.fromtimestamp(1111111109, UTC)
    for minutes, good in ((-1, False), (-0.5, True), (0.5, True), (1, False)):
        assert (matching_step(SEED, "081804", at + timedelta(minutes=minutes)) == 1111111109 // 30) is good


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "²87082", "２８７０８２", "abcdef", "-28708"])
def test_what_is_no_code(typed):
    assert matching_step(SEED, typed, datetime.fromtimestamp(59, UTC)) is None


def test_what_the_picture_says():
    said = urlsplit(address_of(SEED, "anna", "Ромашка & Co"))
    assert (said.scheme, said.netloc) == ("otpauth", "totp")
    assert parse_qs(said.query)["secret"] == [SEED]
    assert parse_qs(said.query)["issuer"] == ["Ромашка & Co"]


def test_secrets_and_recovery_codes_are_never_the_same():
    assert len({new_secret() for _ in range(50)}) == 50
    codes = {new_recovery_code() for _ in range(50)}
    assert len(codes) == 50
    code = codes.pop()
    assert plain_recovery_code(f" {code.upper()} ") == plain_recovery_code(code)
