# SPDX-License-Identifier: Apache-2.0
"""What may become of an action."""

from crm_core.domain.errors import CrmError
from crm_core.ports.pbx import PbxUnavailableError


class LoginRefusedError(PbxUnavailableError):
    """The PBX refused our AMI user or secret."""


class LinkBrokenError(PbxUnavailableError):
    """The connection to the PBX broke before it answered. The action may have been done; it is not sent again."""


class NoAnswerInTimeError(PbxUnavailableError):
    """The PBX did not answer in time. The action may have been done; it is not sent again."""


class ActionRefusedError(CrmError):
    """The PBX refused this action."""
