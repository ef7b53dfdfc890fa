# SPDX-License-Identifier: Apache-2.0
"""The phones of a PBX that is ours: Rolodial is the master of its accounts. Another's PBX is only watched."""

from typing import Protocol


class Phones(Protocol):
    """One PBX. Implemented by pbx_bridge; config joins it to web. Raises PbxUnavailableError."""

    @property
    def pbx(self) -> str: ...

    @property
    def server(self) -> tuple[str, int]:
        """Where a phone registers by SIP: host and port."""
        ...

    def may_be(self, extension: str) -> bool:
        """Whether the dialplan rings phones made here under this extension."""
        ...

    async def put(self, extension: str, name: str, secret: str) -> None:
        """Make the account, or give it a new name and secret; a phone that is registered stays so until it renews."""
        ...

    async def remove(self, extension: str) -> None:
        """Calls that go on go on; nothing reaches or leaves the phone any more. One that is not there is no error."""
        ...

    async def names(self) -> frozenset[str]:
        """Extensions of all phones the PBX has, whoever made them."""
        ...
