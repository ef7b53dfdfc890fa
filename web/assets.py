# SPDX-License-Identifier: Apache-2.0
"""Static files: read once, compressed once, named by a hash of them all, so that browsers may keep them for ever.

One hash for the whole tree keeps relative imports and url() inside the files right without rewriting them.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent / "static"
_TEXT = frozenset(
    {"text/css", "text/javascript", "image/svg+xml", "application/json", "application/manifest+json"}
)
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    media_type: str
    gzipped: bytes | None


class Assets:
    def __init__(self, generated: Mapping[str, bytes] | None = None, root: Path = ROOT) -> None:
        """`generated`: files that are made at start, as the catalogues of the scripts' texts."""
        files = {
            p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()
        }
        self._files = {name: _asset(name, body) for name, body in (files | dict(generated or {})).items()}
        digest = hashlib.blake2b(digest_size=8)
        for name, asset in sorted(self._files.items()):
            digest.update(name.encode() + b"\0" + asset.body)
        self.digest = digest.hexdigest()

    def url(self, name: str) -> str:
        """Where a file is; a name that does not exist is a mistake in a template."""
        if name not in self._files:
            raise LookupError(f"no static file {name}")
        return f"/static/{self.digest}/{name}"

    def size(self, name: str) -> int:
        """Bytes on the wire."""
        asset = self._files[name]
        return len(asset.gzipped or asset.body)

    def get(self, name: str) -> Asset | None:
        return self._files.get(name)


@cache
def _asset(name: str, body: bytes) -> Asset:
    guessed = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = guessed in _TEXT
    media_type = f"{guessed}; charset=utf-8" if text else guessed
    return Asset(body, media_type, gzip.compress(body, 9, mtime=0) if text else None)
