# SPDX-License-Identifier: Apache-2.0
"""Is the PBX's AMI reached, and does it accept us: each way of failing in its own words."""

import ssl

from config.doctor.ami_session import NoGreetingError, NotAmiError
from config.doctor.finding import Finding, broken
from pbx_bridge.ami_errors import LoginRefusedError, NoAnswerInTimeError
from pbx_bridge.settings import AmiSettings

# Error, what is so, what to do. The first that fits; a TimeoutError is an OSError too.
_WORDS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (LoginRefusedError,),
        "the PBX at {at} refuses the AMI user {user!r}: {error}",
        (
            "In manager.conf compare [{user}] secret, and permit/deny (Asterisk answers the same to all three); then "
            "'manager reload'. Rolodial's secret is pbx.ami.secret in its settings."
        ),
    ),
    (
        (NotAmiError,),
        "what answers at {at} is not Asterisk's manager interface",
        "Compare pbx.ami.port with 'port' in manager.conf (5038; with tls = true tlsbindaddr).",
    ),
    (
        (NoGreetingError, NoAnswerInTimeError),
        "who listens at {at} takes the connection, but does not speak",
        "A hung Asterisk (try 'asterisk -rx \"core show uptime\"'), TLS on one side only, or not AMI at all.",
    ),
    (
        (ConnectionRefusedError,),
        "nobody listens at {at}",
        "Is Asterisk running? In manager.conf [general]: enabled = yes, bindaddr and port as in pbx.ami.",
    ),
    (
        (ssl.SSLError,),
        "TLS with {at} fails: {error}",
        "Is tlsenable = yes in manager.conf? tls_ca names the CA of the PBX's certificate.",
    ),
    (
        (TimeoutError,),
        "{at} does not answer in time",
        "A firewall that drops packets, or a host that is off: is pbx.ami.host right?",
    ),
    (
        (Exception,),
        "no AMI at {at}: {error}",
        "Look at pbx.ami in the settings, and at manager.conf.",
    ),
)


def explain(error: Exception, ami: AmiSettings) -> Finding:
    """Why there is no AMI session (any more)."""
    says, advice = next(words for kinds, *words in _WORDS if isinstance(error, kinds))
    told = {"at": f"{ami.host}:{ami.port}", "user": ami.username, "error": error}
    return broken("ami", says.format(**told), advice.format(**told))
