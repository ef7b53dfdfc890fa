# SPDX-License-Identifier: Apache-2.0
"""Where an Asterisk program is on this machine and how it is started."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 20
_VERSION = re.compile(r"Asterisk (?:certified[/-])?(\d+)(\S*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskProgram:
    argv: tuple[str, ...]  # what starts it, without options
    modules: Path
    data: Path  # holds sounds/ and documentation/
    sounds: Path  # the directory of English prompts
    version: str


def find_program(cache: Path) -> AsteriskProgram | None:
    """The machine's own Asterisk if it is new enough, else the one kept in `cache`; None when there is neither."""
    return _on_path() or in_root(cache.resolve() / "asterisk-root")


def in_root(root: Path) -> AsteriskProgram | None:
    """Asterisk inside another root directory, started by that root's own dynamic loader.

    So it needs neither chroot nor any right: files it opens are the host's, libraries are the root's.
    """
    binary = root / "usr/sbin/asterisk"
    loaders = sorted((root / "usr").glob("lib*/ld-linux*.so.*")) or sorted(
        (root / "usr/lib").glob("*/ld-linux*.so.*")
    )
    modules = sorted((root / "usr/lib").glob("*/asterisk/modules"))
    if not (binary.is_file() and loaders and modules):
        return None
    argv = (str(loaders[0]), "--library-path", str(modules[0].parent.parent), str(binary))
    return _probe(argv, modules, [root / "usr/share/asterisk", root / "var/lib/asterisk"])


def _on_path() -> AsteriskProgram | None:
    binary = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        return None
    modules = [
        path for lib in ("/usr/lib", "/usr/lib64", "/usr/local/lib") for path in _module_dirs(Path(lib))
    ]
    return _probe((binary,), modules, [Path("/usr/share/asterisk"), Path("/var/lib/asterisk")])


def _module_dirs(lib: Path) -> list[Path]:
    return sorted(
        path for path in (*lib.glob("asterisk/modules"), *lib.glob("*/asterisk/modules")) if path.is_dir()
    )


def _probe(argv: tuple[str, ...], modules: list[Path], data: list[Path]) -> AsteriskProgram | None:
    version = _version(argv)
    places = [path for path in data if (path / "sounds").is_dir()]
    if version is None or not modules or not places:
        return None
    return AsteriskProgram(
        argv=argv, modules=modules[0], data=places[0], sounds=_english(places[0] / "sounds"), version=version
    )


def _version(argv: tuple[str, ...]) -> str | None:
    try:
        said = subprocess.run([*argv, "-V"], capture_output=True, text=True, timeout=20, check=False).stdout  # noqa: S603 - our own argv
    except OSError:
        return None
    match = _VERSION.search(said)
    return f"{match[1]}{match[2]}" if match and int(match[1]) >= OLDEST else None


def _english(sounds: Path) -> Path:
    """`en` may be a link that only holds inside the other root, so the files themselves are looked for."""
    for path in (sounds / "en", *sorted(sounds.glob("en*"))):
        if next(path.glob("vm-intro.*"), None) is not None:
            return path
    return sounds / "en"
