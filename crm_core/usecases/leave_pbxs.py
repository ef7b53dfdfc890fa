# SPDX-License-Identifier: Apache-2.0
"""What the PBXs are told of somebody who was let go: nobody rings them, no queue has them, their phone is off."""

from collections.abc import Mapping, Sequence

from crm_core.domain.people import Extension
from crm_core.ports.pbx import PbxMembers
from crm_core.ports.pbx_care import PbxCare
from crm_core.ports.phones import Phones
from crm_core.usecases.give_phone import switch_off
from crm_core.usecases.set_operator_state import tell_pbxs
from crm_core.usecases.set_queues import leave_all


async def leave_pbxs(
    extensions: Sequence[Extension],
    pbxs: Sequence[PbxMembers],
    phones: Mapping[str, Phones],
    care: PbxCare | None,
) -> None:
    """Outside of the transaction. Queues and phones only where the phones are ours (`phones`)."""
    await tell_pbxs(pbxs, extensions, available=False)
    await leave_all(care, {pbx.name: pbx for pbx in pbxs if pbx.name in phones}, extensions)
    await switch_off(phones, extensions)
