# SPDX-License-Identifier: Apache-2.0
"""Draft, publish, schedule, roll back: by whom, and nothing of two admins at once is lost."""

import asyncio
import threading
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from config.follow_house import follow_house
from config.routing_file import DEFAULT_FILE, publish_file_now, publish_routing_file
from config.rules_due import publish_when_due
from crm_core.domain.audit import Actor
from crm_core.domain.directory import Directory
from crm_core.domain.errors import InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Team
from crm_core.domain.routing import parse
from crm_core.domain.routing.kept_error import error_from_text
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.version import ChangedMeanwhileError
from crm_core.ports.rule_life import ReleaseState
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases import rule_draft
from crm_core.usecases.decide_route import decide_route
from crm_core.usecases.edit_rules import Spot, put_rule
from crm_core.usecases.edit_tables import TableEdit, put_table, put_test, remove_table
from crm_core.usecases.keep_call import keep_call
from crm_core.usecases.keep_decisions import DecisionLog
from crm_core.usecases.publish_rules import cancel_release, publish_draft, publish_due, roll_back
from crm_core.usecases.rule_draft import current_draft, save_draft, text_of, undo_draft
from crm_core.usecases.set_house import SETTINGS
from crm_core.usecases.trail import Trail
from tests.support.calls import a_call
from tests.support.fake_pbx import Care
from tests.support.routing import NOW, OLGA, PHONES, a_call_from, a_desk
from tests.support.until import until

ADMIN = Actor("Admin")
QUEUE = '# why\n[[rule]]\nid = "all"\n[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 60\n'
OTHER = QUEUE.replace("60", "90")


@pytest.fixture
async def rules(store):
    """A store whose rules came from the file, as at the first start."""
    async with store.begin() as tx:
        for name in ("retail", "wholesale"):
            await tx.people.save_team(Team(id=new_id(NOW), name=name, members=frozenset()))
    await publish_routing_file(DEFAULT_FILE, store, NOW)
    return store


async def do(store, work, *args, now=NOW, **more):
    trail = Trail(ADMIN, now)
    async with store.begin() as tx:
        done = await work(tx, *args, trail=trail, **more)
        await trail.write(tx)
    return done


async def in_force(store):
    async with store.read() as tx:
        return (await tx.routing.in_force()).version


async def test_the_first_draft_is_the_rules_in_force_and_undo_leads_back(rules):
    async with rules.read() as tx:
        first = await current_draft(tx, NOW)
    await do(rules, save_draft, QUEUE, 0)
    await do(rules, save_draft, OTHER, 1)
    assert (await do(rules, undo_draft, 2)).text == QUEUE
    again = await do(rules, undo_draft, 3)
    assert (again.text, again.revision, again.actor) == (first.text, 4, "Admin")


async def test_the_second_admin_sees_what_the_first_saved(rules):
    await do(rules, save_draft, QUEUE, 0)
    with pytest.raises(ChangedMeanwhileError) as refused:
        await do(rules, save_draft, OTHER, 0)
    assert refused.value.details["current"].text == QUEUE


async def test_two_who_save_at_the_same_moment_are_one_first_and_one_told(rules):
    done = await asyncio.gather(
        do(rules, save_draft, QUEUE, 0), do(rules, save_draft, OTHER, 0), return_exceptions=True
    )
    assert sorted(isinstance(one, ChangedMeanwhileError) for one in done) == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        "[[rule",
        "",
        QUEUE.replace('"queue"\nq', '"nowhere"\nq'),
        QUEUE.replace('to = "queue"\nqueue', 'to = "team"\nteam'),
    ],
)
async def test_what_does_not_fit_is_kept_as_a_draft_and_not_published(rules, text):
    await do(rules, save_draft, text, 0)
    with pytest.raises(RuleSetError):
        await do(rules, publish_draft, 1, None)
    assert await in_force(rules) == 1


async def test_published_as_text_and_rolled_back_as_a_new_version(rules):
    await do(rules, save_draft, QUEUE, 0)
    assert (await do(rules, publish_draft, 1, None)).version == 2
    back = await do(rules, roll_back, 1, now=NOW - timedelta(days=1))  # the clock was set back
    assert (back.version, back.of_version, await in_force(rules)) == (3, 1, 3)
    async with rules.read() as tx:
        assert await text_of(tx, 2) == QUEUE
        assert (await tx.routing.rule_set(3)).body == {"format": 1, **(await tx.routing.rule_set(1)).body}
        trail = await tx.audit.of("rule_set", SETTINGS)
    assert [(entry.actor.name, entry.action, entry.after["version"]) for entry in trail] == [
        ("Admin", "publish", 2),
        ("Admin", "publish", 3),
    ]  # newest first by the clock, which was set back
    with pytest.raises(NotFoundError):
        await do(rules, roll_back, 9)


