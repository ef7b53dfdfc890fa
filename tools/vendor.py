# SPDX-License-Identifier: Apache-2.0
"""Fetch the pinned front-end packages from npm and put what the pages use into web/static/vendor."""

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor"
INTER_SUBSETS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    licence: str
    licence_file: str = "LICENSE"
    files: dict[str, str] = field(default_factory=dict)  # in the package -> in vendor/


PACKAGES = (
    Package("htmx.org", "4.0.1", "0BSD", files={"dist/htmx.min.js": "htmx.min.js"}),
    Package("@tabler/core", "1.6.1", "MIT", "", files={"dist/css/tabler.min.css": "tabler.min.css"}),
    Package("@tabler/icons", "3.51.0", "MIT"),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        files={f"files/inter-{s}-wght-normal.woff2": f"inter-{s}.woff2" for s in INTER_SUBSETS},
    ),
)
# The sprite holds only these; name the icon here before using it in a template.
ICONS = """
activity address-book alert-circle alert-triangle archive arrow-back-up arrow-down-left arrow-left arrow-right
arrow-up-right arrows-exchange bell briefcase building building-store cash check checks chevron-down
chevron-left chevron-right chevron-up circle circle-check circle-x clock clock-hour-4 cloud-off coffee copy
corner-down-right database device-desktop device-mobile dots download external-link file-off filter git-merge
headphones headset heart-rate-monitor help-circle history home id info-circle keyboard language layout-dashboard
layout-sidebar link list loader lock login logout mail menu-2 message microphone microphone-off moon note notes
pencil phone phone-call phone-check phone-incoming phone-off phone-outgoing phone-pause phone-plus phone-ringing
phone-x player-pause player-play player-skip-back player-track-next plug plug-connected plug-x plus receipt
record-mail refresh robot route search server settings shield-check sparkles stairs star sun sun-moon trash
trending-down trending-up urgent user user-check user-circle user-off user-plus user-question users versions volume
volume-off wave-sine wifi-off x adjustments calendar calendar-off calendar-time clipboard-list hash list-check
rosette-discount-check stack tag toggle-right transfer upload users-group wand webhook qrcode fingerprint
""".split()  # noqa: SIM905 - a list that people add words to

MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def unpack(package: Package, into: Path) -> Path:
    """The package's directory, fetched by npm as it is published: no scripts of its run."""
    command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
    archive = subprocess.run(command, cwd=into, check=True, capture_output=True, text=True).stdout.strip()
    target = into / package.name.replace("/", "_")
    with tarfile.open(into / archive.splitlines()[-1]) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


def icon_sprite(source: Path) -> str:
    symbols = []
    for name in ICONS:
        svg = (source / "icons" / "outline" / f"{name}.svg").read_text()
        inside = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
        if inside is None:
            raise SystemExit(f"{name}.svg has no drawing")
        body = " ".join(inside[1].split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def font_faces(css: str) -> str:
    """Inter's @font-face rules (with their unicode ranges) for the subsets we carry."""
    rules = re.findall(r"@font-face\s*\{[^}]*\}", css)
    kept = []
    for subset in INTER_SUBSETS:
        rule = next(r for r in rules if f"inter-{subset}-wght-normal.woff2" in r)
        kept.append(re.sub(r"url\([^)]*\)[^,;]*", f"url(inter-{subset}.woff2) format('woff2')", rule))
    return "\n".join(kept) + "\n"


def licence_text(package: Package, source: Path) -> str:
    """The package's own file; @tabler/core carries only a banner, so that stands over the text of its licence."""
    if package.licence_file:
        return (source / package.licence_file).read_text()
    banner = re.search(r"/\*!(.*?)\*/", (source / next(iter(package.files))).read_text(), re.DOTALL)
    if banner is None:
        raise SystemExit(f"{package.name} names no licence")
    return "\n".join(line.strip(" *") for line in banner[1].strip().splitlines()) + "\n\n" + MIT


def place(package: Package, source: Path) -> dict[str, object]:
    placed = []
    for inside, name in package.files.items():
        data = (source / inside).read_bytes()
        if name.endswith((".js", ".css")):  # maps are not carried, so nobody shall ask for them
            data = re.sub(rb"\n?(//|/\*)# sourceMappingURL=[^\n*]*(\*/)?\s*$", b"\n", data)
        (VENDOR / name).write_bytes(data)
        placed.append(name)
    if package.name == "@tabler/icons":
        (VENDOR / "icons.svg").write_text(icon_sprite(source))
        placed.append("icons.svg")
    if package.name.endswith("/inter"):
        (VENDOR / "inter.css").write_text(font_faces((source / "wght.css").read_text()))
        placed.append("inter.css")
    licence = f"{package.name.strip('@').replace('/', '-')}.txt"
    (VENDOR / "licenses" / licence).write_text(licence_text(package, source))
    return {
        "package": package.name,
        "version": package.version,
        "license": package.licence,
        "license_text": f"licenses/{licence}",
        "files": {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in sorted(placed)},
    }


def main() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "licenses").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as directory:
        entries = [place(package, unpack(package, Path(directory))) for package in PACKAGES]
    (VENDOR / "MANIFEST.json").write_text(json.dumps(entries, indent=2) + "\n")
    for entry in entries:
        print(entry["package"], entry["version"], "->", ", ".join(entry["files"]))  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
