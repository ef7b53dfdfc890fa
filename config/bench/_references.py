# SPDX-License-Identifier: Apache-2.0
"""What our FastAGI listener is measured beside: `python -m config.bench._references mute|orm DATABASE`.

`mute` reads a request and closes. `orm` is the obvious design: panoramisk's FastAGI server, a look-up of the number and
its owner through SQLAlchemy's ORM in the same database, three variables set. Says its port, ends with its input.
"""

import asyncio
import sys

import uvloop
from panoramisk import fast_agi
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, relationship

from crm_core.storage.schema import contact, metadata, phone_number


class _Base(DeclarativeBase):
    metadata = metadata


class _Contact(_Base):
    __table__ = contact


class _Phone(_Base):
    __table__ = phone_number
    contact: Mapped[_Contact] = relationship(_Contact)


class _Mute(asyncio.Protocol):
    _got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        if b"\n\n" in self._got:
            self._transport.close()


async def mute(_database: str) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(_Mute, "127.0.0.1", 0, backlog=512)


async def orm(database: str) -> asyncio.Server:
    sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(create_async_engine(database))

    async def route(request: fast_agi.Request) -> None:
        number = request.headers["agi_callerid"]
        query = select(_Phone).options(joinedload(_Phone.contact)).where(phone_number.c.e164 == number)
        async with sessions() as session:
            found = await session.scalar(query)
        step = "dial^15^101:PJSIP/101" if found else "queue^120^default"
        for name, value in (("RULE", "assigned-manager"), ("S1", step), ("STEPS", "1")):
            await request.send_command(f'SET VARIABLE ROLODIAL_{name} "{value}"')

    application = fast_agi.Application(loop=asyncio.get_running_loop())
    # add_route() wants a decorator that Python 3.11 no longer has for anything but coroutines.
    application.add_route("route", route)
    return await asyncio.start_server(application.handler, "127.0.0.1", 0, backlog=512)


async def main(kind: str, database: str) -> None:
    server = await {"mute": mute, "orm": orm}[kind](database)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    # panoramisk is measured on the loop it is used with; the mute listener on ours, the quicker.
    (uvloop.run if sys.argv[1] == "mute" else asyncio.run)(main(sys.argv[1], sys.argv[2]))