async def test_once_published_by_hand_the_file_is_not_master_any_more(rules, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(OTHER)
    assert await publish_file_now(other, rules, ADMIN, NOW + timedelta(hours=1)) == 2
    assert (await publish_routing_file(DEFAULT_FILE, rules, NOW + timedelta(hours=2))).version == 2
    async with rules.read() as tx:
        assert await text_of(tx) == OTHER


async def test_scheduled_comes_at_its_time_once(rules):
    await do(rules, save_draft, QUEUE, 0)
    at = NOW + timedelta(hours=1)
    with pytest.raises(InvalidInputError):
        await do(rules, publish_draft, 1, NOW)
    release = await do(rules, publish_draft, 1, at)
    assert await publish_due(rules, NOW) == at
    assert await in_force(rules) == 1
    await asyncio.gather(*(publish_due(rules, at) for _ in range(3)))
    async with rules.read() as tx:
        done = await tx.rule_life.release(release.id)
    assert (done.state, done.version, done.actor, await in_force(rules)) == (
        ReleaseState.PUBLISHED,
        2,
        "Admin",
        2,
    )


async def test_a_clock_that_is_set_in_between_makes_it_come_late_or_early_but_once(rules):
    """Set back, it waits for the time that was said; set forward, it comes; set right again, it stays in force."""
    await do(rules, save_draft, QUEUE, 0)
    at = NOW + timedelta(hours=1)
    release = await do(rules, publish_draft, 1, at)
    assert await publish_due(rules, NOW - timedelta(days=30)) == at
    assert await in_force(rules) == 1
    assert await publish_due(rules, NOW + timedelta(days=30)) is None
    assert await in_force(rules) == 2
    for now in (NOW - timedelta(days=1), NOW, at + timedelta(minutes=1)):
        assert await publish_due(rules, now) is None
        assert await in_force(rules) == 2
    async with rules.read() as tx:
        assert (await tx.rule_life.release(release.id)).version == 2
    # And whoever publishes by the right clock is in force, though the one before says a later time.
    await do(rules, save_draft, QUEUE.replace("60", "75"), 1, now=NOW + timedelta(hours=2))
    await do(rules, publish_draft, 2, None, now=NOW + timedelta(hours=2))
    assert await in_force(rules) == 3


async def test_scheduled_and_cancelled_never_comes(rules):
    release = await do(rules, publish_draft, 0, NOW + timedelta(hours=1))
    await do(rules, cancel_release, release.id)
    assert await publish_due(rules, NOW + timedelta(hours=2)) is None
    with pytest.raises(NotFoundError):
        await do(rules, cancel_release, release.id)
    assert await in_force(rules) == 1


async def test_scheduled_that_fits_no_more_is_refused_and_says_why(rules):
    release = await do(rules, publish_draft, 0, NOW + timedelta(hours=1))
    async with rules.begin() as tx:
        for team in await tx.people.teams():
            await tx.people.remove_team(team.id)
    await publish_due(rules, NOW + timedelta(hours=2))
    async with rules.read() as tx:
        refused = await tx.rule_life.release(release.id)
    assert (refused.state, await in_force(rules)) == (ReleaseState.REFUSED, 1)
    why = error_from_text(refused.note).params["finding"]
    assert (why.code, why.params) == ("no_such_team", {"team": "wholesale"})


@pytest.mark.parametrize(
    ("names", "silent", "state"),
    [
        (["sales"], [], ReleaseState.REFUSED),
        (["sales", "default"], [], ReleaseState.PUBLISHED),
        (["sales"], ["main"], ReleaseState.PUBLISHED),  # what cannot be asked is not missing
        (None, [], ReleaseState.PUBLISHED),
    ],
)
async def test_scheduled_for_a_queue_that_is_gone_meanwhile_is_refused(rules, names, silent, state):
    care = None if names is None else Care(*names, silent=silent)
    await do(rules, save_draft, QUEUE, 0)
    release = await do(rules, publish_draft, 1, NOW + timedelta(hours=1), queues={"default"})
    with capture_logs() as logs:
        assert await publish_due(rules, NOW, care) == release.at
        assert care is None or care.asked == 0, "nothing is due"
        await publish_due(rules, release.at, care)
    async with rules.read() as tx:
        done = await tx.rule_life.release(release.id)
        trail = [one.action for one in await tx.audit.of("rule_release", release.id)]
    assert done.state is state
    refused = state is ReleaseState.REFUSED
    assert (await in_force(rules), "refuse" in trail) == ((1, True) if refused else (2, False))
    if refused:
        assert error_from_text(done.note).params["finding"].params == {"queue": "default"}
    said = any("queues are not checked" in one["event"] for one in logs)
    assert said is (names is None or bool(silent))


async def test_a_publish_reaches_the_running_desk_at_once(rules):
    """Told of it: nobody looks for an hour. How quickly is for `rolodial bench` to measure."""
    nudge, told = asyncio.Event(), []
    desk = a_desk(rules=await publish_routing_file(DEFAULT_FILE, rules, NOW))
    source = DirectorySource(rules, Directory(), lambda: NOW, on_change=lambda _numbers: nudge.set())
    await source.load()
    loops = [
        source.run(poll_s=3600.0),
        follow_house(rules, desk, nudge, lambda: told.append(desk.rules.version)),
    ]
    loops = [asyncio.create_task(one) for one in [*loops, publish_when_due(rules, lambda: NOW)]]
    try:
        await do(rules, save_draft, QUEUE, 0)
        await do(rules, publish_draft, 1, None)
        await until(lambda: desk.rules.version == 2 and told == [2])
    finally:
        for one in loops:
            one.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def test_a_publish_waits_for_nothing_else_that_the_directory_follows(rules):
    """As in an import of a million numbers: here it follows nothing at all."""
    desk = a_desk(rules=await publish_routing_file(DEFAULT_FILE, rules, NOW))
    following = asyncio.create_task(follow_house(rules, desk, asyncio.Event()))
    await asyncio.sleep(0)  # it listens from its first step on
    await do(rules, save_draft, QUEUE, 0)
    await do(rules, publish_draft, 1, None)
    await until(lambda: desk.rules.version == 2)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_a_scheduled_release_is_read_beside_the_loop(rules, monkeypatch):
    """Looked at, published and read by the desk: a call that comes meanwhile waits for none of it."""
    here, read_in, read = threading.get_ident(), [], parse.house_of

    def spy(*args):
        read_in.append(threading.get_ident())
        return read(*args)

    desk = a_desk(rules=await publish_routing_file(DEFAULT_FILE, rules, NOW))
    following = asyncio.create_task(follow_house(rules, desk, asyncio.Event()))
    await asyncio.sleep(0)  # it listens from its first step on
    monkeypatch.setattr(parse, "house_of", spy)
    await do(rules, save_draft, QUEUE, 0)
    release = await do(rules, publish_draft, 1, NOW + timedelta(hours=1))
    await publish_due(rules, release.at)
    await until(lambda: desk.rules.version == 2)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert len(read_in) == 3, "when it was scheduled, at its time, and by the desk"
    assert here not in read_in


async def test_a_draft_is_read_and_written_beside_the_loop(rules, monkeypatch):
    here, worked_in = threading.get_ident(), []

    def spied(work):
        def spy(*args):
            worked_in.append(threading.get_ident())
            return work(*args)

        return spy

    for name in ("read_text", "to_toml"):
        monkeypatch.setattr(rule_draft, name, spied(getattr(rule_draft, name)))
    rule = {"id": "all", "step": [{"to": "queue", "queue": "default", "seconds": 60}]}
    table = TableEdit(kind="lists", was="", name="blocked", table={"numbers": [PHONES[OLGA]]})
    await do(rules, put_rule, Spot(was="", place=0), rule, 0)
    await do(rules, put_table, table, 0)
    await do(rules, put_test, None, {"name": "somebody"}, 2)
    await do(rules, remove_table, "lists", "blocked", 2)
    assert len(worked_in) >= 10, "each reads and writes it, two of them read what was opened as well"
    assert here not in worked_in


async def test_what_the_last_calls_have_shown_is_offered(rules):
    desk, log = a_desk(kept=(kept := [])), DecisionLog(rules)
    for number, more in enumerate(
        [{"trunk": "PJSIP/new", "language": "id"}, {"did": "+74950001122", "menu": "sales"}]
    ):
        decide_route(a_call_from(PHONES[OLGA], linkedid=f"1.{number}", at=NOW, **more), desk)
    for one in kept:
        log.put(*one)
    await log.flush()
    call = a_call(dialled="+74950003344", queue="support", trunk="PJSIP/old")
    async with rules.begin() as tx:
        await keep_call(tx, call, Directory())
    async with rules.read() as tx:
        seen = await tx.rule_life.seen(10)
        newest = await tx.rule_life.seen(1)
    assert {"+74950001122", "+74950003344"} <= seen.dids
    assert seen.trunks == {"PJSIP/new", "PJSIP/old"}
    assert (seen.queues, seen.languages, seen.menu) == ({"support"}, {"id"}, {"sales"})
    assert len(newest.menu | newest.languages) == 1
