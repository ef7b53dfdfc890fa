# SPDX-License-Identifier: Apache-2.0
"""Which version a sound goes back to, and which are kept no longer."""

from uuid import UUID

from crm_core.domain.prompt import KEPT, Prompt, PromptSource, PromptVersion, before, too_many
from tests.support.routing import NOW


def a_prompt(played):
    return Prompt(id=UUID(int=1), name="closed", version_id=played, created_at=NOW)


def versions(count):
    return [
        PromptVersion(
            id=UUID(int=100 + number),
            prompt_id=UUID(int=1),
            made_at=NOW,
            made_by="Vera",
            source=PromptSource.UPLOAD,
            file_name="a.wav",
            seconds=1.0,
            bytes=1,
            sha256="",
        )
        for number in range(count)
    ]


def test_rules_name_it_by_its_own_name():
    assert a_prompt(None).target == "rolodial/closed"


def test_the_one_before_is_the_next_older_of_those_that_are_kept():
    three = versions(3)
    assert before(a_prompt(three[2].id), three) == three[1]
    assert before(a_prompt(three[1].id), reversed(three)) == three[0]
    assert before(a_prompt(three[0].id), three) is None
    assert before(a_prompt(None), three) is None


def test_the_oldest_go_but_never_the_one_that_is_played():
    some = versions(KEPT + 2)
    assert too_many(a_prompt(some[-1].id), some) == some[:2]
    assert too_many(a_prompt(some[0].id), some) == some[1:3]
    assert too_many(a_prompt(some[0].id), some[:KEPT]) == []
