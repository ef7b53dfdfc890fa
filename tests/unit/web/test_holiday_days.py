# SPDX-License-Identifier: Apache-2.0
"""Holidays of a country: which there are, and how they come among what is written already."""

from datetime import date

from web.holiday_days import countries, country_names, holidays_of, with_holidays


def test_countries_are_known_by_two_letters_and_named_in_the_readers_language():
    assert {"RU", "UA", "ID", "US", "DE"} <= countries()
    assert country_names("ru")["RU"] == "Россия"
    assert list(country_names("en").values()) == sorted(country_names("en").values(), key=str.casefold)


def test_the_days_of_a_country():
    days = holidays_of("RU", (2025,))
    assert {date(2025, 1, 1), date(2025, 6, 12), date(2025, 11, 4)} <= set(days)
    assert date(2025, 5, 2) in days, "a day off that was moved"
    assert days == sorted(days)


def test_what_is_written_stays_as_it_is():
    days = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)]
    written = "2026-12-31 09:00-14:00\n01-01\n\n"
    assert with_holidays(written, days) == "01-01\n2026-12-31 09:00-14:00\n2027-01-02"
    assert with_holidays(with_holidays(written, days), days) == with_holidays(written, days)
