# SPDX-License-Identifier: Apache-2.0
"""Translations, read from the .po files at start: there is no compiled file that could be stale."""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

ROOT = Path(__file__).parent.parent / "locales"
SOURCE = "en"  # the texts in the code are English
NAMES = {"en": "English", "ru": "Русский", "uk": "Українська", "id": "Bahasa Indonesia"}
# CLDR's names of the plural forms, in the order of each catalogue's msgstr[n].
PLURAL_FORMS = {
    "en": ("one", "other"),
    "ru": ("one", "few", "many"),
    "uk": ("one", "few", "many"),
    "id": ("other",),
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    code: str
    translations: NullTranslations
    script: bytes  # the texts of the scripts, as a script


@cache
def catalogues() -> dict[str, Catalogue]:
    return {code: _load(code) for code in NAMES}


def po_path(code: str) -> Path:
    return ROOT / code / "LC_MESSAGES" / "messages.po"


def _load(code: str) -> Catalogue:
    if code == SOURCE:
        return Catalogue(code, NullTranslations(), _script(code, Catalog()))
    with po_path(code).open("rb") as file:
        catalog = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Catalogue(code, Translations(compiled), _script(code, catalog))


def _script(code: str, catalog: Catalog) -> bytes:
    messages = {
        message.id if isinstance(message.id, str) else message.id[0]: message.string
        for message in catalog
        if message.id and _is_for_scripts(message)
    }
    data = {"locale": code, "forms": PLURAL_FORMS[code], "messages": messages}
    return b"globalThis.rolodialTexts = " + orjson.dumps(data) + b";\n"


def _is_for_scripts(message: Message) -> bool:
    return any(path.endswith(".js") for path, _line in message.locations)
