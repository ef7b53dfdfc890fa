# SPDX-License-Identifier: Apache-2.0
"""Every text is extracted and translated; placeholders are the same; scripts get theirs."""

import importlib.util
from pathlib import Path

import orjson
import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message

from web.i18n.catalogues import NAMES, PLURAL_FORMS, SOURCE, catalogues, po_path

_SPEC = importlib.util.spec_from_file_location("texts", Path(__file__).parents[3] / "tools" / "texts.py")
texts = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(texts)


def test_every_text_is_translated():
    extracted = texts.extract()
    assert len(extracted) > 300
    found = [
        line for code, path in texts.catalogues().items() for line in texts.problems(code, path, extracted)
    ]
    assert found == [], "run: python tools/texts.py update"


def test_every_language_offered_has_its_catalogue():
    assert set(texts.catalogues()) | {SOURCE} == set(NAMES)


@pytest.mark.parametrize(
    ("one", "translation", "wrong"),
    [
        ("Call %(number)s", "Позвонить %(number)s", False),
        ("Call %(number)s", "Позвонить", True),
        ("Call %(number)s", "Позвонить %(nummer)s", True),
        ("Save", "Сохранить %(all)s", True),
    ],
)
def test_placeholders_are_compared(one, translation, wrong):
    assert bool(texts._wrong(Message(one, translation))) is wrong


def test_one_of_a_thing_may_leave_its_number_out():
    message = Message(("%(num)d call", "%(num)d calls"), ("один звонок", "%(num)d звонка", "%(num)d звонков"))
    assert texts._wrong(message) == []


@pytest.mark.parametrize("only", ["panggilan", "%(num)d panggilan"])
def test_a_language_of_one_form_keeps_the_number(only):
    message = Message(("one call", "%(num)d calls"), (only,))
    assert bool(texts._wrong(message)) is ("num" not in only)


@pytest.mark.parametrize("code", sorted(set(NAMES) - {SOURCE}))
def test_a_catalogue_has_the_plural_forms_of_its_language(code):
    catalog = texts.read(po_path(code), code)
    assert catalog.num_plurals == len(PLURAL_FORMS[code])
    assert {len(m.string) for m in catalog if isinstance(m.id, tuple)} == {len(PLURAL_FORMS[code])}
    assert set(PLURAL_FORMS[code]) <= Locale(code).plural_form.tags | {"other"}


def test_an_incomplete_catalogue_is_told(tmp_path):
    extracted = Catalog()
    for message in ("Save", "Cancel", "Undo"):
        extracted.add(message)
    path = tmp_path / "messages.po"
    path.write_text(
        'msgid ""\nmsgstr "Language: ru\\n"\n\nmsgid "Save"\nmsgstr ""\n\n#, fuzzy\nmsgid "Undo"\nmsgstr "Отмена"\n\nmsgid "Old"\nmsgstr "Старое"\n'
    )
    found = "\n".join(texts.problems("ru", path, extracted))
    for part in (
        "not extracted: 'Cancel'",
        "not translated: 'Save'",
        "fuzzy: 'Undo'",
        "no longer used: 'Old'",
    ):
        assert part in found


def test_scripts_have_their_texts_and_only_those():
    script = catalogues()["ru"].script
    data = orjson.loads(script.removeprefix(b"globalThis.rolodialTexts = ").rstrip(b";\n"))
    assert data["messages"]["This recording cannot be played now."].startswith("Эту запись")
    assert "Log out" not in data["messages"]
    assert data["forms"] == ["one", "few", "many"]


def test_scripts_have_the_only_form_of_a_language_that_has_one():
    script = catalogues()["id"].script
    data = orjson.loads(script.removeprefix(b"globalThis.rolodialTexts = ").rstrip(b";\n"))
    assert data["forms"] == ["other"]
    assert data["messages"]["and %(num)d more call"] == ["dan %(num)d panggilan lagi"]


def test_no_compiled_catalogue_can_be_stale():
    assert list(po_path("ru").parents[2].rglob("*.mo")) == []
