# SPDX-License-Identifier: Apache-2.0
"""Too many tries of what only one person should know."""

from crm_core.domain.errors import CrmError


class TooManyTriesError(CrmError):
    """Too many tries. Please wait some minutes."""
