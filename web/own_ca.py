# SPDX-License-Identifier: Apache-2.0
"""The house's own CA, as /tls shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCa:
    certificate: bytes  # PEM
    sha256: str  # the fingerprint that devices show
    file_sha256: str  # of the file that is downloaded
    until: datetime
    names: Sequence[str]
