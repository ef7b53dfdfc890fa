# SPDX-License-Identifier: Apache-2.0
"""Averages of answers: of numbers only, by whom they are of, without those that are nobody's."""

from uuid import UUID

from crm_core.domain.survey import AnswerCount, Score, scores

ANNA, BORIS = UUID(int=1), UUID(int=2)


def given(keys, count=1, *, user=ANNA, queue=None, question="service"):
    return AnswerCount(question=question, user_id=user, queue=queue, keys=keys, count=count)


def test_the_average_is_of_all_answers_of_each():
    counts = [given("5", 3), given("1"), given("4", user=BORIS), given("*", 2), given("2", user=None)]
    assert (
        scores(counts, lambda one: one.user_id)
        == [
            Score(question="service", of=BORIS, answers=1, average=4.0),
            Score(question="service", of=ANNA, answers=6, average=4.0),
        ][::-1]
    )


def test_what_is_no_number_is_counted_and_questions_stay_apart():
    counts = [
        given("#", 2, queue="retail"),
        given("3", queue="retail", question="again"),
        given("5", queue="retail", question="again", user=None),
        given("1"),
    ]
    assert scores(counts, lambda one: one.queue) == [
        Score(question="again", of="retail", answers=2, average=4.0),
        Score(question="service", of="retail", answers=2, average=None),
    ]
    assert scores([], lambda one: one.queue) == []
