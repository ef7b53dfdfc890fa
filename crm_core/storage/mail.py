# SPDX-License-Identifier: Apache-2.0
"""The mail server's settings, in the table `setting`."""

from datetime import time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.mail import MailServer, Security
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import setting
from crm_core.storage.sql import upsert

_SERVER = "mail_server"


class SqlMailSettings:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def server(self) -> MailServer:
        saved = await self._connection.scalar(select(setting.c.value).where(setting.c.name == _SERVER))
        if saved is None:
            return MailServer()
        security, digest_at = Security(saved["security"]), time.fromisoformat(saved["digest_at"])
        return MailServer(**{**saved, "security": security, "digest_at": digest_at})

    async def save_server(self, server: MailServer) -> None:
        value = shallow(server) | {"digest_at": server.digest_at.isoformat("minutes")}
        await upsert(self._connection, setting, [{"name": _SERVER, "value": value}])
