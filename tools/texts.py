# SPDX-License-Identifier: Apache-2.0
"""Texts for people: `python tools/texts.py update` brings every catalogue up to date, `check` names what is missing."""

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("web", "config")  # config tells the health page what web does not know
LOCALES = ROOT / "web" / "locales"
METHODS = [
    ("static/vendor/**", "ignore"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
    ("static/js/**.js", "javascript"),
    ("**.py", "python"),
]
OPTIONS = {f"templates/**.{kind}": {"silent": "false"} for kind in ("html", "txt")}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,  # named here, translated where it is shown
}
# Headers that say nothing, or differ each time.
_CHATTER = re.compile(
    rb'^"(POT-Creation|PO-Revision|Project-Id|Report-Msgid|Last-Trans|Language-Team|Generated).*\n',
    re.MULTILINE,
)
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")


def extract() -> Catalog:
    """Everything that the pages, the scripts and the code behind them say to people."""
    catalog = Catalog(project="rolodial", charset="utf-8")
    for package in PACKAGES:
        found = extract_from_dir(
            str(ROOT / package),
            METHODS,
            OPTIONS,
            keywords=KEYWORDS,
            comment_tags=["l10n:"],
            strip_comment_tags=True,
        )
        for path, _line, message, comments, context in sorted(found, key=lambda item: (item[0], item[1])):
            # Without line numbers: a moved line is no change of a text.
            catalog.add(message, None, [(f"{package}/{path}", 0)], auto_comments=comments, context=context)
    return catalog


def catalogues() -> dict[str, Path]:
    return {path.parent.parent.name: path for path in sorted(LOCALES.glob("*/LC_MESSAGES/messages.po"))}


def read(path: Path, code: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=code)


def update() -> None:
    texts = extract()
    for code, path in catalogues().items():
        catalog = read(path, code) if path.stat().st_size else Catalog(locale=code, project="rolodial")
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        for message in catalog:
            message.locations = [(name, None) for name, _line in dict.fromkeys(message.locations)]
        catalog.header_comment = "# SPDX-License-Identifier: Apache-2.0"
        catalog.fuzzy = False
        written = io.BytesIO()
        write_po(written, catalog, sort_output=True, width=110, include_lineno=False)
        path.write_bytes(_CHATTER.sub(b"", written.getvalue()))
        print(f"{code}: {len(catalog)} texts, {sum(1 for _ in untranslated(catalog))} not translated")


def untranslated(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id and not all(_strings(message))]


def problems(code: str, path: Path, texts: Catalog) -> list[str]:
    """What keeps a catalogue from being complete and safe to use."""
    catalog = read(path, code)
    found = [f"{code}: not extracted: {m.id!r}" for m in texts if m.id and m.id not in catalog]
    found += [f"{code}: no longer used: {m.id!r}" for m in catalog if m.id and m.id not in texts]
    found += [f"{code}: not translated: {m.id!r}" for m in untranslated(catalog)]
    found += [f"{code}: fuzzy: {m.id!r}" for m in catalog if m.id and m.fuzzy]
    for message in catalog:
        found += [f"{code}: placeholders differ: {message.id!r} -> {text!r}" for text in _wrong(message)]
    return found


def _wrong(message: Message) -> list[str]:
    """Translations that name other placeholders; the first of several plural forms may leave the number out."""
    ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
    wanted = {name for text in ids for name in _PLACEHOLDER.findall(text)}
    forms = _strings(message)
    needed = [wanted - {"num"} if len(forms) > 1 and place == 0 else wanted for place in range(len(forms))]
    return [
        text
        for text, least in zip(forms, needed, strict=True)
        if message.id and text and not least <= set(_PLACEHOLDER.findall(text)) <= wanted
    ]


def _strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (list, tuple)) else [message.string]


def main() -> int:
    if sys.argv[1:] == ["update"]:
        update()
        return 0
    texts = extract()
    found = [line for code, path in catalogues().items() for line in problems(code, path, texts)]
    print("\n".join(found) or "every text is translated")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
