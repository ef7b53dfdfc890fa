# SPDX-License-Identifier: Apache-2.0
"""The secret box by Fernet (AES-128-CBC and HMAC-SHA256), with its key in a file that only we may read."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from crm_core.domain.errors import CrmError
from crm_core.ports.secret_box import SealBrokenError

KEY_FILE = "secret.key"


class KeyFileError(CrmError):
    """The key file holds no key: put the one of your backup there, or what was sealed with it is lost."""


class FernetBox:
    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    @classmethod
    def of_file(cls, path: Path) -> "FernetBox":
        """The key kept at `path`; a new one if there is none yet."""
        try:
            return cls(_read_or_make(path))
        except ValueError as error:
            raise KeyFileError(f"{path} holds no key: put the one of your backup there") from error

    def seal(self, secret: bytes) -> str:
        return self._fernet.encrypt(secret).decode("ascii")

    def open(self, sealed: str) -> bytes:
        try:
            return self._fernet.decrypt(sealed)
        except (InvalidToken, ValueError) as error:
            raise SealBrokenError from error


def _read_or_make(path: Path) -> bytes:
    """Two processes that start together make one key: whoever links first wins, and it is never half written."""
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.") as made:  # 0600
            made.write(Fernet.generate_key() + b"\n")
            made.flush()
            os.fsync(made.fileno())
            with suppress(FileExistsError):
                os.link(made.name, path)
    return path.read_bytes().strip()
