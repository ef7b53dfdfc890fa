# SPDX-License-Identifier: Apache-2.0
"""Who is who, in memory: what a decision, a pop and 'whose extension is this' need, without a query."""

from crm_core.domain.directory.directory import Directory
from crm_core.domain.directory.party import Party, PartyKind
from crm_core.domain.directory.people import Line, Operator, OperatorState, StateSource, Team

__all__ = ["Directory", "Line", "Operator", "OperatorState", "Party", "PartyKind", "StateSource", "Team"]
