# SPDX-License-Identifier: Apache-2.0
import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm_core.domain.phone import _parse as slow
from crm_core.domain.phone import display, normalise

REGIONS = st.sampled_from(["RU", "UA", "KZ", "DE", "US", "GB", "IT", "ID", "XX"])
LIKE_NUMBERS = st.text("0123456789+-() .,#x", max_size=24)


@pytest.mark.parametrize(
    ("raw", "region", "e164", "extension"),
    [
        ("8 (912) 350-67-88", "RU", "+79123506788", None),
        ("89123506788", "RU", "+79123506788", None),
        ("79123506788", "RU", "+79123506788", None),
        ("9123506788", "RU", "+79123506788", None),
        ("+7 912 350 67 88", "DE", "+79123506788", None),
        ("8-800-555-35-35", "RU", "+78005553535", None),
        ("810380441234567", "RU", "+380441234567", None),
        ("8 10 44 20 7946 0958", "RU", "+442079460958", None),
        ("00380441234567", "RU", "+380441234567", None),
        ("0044 20 7946 0958", "DE", "+442079460958", None),
        ("+7 495 111-22-33 доб. 123", "RU", "+74951112233", "123"),
        ("(495) 111-22-33, доб.12", "RU", "+74951112233", "12"),
        ("84951112233 вн. 7", "RU", "+74951112233", "7"),
        ("+1 212 555 0100 ext 12", "RU", "+12125550100", "12"),
        ("+1 212 555 0100 x12", "RU", "+12125550100", "12"),
        ("+74951112233#12", "RU", "+74951112233", "12"),
        ("sip:+74951112233@10.0.0.1;user=phone", "RU", "+74951112233", None),
        ("tel:+74951112233", "RU", "+74951112233", None),
        ("моб. 8 912 350 67 88", "RU", "+79123506788", None),
        ("anonymous", "RU", None, None),
        ("Unknown", "RU", None, None),
        ("", "RU", None, None),
        ("101", "RU", None, None),
        ("112", "DE", None, None),
        ("12345", "DE", None, None),
        ("1112233", "RU", None, None),  # a local number: whose city?
        ("*72", "RU", None, None),
        ("'; DROP TABLE--", "RU", None, None),
        ("9" * 300, "RU", None, None),
        ("9123506788", "no such region", None, None),
    ],
)
def test_shapes_people_and_pbxs_write(raw, region, e164, extension):
    phone = normalise(raw, region)
    assert (phone.raw, phone.e164, phone.extension) == (raw, e164, extension)


@given(st.text(max_size=80) | LIKE_NUMBERS, REGIONS)
def test_never_raises_and_keeps_what_was_written(raw, region):
    assert normalise(raw, region).raw == raw


@given(LIKE_NUMBERS, REGIONS)
@example("+800 12345678", "RU")
def test_normalising_again_changes_nothing(raw, region):
    e164 = normalise(raw, region).e164
    if e164 is not None:
        assert normalise(e164, region).e164 == e164


@given(
    st.from_regex(r"(\+7|8|7|)[ -]?\(?[0-9]{3}\)?[ -]?[0-9]{3}[- ]?[0-9]{2}-?[0-9]{2}[0-9]?", fullmatch=True)
)
@example("8101234567")
@example("81012345678")
def test_the_quick_way_says_what_the_library_says(raw):
    assert normalise(raw, "RU") == slow(raw, "RU")


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), REGIONS)
def test_an_international_number_is_what_phonenumbers_says(raw, region):
    try:
        parsed = phonenumbers.parse(raw, None)
    except phonenumbers.NumberParseException:
        assert normalise(raw, region).e164 is None
        return
    possible = (
        phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if possible else None
    assert normalise(raw, region).e164 == expected


def test_display():
    assert display("+79161000001") == "+7 916 100-00-01"
    assert display("101") == "101"
