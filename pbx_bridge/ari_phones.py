# SPDX-License-Identifier: Apache-2.0
"""Phones of our own PBX, made and removed while it runs: ARI's push configuration into its own database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp

from crm_core.domain.errors import InvalidInputError
from crm_core.ports.pbx import PbxUnavailableError

_TIMEOUT = aiohttp.ClientTimeout(total=5)
_NAME = re.compile(r"""[^\w .,'()-]""")
_PHONE = {
    "context": "rolodial-internal",
    "disallow": "all",
    "allow": "alaw,ulaw,g722",
    "direct_media": "no",
    "rtp_symmetric": "yes",
    "force_rport": "yes",
    "rewrite_contact": "yes",
    "trust_id_outbound": "yes",
    "send_rpid": "yes",
    "call_group": "1",
    "pickup_group": "1",
    "rtp_timeout": "60",
    "rtp_timeout_hold": "3600",
}  # as the template [phone] of dialplan/templates/pjsip.conf
_AOR = {"max_contacts": "3", "remove_existing": "yes", "qualify_frequency": "30"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AriSettings:
    """`[pbx.ari]`: that it is there says that Rolodial is the master of this PBX's phones."""

    url: str  # 'http://127.0.0.1:8088'
    username: str
    secret: str = field(repr=False)
    extensions: str = r"\d{2,6}"  # a pattern: those the dialplan rings, beside the ones of its own files
    sip_host: str = ""  # what a phone is told; '': the host of `url`
    sip_port: int = 5060


class AriPhones:
    """Implements crm_core.ports.phones.Phones."""

    def __init__(self, pbx: str, settings: AriSettings) -> None:
        self._pbx = pbx
        self._settings = settings
        self._extension = re.compile(settings.extensions)

    @property
    def pbx(self) -> str:
        return self._pbx

    @property
    def server(self) -> tuple[str, int]:
        host = self._settings.sip_host or self._settings.url.partition("//")[2].partition(":")[0]
        return host, self._settings.sip_port

    def may_be(self, extension: str) -> bool:
        return (
            extension.isascii() and extension.isdigit() and self._extension.fullmatch(extension) is not None
        )

    async def put(self, extension: str, name: str, secret: str) -> None:
        if not self.may_be(extension):
            raise InvalidInputError(f"the PBX {self._pbx} rings no phone under {extension!r}")
        shown = _NAME.sub("", name)[:60].strip() or extension
        auth = {"auth_type": "userpass", "username": extension, "password": secret}
        endpoint = {**_PHONE, "auth": extension, "aors": extension, "callerid": f'"{shown}" <{extension}>'}
        async with self._session() as session:
            for kind, fields in (("auth", auth), ("aor", _AOR), ("endpoint", endpoint)):
                await self._put(session, kind, extension, fields)

    async def remove(self, extension: str) -> None:
        async with self._session() as session:
            for kind in ("endpoint", "aor", "auth"):
                await self._ask(session, "DELETE", _path(kind, extension), gone_is_fine=True)

    async def names(self) -> frozenset[str]:
        async with self._session() as session:
            found = await self._ask(session, "GET", "/ari/endpoints/PJSIP")
        names = (str(one.get("resource", "")) for one in found if isinstance(one, dict))
        return frozenset(name for name in names if name.isdigit())

    async def _put(
        self, session: aiohttp.ClientSession, kind: str, extension: str, fields: Mapping[str, str]
    ) -> None:
        body = {"fields": [{"attribute": name, "value": value} for name, value in fields.items()]}
        await self._ask(session, "PUT", _path(kind, extension), body=body)

    async def _ask(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        *,
        body: object = None,
        gone_is_fine: bool = False,
    ) -> list[object]:
        try:
            async with session.request(method, path, json=body) as answer:
                is_ari = answer.content_type == "application/json"
                if answer.status == HTTPStatus.NOT_FOUND and gone_is_fine and is_ari:
                    return []
                if answer.status >= HTTPStatus.BAD_REQUEST:
                    raise PbxUnavailableError(
                        f"the PBX refused: {answer.status} {(await answer.text())[:200]}"
                    )
                said = await answer.json() if answer.content_length else []
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise PbxUnavailableError(
                f"the PBX cannot be asked: {str(error) or type(error).__name__}"
            ) from error
        return said if isinstance(said, list) else []

    def _session(self) -> aiohttp.ClientSession:
        login = {"Authorization": aiohttp.encode_basic_auth(self._settings.username, self._settings.secret)}
        return aiohttp.ClientSession(self._settings.url, headers=login, timeout=_TIMEOUT)


def _path(kind: str, extension: str) -> str:
    return f"/ari/asterisk/config/dynamic/res_pjsip/{kind}/{extension}"
