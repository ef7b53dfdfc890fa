# SPDX-License-Identifier: Apache-2.0
"""What is written to people, by whoever knows their languages."""

from collections.abc import Mapping
from typing import Any, Protocol

from crm_core.domain.mail import Letter, Mail


class Texts(Protocol):
    def write(self, mail: Mail) -> Letter: ...

    def push(self, said: Mapping[str, Any]) -> Mapping[str, str]:
        """Title, body, url and tag of what the browser shows."""
        ...
