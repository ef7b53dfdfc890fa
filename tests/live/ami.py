# SPDX-License-Identifier: Apache-2.0
"""The few AMI actions the dialplan's own tests need, by hand: our own link is tested elsewhere."""

import asyncio
from typing import Self

from config.asterisk.plan import PbxPlan


class Ami:
    """Logged in with the least rights that manager.conf gives."""

    def __init__(self, plan: PbxPlan) -> None:
        self._plan = plan

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._plan.ami_host, self._plan.ami_port)
        await self._reader.readline()
        login = {"Action": "Login", "Username": self._plan.ami_user, "Secret": self._plan.ami_secret}
        assert "Success" in await self.act(login)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def act(self, action: dict[str, str]) -> str:
        self._writer.write("".join(f"{key}: {value}\r\n" for key, value in action.items()).encode() + b"\r\n")
        while True:
            answer = await self.read()
            if answer.startswith("Response:"):
                return answer

    async def read(self) -> str:
        return (await self._reader.readuntil(b"\r\n\r\n")).decode()


async def originate(
    plan: PbxPlan, channel: str, number: str, channel_id: str, context: str = "rolodial-click"
) -> None:
    async with Ami(plan) as ami:
        answer = await ami.act(
            {"Action": "Originate", "Channel": channel, "ChannelId": channel_id, "Context": context, "Exten": number,
             "Priority": "1", "CallerID": f"<{number}>", "Async": "true",
             "Variable": f"ROLODIAL_EXT={channel.partition('/')[2]}"}
        )  # fmt: skip
    assert "Success" in answer, answer
