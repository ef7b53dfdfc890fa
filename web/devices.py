# SPDX-License-Identifier: Apache-2.0
"""What a browser says it is, as people call it: 'Chrome, Windows'."""

from dataclasses import dataclass

# Each says that it is also those below it.
_BROWSERS = (
    ("YaBrowser/", "Yandex Browser"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_IN_A_POCKET = {"Android", "iPhone", "iPad"}


@dataclass(frozen=True, slots=True)
class Device:
    """'' for what is not known."""

    browser: str
    system: str

    @property
    def is_mobile(self) -> bool:
        return self.system in _IN_A_POCKET


def device_of(user_agent: str | None) -> Device:
    said = user_agent or ""
    return Device(_first(_BROWSERS, said), _first(_SYSTEMS, said))


def _first(names: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for sign, name in names if sign in said), "")
