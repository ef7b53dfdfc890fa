# SPDX-License-Identifier: Apache-2.0
"""Answers to surveys: taken from a channel, written beside it, kept when the database is away, shown on the call."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest

from crm_core.domain.survey import SurveyAnswer
from crm_core.storage.surveys import SqlSurveys
from crm_core.usecases.keep_surveys import SurveyLog
from pbx_bridge.agi_lines import parse_request
from pbx_bridge.survey_agi import SurveyAgi
from tests.support.routing import NOW, a_desk
from tests.support.until import until

CALL = UUID(int=7)


def asked(question, keys, *, put):
    lines = ["agi_network_script: survey", "agi_arg_1: main", f"agi_arg_2: rolodial-{CALL}"]
    request = parse_request("\n".join([*lines, f"agi_arg_3: {question}", f"agi_arg_4: {keys}"]).encode())
    answer = SurveyAgi(a_desk(), put, lambda: NOW)(request)
    return None if answer is None else list(answer.made)


async def of_call(store):
    async with store.read() as tx:
        return [(one.question, one.keys) for one in await tx.surveys.of_call(CALL)]


def an_answer(keys, *, question="service", later=0):
    return SurveyAnswer(call_id=CALL, question=question, keys=keys, at=NOW + timedelta(seconds=later))


@pytest.mark.parametrize(
    ("question", "keys", "taken"),
    [
        ("service", "5", True),
        ("how-was_it", "*1#", True),
        ("", "5", False),
        ("service", "", False),
        ("service", "5; drop", False),
        ("a question", "5", False),
        ("q" * 41, "5", False),
    ],
)
def test_only_keys_to_a_named_question_are_taken(question, keys, taken):
    answers = []
    said = asked(question, keys, put=lambda answer: answers.append(answer) is None)
    assert (said is not None) is taken
    assert [(one.call_id, one.keys) for one in answers] == ([(CALL, keys)] if taken else [])
    if taken:
        assert said[-1] == "ROLODIAL_ANSWER"


async def test_the_last_answer_to_a_question_counts(store):
    log = SurveyLog(store)
    for answer in (an_answer("5"), an_answer("1", question="again", later=1), an_answer("3", later=2)):
        assert log.put(answer)
    assert await log.flush()
    assert await of_call(store) == [("again", "1"), ("service", "3")]


class AwayAtFirst:
    """A database that comes back."""

    def __init__(self, store, times) -> None:
        self.store, self.times = store, times

    def begin(self):
        self.times -= 1
        if self.times >= 0:
            raise ConnectionError
        return self.store.begin()


async def test_an_answer_outlives_a_database_that_is_away(store):
    away = AwayAtFirst(store, 3)
    log = SurveyLog(away, retry_s=0.01)
    running = asyncio.get_running_loop().create_task(log.run())
    log.put(an_answer("5"))

    async def written():
        return await of_call(store) == [("service", "5")]

    await until(written)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_what_waits_at_the_end_is_written(store):
    log = SurveyLog(store)
    running = asyncio.get_running_loop().create_task(log.run())
    await asyncio.sleep(0)
    log.put(an_answer("4"))
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert await of_call(store) == [("service", "4")]


async def test_an_answer_that_the_database_refuses_keeps_no_other_from_it(store, monkeypatch):
    usual = SqlSurveys.save

    async def refuse_one(self, answer):
        if answer.question == "odd":
            raise ValueError
        await usual(self, answer)

    monkeypatch.setattr(SqlSurveys, "save", refuse_one)
    log = SurveyLog(store)
    for answer in (an_answer("5", question="odd"), an_answer("4", later=1)):
        log.put(answer)
    assert await log.flush()
    assert await of_call(store) == [("service", "4")]
