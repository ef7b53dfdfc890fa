# SPDX-License-Identifier: Apache-2.0
"""What an admin may set about the connection to a PBX and its journal."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiTimes:
    """Seconds. A silent PBX is noticed after at most `ping_after_s + ping_timeout_s`."""

    connect_timeout_s: float = 5.0
    action_timeout_s: float = 10.0
    ping_after_s: float = 5.0  # of silence
    ping_timeout_s: float = 5.0
    retry_first_s: float = 0.5  # doubles with every try, +-50 % by chance
    retry_longest_s: float = 30.0
    refused_first_s: float = 5.0  # a wrong secret is not tried often: fail2ban watches
    refused_longest_s: float = 60.0
    stable_after_s: float = 30.0  # a connection that lived so long starts the back-off afresh


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiSettings:
    """An AMI user with read=call,agent and write=call,originate,agent,reporting; loopback, or TLS."""

    host: str = "127.0.0.1"
    port: int = 5038
    username: str = "rolodial"
    secret: str = field(repr=False)
    tls: bool = False
    tls_ca: Path | None = None  # a CA of one's own; otherwise the system's
    times: AmiTimes = AmiTimes()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    directory: Path
    sealed: bool = False  # with a key for each day, itself sealed by secret.key
    keep_days: float = 30.0
    segment_mb: float = 32.0
    sync_s: float = 1.0  # a power cut costs at most about so much of the journal; a killed process nothing
    resume_hours: float = 3.0  # how far back a start reads the journal for calls that are still going on
