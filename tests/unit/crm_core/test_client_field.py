# SPDX-License-Identifier: Apache-2.0
"""Values of the fields that a house defines: as they are kept, and what is refused."""

import pytest

from crm_core.domain.client_field import FieldKind, choices_kept, merged, said
from crm_core.domain.errors import InvalidInputError
from tests.support.builders import a_field


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (FieldKind.TEXT, "  two\n words\u202e ", "two words"),
        (FieldKind.TEXT, 5, "5"),
        (FieldKind.TEXT, "  ", None),
        (FieldKind.CHOICE, "gold", "Gold"),
        (FieldKind.CHOICE, None, None),
        (FieldKind.NUMBER, "1 200,50", "1200.5"),
        (FieldKind.NUMBER, "-0", "0"),
        (FieldKind.NUMBER, 12.5, "12.5"),
        (FieldKind.NUMBER, 1_000_000, "1000000"),
        (FieldKind.NUMBER, 0, "0"),
        (FieldKind.DATE, "2026-02-28", "2026-02-28"),
        (FieldKind.DATE, "1.3.2026", "2026-03-01"),
        (FieldKind.DATE, "2026-02-28 00:00:00", "2026-02-28"),
        (FieldKind.FLAG, True, "yes"),
        (FieldKind.FLAG, "Нет", "no"),
        (FieldKind.FLAG, "", None),
    ],
)
def test_it_is_kept_as_one_text(kind, given, kept):
    assert a_field(kind).kept(given) == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (FieldKind.TEXT, "x" * 501),
        (FieldKind.CHOICE, "bronze"),
        (FieldKind.NUMBER, "a lot"),
        (FieldKind.NUMBER, "1e3"),
        (FieldKind.NUMBER, float("inf")),
        (FieldKind.NUMBER, 10**15),
        (FieldKind.NUMBER, "0.1234567"),
        (FieldKind.NUMBER, "1234567890123.456"),
        (FieldKind.NUMBER, True),
        (FieldKind.DATE, "2026-02-30"),
        (FieldKind.DATE, "yesterday"),
        (FieldKind.FLAG, "perhaps"),
    ],
)
def test_what_it_cannot_be_is_refused_by_its_field(kind, given):
    with pytest.raises(InvalidInputError) as refused:
        a_field(kind).kept(given)
    assert refused.value.details == {"field": "fields/segment", "label": "Segment"}


def test_what_is_given_takes_the_place_and_all_else_stays():
    fields = [a_field(), a_field(key="size"), a_field(key="old", archived_at=object())]
    before = (("old", "x"), ("segment", "A"), ("size", "9"))
    assert merged(fields, before, {"segment": "B", "size": None}) == (("old", "x"), ("segment", "B"))
    assert merged(fields, (), {"size": "1", "segment": "2"}) == (("segment", "2"), ("size", "1"))
    for key in ("unknown", "old"):
        with pytest.raises(InvalidInputError):
            merged(fields, before, {key: "1"})


def test_programs_get_numbers_and_truths():
    told = [said(FieldKind.NUMBER, "12.5"), said(FieldKind.NUMBER, "3"), said(FieldKind.FLAG, "yes")]
    assert told == [12.5, 3, True]
    assert said(FieldKind.DATE, "2026-02-28") == "2026-02-28"


def test_choices_are_each_there_once_and_have_no_comma():
    assert choices_kept(["Gold", " ", "gold", "Silver "]) == ("Gold", "Silver")
    for wrong in (["a, b"], ["x" * 81], [str(one) for one in range(101)]):
        with pytest.raises(InvalidInputError):
            choices_kept(wrong)
