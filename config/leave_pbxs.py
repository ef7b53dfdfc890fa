# SPDX-License-Identifier: Apache-2.0
"""Somebody was let go on the command line: the PBXs are told over logins of its own, beside the server's."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from config.doctor.ami_session import ami_session
from config.pbx_care import DoctorCare
from config.settings import PbxMode, Settings
from crm_core.domain.errors import CrmError
from crm_core.domain.people import Extension
from crm_core.ports.clock import utc_now
from crm_core.usecases.leave_pbxs import leave_pbxs
from pbx_bridge.ari_phones import AriPhones
from pbx_bridge.members import Members


async def tell_pbxs(settings: Settings, extensions: Sequence[Extension], say: Callable[[str], None]) -> None:
    """What a PBX that is away keeps shows on the pages of queues and phones as nobody's."""
    concerned = [pbx for pbx in settings.pbx if any(one.pbx == pbx.name for one in extensions)]
    phones = {pbx.name: AriPhones(pbx.name, pbx.ari) for pbx in concerned if pbx.ari}
    async with AsyncExitStack() as stack:
        told = []
        for pbx in concerned:
            try:
                session = await stack.enter_async_context(ami_session(pbx.ami, utc_now))
            except (OSError, CrmError) as error:
                say(f"{pbx.name} does not know it, its queues stay: {str(error) or type(error).__name__}")
            else:
                told.append(Members(pbx.name, session.ask, watched=pbx.mode is PbxMode.OBSERVE))
        await leave_pbxs(extensions, told, phones, DoctorCare(settings))
