# SPDX-License-Identifier: Apache-2.0
"""Who stands in for whom, and when."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from crm_core.domain.absence import Absence, absence_at, stands_in

ANNA, BORIS, CLARA = (UUID(int=n) for n in (1, 2, 3))
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def away(user, deputy=None, starts=0, days=7, **more):
    begin = MONDAY + starts * DAY
    return Absence(
        id=UUID(int=100 + starts),
        user_id=user,
        starts_at=begin,
        ends_at=begin + days * DAY,
        deputy_id=deputy,
        created_at=MONDAY - DAY + starts * DAY,
        **more,
    )


def test_who_is_there_stands_in_for_themselves():
    assert stands_in([away(BORIS)], ANNA, MONDAY) == ANNA


def test_a_deputy_stands_in_from_the_first_moment_until_just_before_the_end():
    gone = [away(ANNA, BORIS)]
    moment = timedelta(microseconds=1)
    assert stands_in(gone, ANNA, MONDAY - moment) == ANNA
    assert stands_in(gone, ANNA, MONDAY) == BORIS
    assert stands_in(gone, ANNA, MONDAY + 7 * DAY - moment) == BORIS
    assert stands_in(gone, ANNA, MONDAY + 7 * DAY) == ANNA


def test_a_deputy_who_is_away_has_a_deputy():
    assert stands_in([away(ANNA, BORIS), away(BORIS, CLARA)], ANNA, MONDAY) == CLARA


def test_nobody_stands_in_without_a_deputy_or_when_all_stand_in_for_each_other():
    assert stands_in([away(ANNA)], ANNA, MONDAY) is None
    assert stands_in([away(ANNA, BORIS), away(BORIS, ANNA)], ANNA, MONDAY) is None


def test_what_was_called_off_counts_until_then():
    gone = [away(ANNA, BORIS, cancelled_at=MONDAY + DAY)]
    assert stands_in(gone, ANNA, MONDAY) == BORIS
    assert stands_in(gone, ANNA, MONDAY + DAY) == ANNA


def test_of_two_at_once_the_later_word_counts():
    first, second = away(ANNA, BORIS), away(ANNA, CLARA, starts=1)
    assert absence_at([second, first], ANNA, MONDAY + 2 * DAY) == second
    assert stands_in([first, second], ANNA, MONDAY) == BORIS
