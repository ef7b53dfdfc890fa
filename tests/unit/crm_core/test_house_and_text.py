# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain import clean
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.house import House
from crm_core.domain.search import document, fold, is_number


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "Russia"},
        {"region": "ru"},
        {"zone": "Moscow"},
        {"zone": "../etc/passwd"},
        {"zone": ""},
        {"currency": "₽"},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InvalidInputError):
        House(**wrong)


@given(st.text(max_size=300))
def test_a_cleaned_line_has_no_control_characters_and_cleaning_again_changes_nothing(text):
    cleaned = clean.line(text)
    if cleaned is not None:
        assert cleaned.isprintable()
        assert len(cleaned) <= clean.NAME_LIMIT
        assert clean.line(cleaned) == cleaned


def test_a_note_keeps_its_lines():
    assert clean.note("one\r\n\x07two\n\n") == "one\ntwo"


@pytest.mark.parametrize("text", ["no", "a@b", "a b@c.de", "a@@b.de"])
def test_what_is_no_email_is_refused(text):
    with pytest.raises(InvalidInputError):
        clean.email(text)


def test_folding_makes_one_case_of_any_alphabet():
    assert fold("  ПЁТР   Straße 50%_ ") == "петр strasse 50"


def test_a_document_keeps_its_parts_apart():
    assert document(["Anna", None, "ООО «Ромашка»"], ["+79161000001"]) == "anna|ооо «ромашка»|79161000001"


@pytest.mark.parametrize(
    ("text", "yes"), [("4567", True), ("+7 (916)", True), ("anna", False), ("a1", False), ("", False)]
)
def test_a_number_is_told_from_a_name(text, yes):
    assert is_number(text) is yes
