# SPDX-License-Identifier: Apache-2.0
"""Rules in the browser: read by supervisors, changed by admins, replayed on calls of the past."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.routing_file import DEFAULT_FILE, publish_routing_file
from crm_core.domain.ids import new_id
from crm_core.domain.routing import parse, rule_text
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.replay import Tally
from crm_core.ports.rule_life import Replay, ReplayState
from crm_core.usecases.decide_route import decide_route
from crm_core.usecases.keep_decisions import DecisionLog
from crm_core.usecases.publish_rules import publish_due
from tests.support.fake_pbx import Care
from tests.support.routing import OLGA, PHONES, a_call_from, a_desk
from tests.support.until import until
from web import keys, replays

DRAFT = "/settings/routing/draft"
QUEUE = '[[rule]]\nid = "all"\n[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 60\n'


@pytest.fixture
async def admin(site):
    """With the rules of the file in force, and teams they ring."""
    await publish_routing_file(DEFAULT_FILE, site.store, datetime.now(UTC))
    async with site.store.read() as tx:
        teams = {team.name for team in await tx.people.teams()}
    admin = await site.browser("admin")
    for name in {"retail", "wholesale"} - teams:
        await admin.post("/settings/teams", {"name": name, "version": ""})
    return admin


def names(text):
    """Of the rules on a page, in their order."""
    return re.findall(r'</b> <span class="muted small">([\w-]+)</span>', text)


async def test_rules_are_read_as_sentences_and_a_supervisor_cannot_change_them(site, admin):
    sofia = await site.browser("sofia")
    text = await sofia.text("/settings/routing")
    assert "When the assigned manager is free" in text
    assert "Version 1" in text
    assert DRAFT not in text
    assert (await sofia.post(DRAFT, {"text": QUEUE, "revision": "0"})).status == 403


async def test_a_draft_is_moved_undone_and_published(admin):
    assert "Compare with" not in await admin.text("/settings/routing/versions/1"), "there is no other"
    first = names(await admin.text(DRAFT))
    await admin.post(f"{DRAFT}/act", {"do": "up", "rule": "1", "revision": "0"})
    assert names(await admin.text(DRAFT))[:4] == [first[1], first[0], *first[2:4]]
    await admin.post(f"{DRAFT}/act", {"do": "to", "rule": "0", "to": "2", "revision": "1"})
    assert names(await admin.text(DRAFT))[:3] == [first[0], first[2], first[1]]
    await admin.post(f"{DRAFT}/act", {"do": "undo", "revision": "2"})
    await admin.post(f"{DRAFT}/act", {"do": "undo", "revision": "3"})
    text = await admin.text(DRAFT)
    assert names(text)[:4] == first[:4]
    assert "The draft says what the rules in force say." in text
    for do, revision in (("copy", 4), ("remove", 5)):
        assert (await admin.post(f"{DRAFT}/act", {"do": do, "rule": "0", "revision": revision})).status == 303
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "6"})).status == 303
    text = await admin.text("/settings/routing")
    assert "Version 2, published by Administrator" in text
    assert "by Administrator" in await admin.text("/settings/routing/versions/2")
    assert (await admin.post("/settings/routing/versions/1/publish")).status == 303
    assert "version 1 again" in await admin.text("/settings/routing")
    compared = await admin.text("/settings/routing/versions/3?with=2")
    assert "Compare with" in compared
    assert f"{first[0]}-2" in compared
    assert "diff-remove" in compared


async def test_a_wrong_draft_is_kept_and_says_which_rule_is_wrong(admin):
    wrong = QUEUE.replace("60", "-1")
    assert (await admin.post(DRAFT, {"text": wrong, "revision": "0"})).status == 303
    text = await admin.text(DRAFT)
    assert "Rule 1 cannot be used" in text
    assert "seconds = -1" in text
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "1"})).status == 422
    told = await admin.post(f"{DRAFT}/check", {"text": QUEUE})
    assert "1 rule, and it can be published" in await told.text()
    for text in ("rule = 1", "rule = [1]", "[[rule]]\nwhen = 1", "[[rule]]\nstep = [{seconds = 'x'}]", "= ="):
        told = await admin.post(f"{DRAFT}/check", {"text": text})
        assert told.status == 200
        assert "cannot be used" in await told.text()


@pytest.mark.parametrize("text", ["rule = 1", "rule = [1]", "rule = {a = 1}", "assign = true", "test = -1"])
async def test_a_draft_that_is_no_rules_has_nothing_to_move(admin, text):
    assert (await admin.post(DRAFT, {"text": text, "revision": "0"})).status == 303
    for do in ("up", "down", "to", "copy", "switch", "remove", "test-remove"):
        for table in ("rule", "assign"):
            sent = {"do": do, "rule": "0", "to": "0", "table": table, "revision": "1"}
            assert (await admin.post(f"{DRAFT}/act", sent)).status == 422, (do, table)
    assert text in await admin.text(DRAFT)


@pytest.mark.parametrize("place", ["abc", "-1", "²", "9" * 30, "7"])
async def test_a_test_is_at_no_other_place_than_there_is(admin, place):
    sent = {"was": place, "t.name": "One", "t.caller": "unknown", "t.at": "2026-11-20T10:00", "revision": "0"}
    sent |= {"t.wanted_rule": "all"}
    for do in ("save", "remove", "take"):
        assert (await admin.post(f"{DRAFT}/table/test", sent | {"do": do})).status in {200, 404, 409}, do
    assert (await admin.post(f"{DRAFT}/table/test/say", sent)).status in {200, 404}
    assert (await admin.get(f"{DRAFT}/table/test?name={place}")).status == 404


async def test_a_copy_of_a_rule_without_a_proper_name_has_one(admin):
    assert (await admin.post(DRAFT, {"text": "[[rule]]\nid = []\n", "revision": "0"})).status == 303
    assert (await admin.post(f"{DRAFT}/act", {"do": "copy", "rule": "0", "revision": "1"})).status == 303
    assert (await admin.get(DRAFT)).status == 200


async def test_the_second_of_two_admins_sees_both(admin):
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    answer = await admin.post(DRAFT, {"text": QUEUE.replace("60", "75"), "revision": "0"})
    text = await answer.text()
    assert answer.status == 409
    assert "seconds = 75" in text
    assert "-seconds = 60" in text
    assert 'name="revision" value="1"' in text
    assert (await admin.post(DRAFT, {"text": QUEUE.replace("60", "75"), "revision": "1"})).status == 303


async def test_a_wrong_time_stands_at_its_field_with_what_is_wrong(admin):
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    late = await admin.post(f"{DRAFT}/publish", {"revision": "1", "at": "2020-01-01T09:00"})
    assert late.status == 422
    text = await late.text()
    assert 'value="2020-01-01T09:00"' in text
    assert 'id="f-at-error"' in text


async def test_scheduled_and_cancelled(admin):
    at = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT09:00")
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "0", "at": "yesterday"})).status == 422
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "0", "at": "2020-01-01T09:00"})).status == 422
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "0", "at": at})).status == 303
    text = await admin.text("/settings/routing")
    assert "Other rules come into force" in text
    assert "Other rules come into force" in await admin.text(DRAFT)
    cancel = re.search(r"/settings/routing/releases/[0-9a-f-]+/cancel", text)[0]
    assert (await admin.post(cancel)).status == 303
    assert "Other rules come into force" not in await admin.text("/settings/routing")


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59", "2027-02-30T09:00", "9:00", "\0"])
async def test_a_time_that_cannot_be_is_refused(admin, at):
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "0", "at": at})).status == 422


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2027-03-26T09:00", "2027-03-26T08:00"),
        ("2027-03-29T09:00", "2027-03-29T07:00"),  # clocks go forward on the Sunday between
        ("2027-03-28T02:30", "2027-03-28T01:30"),  # there is no such time: the moment it would have been
        ("2027-10-31T02:30", "2027-10-31T00:30"),  # there are two: the first
    ],
)
async def test_the_time_is_that_of_the_clock_on_the_wall_of_that_day(site, admin, local, utc):
    async with site.store.begin() as tx:
        user = await tx.people.user_by_login("admin")
        await tx.people.save_user(replace(user, zone="Europe/Berlin"))
    site.app._state[keys.CLOCK] = lambda: datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "0", "at": local})).status == 303
    async with site.store.read() as tx:
        release = await tx.rule_life.next_scheduled()
    assert release.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


async def test_a_replay_says_what_would_have_gone_elsewhere_and_the_log_why(site, admin):
    desk = a_desk(kept=(kept := []))
    for number, caller in enumerate([PHONES[OLGA], PHONES[OLGA], "+74950000000"]):
        decide_route(a_call_from(caller, linkedid=f"1.{number}", at=datetime.now(UTC)), desk)
    managers = "/settings/routing/log?rule=manager"
    before = (await admin.text(managers)).count("<summary>")
    log = DecisionLog(site.store)
    for one in kept:
        log.put(*one)
    await log.flush()
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    begun = await admin.post("/settings/routing/replays", {"days": "1"})
    address = begun.headers["Location"]

    async def done():
        text = await admin.text(address)
        return text if "With the draft" in text else None

    text = await until(done)
    assert "the queue default" in text
    assert "the assigned manager" in text
    calls = await admin.text(re.search(rf"{address}/\d+", text)[0])
    one = await admin.text(re.search(rf"{address}/calls/[\w-]+", calls)[0])
    assert "Rule manager" in one
    assert "Rule all" in one  # with the draft, beside it
    assert (await admin.get(f"{address}/calls/{new_id(datetime.now(UTC))}")).status == 404
    assert "By the hour of the day" in text
    assert "1 → 0" in text
    apart = await admin.text(f"{address}/other_people")
    assert "Somebody else would have been rung first" in apart
    assert re.search(r"manager\s*→ all", apart)
    assert (await admin.get(f"{address}/moon")).status == 404
    assert f"{address}/unsure" not in text  # there is none
    assert (await admin.text(managers)).count(
        "<summary>"
    ) == before + 1  # at the second, the manager is rung already
    assert "No call fits these filters" in await admin.text("/settings/routing/log?fallback=1&rule=none")


@pytest.mark.parametrize(("others", "folded"), [(3, False), (8, True)])
async def test_the_log_says_why_each_rule_was_passed_over_and_folds_many(site, admin, others, folded):
    step = [{"to": "queue", "queue": "default", "seconds": 60}]
    rules = [{"id": f"r{n}", "when": {"did": f"+7495000000{n}"}, "step": step} for n in range(others)]
    body = {"rule": [*rules, {"id": "rest", "step": step}]}
    now = datetime.now(UTC)
    async with site.store.begin() as tx:
        version = await tx.routing.publish(body, source="test", digest=str(others), now=now)
    rules = parse_rules(body, currency="RUB", region="RU", version=version)
    decide_route(a_call_from("+74950000000", at=now), a_desk(kept=(kept := []), rules=rules))
    log = DecisionLog(site.store)
    log.put(*kept[0])
    await log.flush()
    assert f"/settings/routing/log/{kept[0][0]}" in await admin.text("/settings/routing/log?rule=rest")
    text = await admin.text(f"/settings/routing/log/{kept[0][0]}")
    assert all(f"Rule “r{n}” does not fit: They called" in text for n in range(others))
    assert (f"Rules that do not fit: {others}" in text) is folded


def a_replay(**fields):
    now = datetime.now(UTC)
    usual = {"id": new_id(now), "state": ReplayState.WAITING, "actor": "Admin", "made_at": now, "days": 1}
    return Replay(**(usual | {"text": QUEUE} | fields))


@pytest.fixture
def nobody_at_work(monkeypatch):
    """Replays stay as they are; asked for before `site`."""

    async def look(_app):
        return False

    monkeypatch.setattr(replays, "_look", look)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Waiting for its turn"),
        ({"state": ReplayState.RUNNING}, "Counting the calls"),
        ({"state": ReplayState.RUNNING, "total": 5000}, "Looking at 0 of 5,000 calls"),
    ],
)
async def test_a_replay_says_no_number_before_it_has_counted(nobody_at_work, site, admin, fields, said):
    async with site.store.begin() as tx:
        await tx.rule_life.save_replay(one := a_replay(**fields))
    text = await admin.text(f"/settings/routing/replays/{one.id}")
    assert said in text
    assert "0 of 0" not in text


async def test_a_replay_of_no_calls_says_so(nobody_at_work, site, admin):
    async with site.store.begin() as tx:
        await tx.rule_life.save_replay(one := a_replay(state=ReplayState.DONE, result=Tally().to_json()))
    text = await admin.text(f"/settings/routing/replays/{one.id}")
    assert "No call asked where to go in these days" in text
    assert "By the last rule" not in text


async def test_a_replay_counts_first_and_begins_anew_after_a_stop(store, monkeypatch):
    desk = a_desk(kept=(kept := []))
    decide_route(a_call_from(PHONES[OLGA], linkedid="3.1", at=datetime.now(UTC)), desk)
    log = DecisionLog(store)
    log.put(*kept[0])
    await log.flush()
    told, save = [], replays._save

    async def saved(there, job):
        told.append((job.state.value, job.done, job.total))
        await save(there, job)

    monkeypatch.setattr(replays, "_save", saved)
    stopped = a_replay(state=ReplayState.RUNNING, done=7, total=9)
    await replays.run_replay(store, stopped, lambda: datetime.now(UTC))
    assert told == [("running", 0, 0), ("running", 0, 1), ("running", 1, 1)]


async def test_the_calls_of_a_replay_are_looked_through_page_by_page(site, admin):
    desk = a_desk(kept=(kept := []))
    for number in range(60):
        at = datetime.now(UTC) - timedelta(minutes=number + 1)
        decide_route(a_call_from("+74950000000", linkedid=f"2.{number}", at=at), desk)
    log = DecisionLog(site.store)
    for one in kept:
        log.put(*one)
    await log.flush()
    await admin.post(DRAFT, {"text": QUEUE.replace("default", "other"), "revision": "0"})
    address = (await admin.post("/settings/routing/replays", {"days": "1"})).headers["Location"]

    async def cell():
        text = await admin.text(address)
        found = re.search(rf"{address}/\d+", text[text.find("the queue other") :])
        return found[0] if found and "the queue other" in text else None

    place = await until(cell)
    first, second = await admin.text(place), await admin.text(f"{place}?from=50")
    assert "Shown here: 1 to 50." in first
    assert "?from=50" in first
    assert (first + second).count("<summary>") >= 60
    assert "?from=0" in second
    assert "Shown here: 1 to 50." in await admin.text(f"{place}?from=moon")


LAST = '{ to = "queue", queue = "default", seconds = 60 }'
UNSURE = [
    (
        'when = { caller = "known" }',
        '{ to = "team", team = "wholesale", seconds = 9 }',
        "who of the team wholesale",
    ),
    (
        'when = { open = "did" }',
        '{ to = "queue", queue = "other", seconds = 60 }',
        "working time of the number they called",
    ),
    (
        'when = { closed = "house:shop" }',
        '{ to = "queue", queue = "other", seconds = 60 }',
        "working time by shop",
    ),
    (
        'when = { caller = "known" }',
        '{ to = "skill", skill = "english", seconds = 9 }',
        "whether Anna Smirnova was free",
    ),
]


@pytest.mark.parametrize(("when", "step", "why"), UNSURE)
async def test_calls_that_a_replay_is_not_sure_of_are_listed_with_the_reason(site, admin, when, step, why):
    desk = a_desk(kept=(kept := []))
    at = datetime.now(UTC) - timedelta(minutes=1)
    decide_route(a_call_from(PHONES[OLGA], linkedid="4.1", at=at), desk)
    log = DecisionLog(site.store)
    log.put(*kept[0])
    await log.flush()
    body = f'[[rule]]\nid = "new"\n{when}\nstep = [{step}, {LAST}]\n[skills.english]\nanna = 9\n'
    job = a_replay(text=body + QUEUE)
    async with site.store.begin() as tx:
        await tx.rule_life.save_replay(job)
    site.app[keys.REPLAYS].set()
    address = f"/settings/routing/replays/{job.id}"

    async def listed():
        return f'href="{address}/unsure"' in await admin.text(address)

    await until(listed)
    text = await admin.text(f"{address}/unsure")
    assert "Not sure" in text
    assert "Nobody looked then " in text
    assert why in text
    [call] = re.findall(rf"{address}/calls/[\w-]+", text)
    known = "What comes next" if "known" in when else "Which rule would have decided"
    assert f"{known} is not known. Nobody looked then" in await admin.text(call)


RULE = f"{DRAFT}/rule"
FORM = {
    "was": "",
    "place": "0",
    "id": "vip",
    "when": ["caller", "turnover"],
    "w.caller.value": ["contact", "company"],
    "w.turnover.window": "30d",
    "w.turnover.at_least": "200 000",
    "step": ["0", "1"],
    "s.0.to": "team",
    "s.0.team": "wholesale",
    "s.0.seconds": "20",
    "s.1.to": "queue",
    "s.1.queue": "default",
    "s.1.seconds": "60",
}


async def test_a_rule_is_made_in_the_form_and_said_in_a_sentence(admin):
    text = await admin.text(RULE)
    assert "New rule" in text
    added = await admin.post(RULE, {**FORM, "revision": "0", "do": "when-add", "new_when": "missed_today"})
    text = await added.text()
    assert added.status == 200
    assert 'value="200 000"' in text
    hours = [("when-add", "open", "It is working time"), ("when-add", "closed", "It is not working time")]
    for do, name, label in hours:
        shown = await admin.post(RULE, {**FORM, "revision": "0", "do": do, "new_when": name})
        assert f'for="w.{name}.value">{label}</label>' in await shown.text()
    assert 'name="w.missed_today.value"' in text
    said = await admin.post(f"{RULE}/say", {**FORM, "revision": "0"})
    assert "turnover (30 days) is ₽200,000 or more" in await said.text()
    wrong = {**FORM, "revision": "0", "s.0.seconds": "", "s.1.seconds": "0", "id": "A/B"}
    text = await (await admin.post(f"{RULE}/say", wrong)).text()
    assert "Still to fill in: Ring a team, Ring for" in text
    assert "Wait for: a whole number from 1 to 3600 is wanted, not 0" in text
    assert "Name: " in text
    saved = await admin.post(RULE, {**FORM, "revision": "0"})
    assert saved.headers["Location"] == f"{DRAFT}?said=draft-saved.1#rule-vip"
    text = await admin.text(DRAFT)
    assert names(text)[0] == "vip"
    assert "the team wholesale" in text
    text = await admin.text(f"{RULE}?rule=vip")
    assert 'value="200000"' in text


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(admin):
    answer = await admin.post(
        RULE, {**FORM, "revision": "0", "s.0.seconds": "soon", "w.turnover.at_least": "x1"}
    )
    text = await answer.text()
    assert answer.status == 422
    assert 'value="soon"' in text
    assert 'id="s.0.seconds-error"' in text
    assert "a whole number is needed" in text
    assert 'value="x1"' in text
    assert names(await admin.text(DRAFT))[0] != "vip"


async def test_a_rule_is_checked_beside_the_loop_while_one_types(admin, monkeypatch):
    here, read_in, read = threading.get_ident(), [], parse.parse_tests
    loads = rule_text.tomllib.loads
    monkeypatch.setattr(
        rule_text.tomllib, "loads", lambda text: read_in.append(threading.get_ident()) or loads(text)
    )
    monkeypatch.setattr(
        parse, "parse_tests", lambda *args: read_in.append(threading.get_ident()) or read(*args)
    )
    said = await admin.post(f"{RULE}/say", {**FORM, "revision": "0", "s.0.team": "nobody-knows"})
    assert "There is no team “nobody-knows”" in await said.text()
    await admin.text(DRAFT)
    assert len(read_in) > 3, "TOML and rules, of the form and of the draft"
    assert here not in read_in


async def test_a_colleague_who_changed_another_rule_loses_nothing(admin):
    await admin.post(RULE, {**FORM, "revision": "0"})
    changed = FORM | {"id": "second", "was": ""}
    assert (await admin.post(RULE, {**changed, "revision": "0"})).status == 303
    assert set(names(await admin.text(DRAFT))[:2]) == {"vip", "second"}


async def test_two_who_changed_the_same_rule_see_both(admin):
    await admin.post(RULE, {**FORM, "revision": "0"})
    mine, theirs = ({**FORM, "was": "vip", "revision": "1", "s.0.seconds": one} for one in ("25", "35"))
    assert (await admin.post(RULE, theirs)).status == 303
    refused = await admin.post(RULE, mine)
    text = await refused.text()
    assert refused.status == 409
    assert "35 seconds" in text
    assert 'value="25"' in text
    assert 'name="revision" value="2"' in text
    assert (await admin.post(RULE, {**mine, "revision": "2"})).status == 303
    assert "25 seconds" in await admin.text(DRAFT)


async def test_findings_stand_at_their_rules_and_a_rule_is_switched_off(admin):
    await admin.post(RULE, {**FORM, "revision": "0", "s.0.team": "nobody-knows"})
    text = await admin.text(DRAFT)
    card = text[text.index('id="rule-card-0"') : text.index('id="rule-card-1"')]
    assert "There is no team “nobody-knows”" in card
    answer = await admin.post(f"{DRAFT}/publish", {"revision": "1"})
    assert answer.status == 422
    switched = await admin.post(f"{DRAFT}/act", {"do": "switch", "rule": "0", "revision": "1"})
    assert switched.headers["Location"].endswith("#rule-card-0")
    text = await admin.text(DRAFT)
    assert "There is no team" not in text
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "2"})).status == 303


async def test_a_rule_only_text_can_show_is_not_put_into_the_form(admin):
    await admin.post(
        DRAFT, {"text": QUEUE.replace("[[rule.step]]", 'moon = "full"\n[[rule.step]]'), "revision": "0"}
    )
    answer = await admin.get(f"{RULE}?rule=all")
    assert answer.status == 303
    assert answer.headers["Location"] == f"{DRAFT}?said=rule-as-text#text-form"
    await admin.post(DRAFT, {"text": "= =", "revision": "1"})
    assert (await admin.get(RULE)).status == 303
    kept = await admin.post(RULE, {**FORM, "revision": "1"})
    assert kept.status == 409
    assert 'value="vip"' in await kept.text()


async def test_errors_of_rules_are_said_in_the_readers_language(admin):
    await admin.post("/preferences", {"locale": "ru"})
    told = await admin.post(f"{DRAFT}/check", {"text": QUEUE.replace("60", "-1")})
    assert "шаг 1, seconds: " in (text := await told.text())
    assert "is wanted" not in text
    no_end = QUEUE.replace('"queue"\nqueue = "default"', '"assigned_manager"')
    told = await admin.post(f"{DRAFT}/check", {"text": no_end})
    assert "шаг 1: последним шагом" in await told.text()


async def test_a_call_of_the_log_becomes_a_test_of_the_draft(site, admin):
    desk = a_desk(kept=(kept := []))
    decide_route(a_call_from(PHONES[OLGA], linkedid="7.1", at=datetime.now(UTC)), desk)
    log = DecisionLog(site.store)
    log.put(*kept[0])
    await log.flush()
    text = await admin.text("/settings/routing/log?rule=manager")
    call = re.search(r'name="call" value="([0-9a-f-]+)"', text)[1]
    assert (await admin.post(f"{DRAFT}/tests", {"call": call})).headers["Location"].endswith("#tests")
    text = await admin.text(DRAFT)
    assert "passes" in text
    assert "expected: manager" in text
    await admin.post(f"{DRAFT}/tests", {"call": call})
    assert (await admin.text(DRAFT)).count("expected: manager") == 1
    await admin.post(f"{DRAFT}/act", {"do": "test-remove", "rule": "0", "revision": "1"})
    assert "The draft has no tests yet" in await admin.text(DRAFT)


async def test_who_becomes_the_manager_is_edited_by_the_same_form(admin):
    asked = {"table": "assign", "was": "", "place": "0", "id": "new-ones", "step": "0", "s.0.to": "team"}
    asked |= {"s.0.how": "round_robin", "when": "source", "w.source.value": "import"}
    text = await admin.text(f"{RULE}?table=assign")
    assert "Then their manager becomes" in text
    assert "Switched off: it is passed by" in text
    refused = await admin.post(RULE, {**asked, "revision": "0"})
    assert refused.status == 422
    assert "this is needed" in await refused.text()
    told = await admin.post(f"{RULE}/say", {**asked, "revision": "0", "s.0.team": "nobody-knows"})
    text = await told.text()
    assert "of the team nobody-knows, one after another" in text
    assert "There is no team" in text
    saved = await admin.post(RULE, {**asked, "revision": "0", "s.0.team": "retail"})
    assert saved.headers["Location"] == f"{DRAFT}?said=draft-saved.1#assign-new-ones"
    person = {"id": "new-ones", "table": "assign", "was": "new-ones", "place": "0", "revision": "1"}
    await admin.post(RULE, {**person, "id": "sofia", "step": "0", "s.0.to": "person", "s.0.login": "sofia"})
    text = await admin.text(DRAFT)
    assert "the person with the login sofia" in text
    assert "stays without a manager" not in text  # the last rule takes everybody
    other = await admin.post(RULE, {**person, "step": "0", "s.0.to": "nobody", "revision": "1"})
    assert other.status == 409
    copied = await admin.post(f"{DRAFT}/act", {"do": "copy", "table": "assign", "rule": "0", "revision": "2"})
    assert copied.headers["Location"].endswith("#assign-card-0")
    assert names(await admin.text(DRAFT))[-2:] == ["sofia-2", "sofia"]
    assert (await admin.post(f"{DRAFT}/act", {"do": "undo", "revision": "3"})).status == 303
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "4"})).status == 303
    assert "the person with the login sofia" in await admin.text("/settings/routing")


ASSIGNS = """
[[assign]]
id = "first"
when = { source = "hand" }
to = "person"
login = "sofia"
[[assign]]
id = "gone"
to = "team"
team = "nobody-knows"
"""


async def test_a_rule_of_managers_is_switched_off_and_on_as_a_rule_of_calls_is(admin):
    switch = {"do": "switch", "table": "assign"}
    await admin.post(DRAFT, {"text": QUEUE + ASSIGNS, "revision": "0"})
    await admin.post(f"{DRAFT}/act", {**switch, "rule": "0", "revision": "1"})
    refused = await admin.post(f"{DRAFT}/publish", {"revision": "2"})  # what is wrong is in the one behind it
    assert (refused.status, "There is no team “nobody-knows”" in await refused.text()) == (422, True)
    switched = await admin.post(f"{DRAFT}/act", {**switch, "rule": "1", "revision": "2"})
    assert switched.headers["Location"].endswith("#assign-card-1")
    text = await admin.text(DRAFT)
    assert "There is no team" not in text
    cards, after = text.split('id="assign-cards"')[1].split("stays without a manager")
    assert cards.count(">off<") == 2
    assert after.count(">off<") == 2  # what would be published
    form = await admin.text(f"{RULE}?table=assign&rule=gone")
    assert re.search(r'name="off"[^>]* checked', form)
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "3"})).status == 303
    assert (await admin.text("/settings/routing")).count(">off<") == 2
    dealing_out = await admin.text("/settings/sharing/new?list=contacts&query=")
    assert 'value="rules" disabled' in dealing_out
    await admin.post(f"{DRAFT}/act", {**switch, "rule": "0", "revision": "3"})
    assert "Switch first off" in await admin.text(DRAFT)
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "4"})).status == 303
    assert 'value="rules" disabled' not in await admin.text("/settings/sharing/new?list=contacts&query=")
    compared = await admin.text("/settings/routing/versions/3?with=2")
    before, after = compared.split(">Before<")[1].split(">After<")
    assert ">off<" in before
    assert ">off<" not in after.split("</section>")[0]


TABLE = f"{DRAFT}/table"
HOURS = {
    "id": "office",
    "t.zone": "Europe/Moscow",
    "t.mon": "9:00-18:00",
    "special": "01-01\n2026-12-31 9:00-14:00",
}


async def test_opening_hours_are_made_named_by_a_rule_renamed_and_not_removed_while_named(admin):
    made = await admin.post(f"{TABLE}/hours", {**HOURS, "revision": "0"})
    assert made.headers["Location"] == f"{DRAFT}?said=draft-saved.1#hours-office"
    text = await admin.text(DRAFT)
    assert "Monday: 09:00-18:00" in text
    assert "no rule uses it" in text
    rule = FORM | {"when": ["open"], "w.open.value": "office", "revision": "1"}
    assert (await admin.post(RULE, rule)).status == 303
    text = await admin.text(f"{TABLE}/hours?name=office")
    assert "Used by: vip" in text
    assert "2026-12-31 09:00-14:00" in text
    refused = await admin.post(f"{TABLE}/hours", {**HOURS, "was": "office", "revision": "2", "do": "remove"})
    assert refused.status == 409
    assert "rules name it" in await refused.text()
    renamed = HOURS | {"id": "shop", "was": "office", "revision": "2"}
    assert (await admin.post(f"{TABLE}/hours", renamed)).status == 303
    text = await admin.text(DRAFT)
    assert "within the opening hours shop" in text
    assert "used by vip" in text


async def test_lists_and_skills_have_forms_whose_errors_stand_beside_their_fields(admin):
    wrong = {"id": "vip", "t.numbers": "8 (916) 000-00-01\nmany", "t.beginnings": "1900", "revision": "0"}
    answer = await admin.post(f"{TABLE}/lists", wrong)
    text = await answer.text()
    assert answer.status == 422
    assert 'id="t.numbers-error"' in text
    assert 'id="t.beginnings-error"' in text
    assert "8 (916) 000-00-01\nmany" in text
    right = wrong | {"t.numbers": "8 (916) 000-00-01", "t.beginnings": "+1900"}
    assert (await admin.post(f"{TABLE}/lists", right)).status == 303
    added = await admin.post(f"{TABLE}/skills", {"id": "english", "revision": "1", "do": "row-add people"})
    text = await added.text()
    assert 'name="t.people.0.login"' in text
    assert ">Anna" in text
    skill = {"id": "english", "t.people": "0", "t.people.0.login": "anna", "t.people.0.level": "7"}
    assert (await admin.post(f"{TABLE}/skills", {**skill, "revision": "1"})).status == 303
    text = await admin.text(DRAFT)
    assert "Telephone numbers: 1" in text
    assert "anna 7" in text
    gone = {**skill, "was": "english", "revision": "2", "do": "remove"}
    assert (await admin.post(f"{TABLE}/skills", gone)).status == 303
    assert "anna 7" not in await admin.text(DRAFT)
    assert (await admin.get(f"{TABLE}/skills?name=english")).status == 404
    assert (await admin.get(f"{TABLE}/moons")).status == 404


TEST = {
    "t.name": "Friday evening",
    "t.at": "2026-11-27T19:05",
    "t.caller": "contact",
    "t.manager": "Anna",
    "t.tasks": "overdue",
    "t.deals": "0",
    "t.deals.0.stage": "offer",
    "t.deals.0.amount": "120000",
    "t.people": "0",
    "t.people.0.name": "Anna",
    "t.people.0.state": "on_call",
    "t.teams": "0",
    "t.teams.0.team": "retail",
    "t.teams.0.members.more": "Boris, Clara",
    "t.wanted_rule": "retail",
}


async def test_a_test_is_made_in_the_form_tells_what_comes_and_goes_red_with_the_rules(admin):
    said = await admin.post(f"{TABLE}/test/say", {**TEST, "revision": "0"})
    assert "passes" in (text := await said.text())
    assert "retail → Boris + Clara → queue default" in text
    wrong = await admin.post(f"{TABLE}/test/say", {**TEST, "t.name": "", "revision": "0"})
    assert "Still to fill in: What is tested" in await wrong.text()
    taken = await admin.post(f"{TABLE}/test", {**TEST, "revision": "0", "do": "take"})
    assert "Boris + Clara\nqueue default" in await taken.text()
    made = await admin.post(f"{TABLE}/test", {**TEST, "t.wanted_steps": "Boris + Clara", "revision": "0"})
    assert made.headers["Location"] == f"{DRAFT}?said=draft-saved.1#test-0"
    assert "passes" in await admin.text(DRAFT)
    text = await admin.text(f"{TABLE}/test?name=0")
    assert 'value="2026-11-27T19:05"' in text
    assert 'value="Boris, Clara"' in text
    assert 'value="overdue" checked' in text
    assert 'value="offer" selected' in text
    await admin.post(RULE, {**FORM, "when": ["caller"], "revision": "1"})
    text = await admin.text(DRAFT)
    assert "result: vip" in text
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "2"})).status == 422
    mended = TEST | {"was": "0", "t.wanted_rule": "vip", "revision": "2"}
    assert (await admin.post(f"{TABLE}/test", mended)).status == 303
    assert "result: " not in await admin.text(DRAFT)


async def test_two_who_changed_the_same_hours_see_both_and_others_are_kept(admin):
    await admin.post(f"{TABLE}/hours", {**HOURS, "revision": "0"})
    theirs = HOURS | {"was": "office", "t.mon": "10:00-19:00", "revision": "1"}
    mine = theirs | {"t.mon": "11:00-20:00"}
    assert (await admin.post(f"{TABLE}/hours", theirs)).status == 303
    refused = await admin.post(f"{TABLE}/hours", mine)
    text = await refused.text()
    assert refused.status == 409
    assert "Monday: 10:00-19:00" in text
    assert 'value="11:00-20:00"' in text
    assert (await admin.post(f"{TABLE}/lists", {"id": "vip", "revision": "1"})).status == 303
    assert (await admin.post(f"{TABLE}/hours", {**mine, "revision": "3"})).status == 303
    again = await admin.post(f"{TABLE}/hours", {**HOURS, "was": "", "revision": "0"})
    assert again.status == 422
    text = await admin.text(DRAFT)
    assert "Monday: 11:00-20:00" in text
    assert "vip" in text


async def test_two_who_changed_the_same_test_see_both_and_another_one_before_it_may_go(admin):
    for name in ("first", "second"):
        revision = "0" if name == "first" else "1"
        await admin.post(f"{TABLE}/test", {**TEST, "t.name": name, "revision": revision})
    opened = TEST | {"t.name": "second", "was": "1", "revision": "2"}
    await admin.post(f"{DRAFT}/act", {"do": "test-remove", "rule": "0", "revision": "2"})
    theirs = opened | {"t.manager": "Boris"}
    assert (await admin.post(f"{TABLE}/test", theirs)).status == 303
    refused = await admin.post(f"{TABLE}/test", opened)
    text = await refused.text()
    assert refused.status == 409
    assert 'name="was" value="0"' in text
    assert (await admin.post(f"{TABLE}/test", {**opened, "was": "0", "revision": "4"})).status == 303
    assert (await admin.text(DRAFT)).count('id="test-') == 1


async def test_a_table_only_text_can_show_and_a_test_of_rules_that_cannot_be_read(admin):
    await admin.post(
        DRAFT, {"text": QUEUE + '[hours.odd]\nzone = "Europe/Moscow"\nmoon = 1\n', "revision": "0"}
    )
    answer = await admin.get(f"{TABLE}/hours?name=odd")
    assert answer.headers["Location"] == f"{DRAFT}?said=table-as-text#text-form"
    text = await admin.text(DRAFT)
    assert 'class="panel has-error" id="hours-odd"' in text
    test = '[[test]]\nname = "x"\nat = 2026\ncaller = "contact"\nexpect = { rule = "all" }\n'
    await admin.post(DRAFT, {"text": QUEUE + test, "revision": "1"})
    text = await admin.text(DRAFT)
    assert "not run" in text
    assert 'class="panel has-error" id="test-0"' in text
    await admin.post(DRAFT, {"text": "= =", "revision": "2"})
    assert (await admin.get(f"{TABLE}/hours")).status == 303
    assert (await admin.post(f"{TABLE}/hours", {**HOURS, "revision": "2"})).status == 409


async def test_why_a_scheduled_release_was_refused_is_said_in_the_readers_language(site, admin):
    team = '[[rule.step]]\nto = "team"\nteam = "wholesale"\nseconds = 20\n'
    await admin.post(DRAFT, {"text": QUEUE.replace("[[rule.step]]", f"{team}[[rule.step]]"), "revision": "0"})
    now = datetime.now(UTC)
    at = (now + timedelta(days=3)).strftime("%Y-%m-%dT09:00")
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "1", "at": at})).status == 303
    async with site.store.begin() as tx:
        team = next(one for one in await tx.people.teams() if one.name == "wholesale")
        await tx.people.remove_team(team.id)
    await publish_due(site.store, now + timedelta(days=5))
    assert "There is no team “wholesale”" in await admin.text("/settings/routing")
    await admin.post("/preferences", {"locale": "ru"})
    text = await admin.text("/settings/routing")
    assert "wholesale" in text
    assert "There is no team" not in text


async def test_a_queue_that_no_pbx_has_is_found_and_not_published(site, admin):
    visit = site.app[keys.CHECK_UP]
    visit.care = care = Care("sales")
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    assert "There is no queue “default”" in await admin.text(DRAFT)
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "1"})).status == 422
    assert care.asked == 1, "for a while that answer is good enough"
    visit.care, visit.fresh_until = Care("sales", silent=["main"]), 0.0
    assert "There is no queue" not in await admin.text(DRAFT)
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "1"})).status == 303


async def test_a_currency_that_does_not_exist_is_said_at_its_field_and_not_published(admin):
    deal = {"when": "deal", "w.deal.at_least": "5", "w.deal.currency": "XYZ"}
    answer = await admin.post(RULE, {**FORM, **deal, "revision": "0"})
    assert answer.status == 422
    assert 'id="w.deal.currency-error"' in await answer.text()
    rule = '[[rule]]\nid = "dear"\nwhen = { deal = { at_least = 5, currency = "XYZ" } }\n[[rule.step]]\n'
    step = 'to = "queue"\nqueue = "default"\nseconds = 9\n\n'
    await admin.post(DRAFT, {"text": rule + step + QUEUE, "revision": "0"})
    said = "There is no currency XYZ, so it holds for nobody"
    assert said in await admin.text(DRAFT)
    refused = await admin.post(f"{DRAFT}/publish", {"revision": "1"})
    assert refused.status == 422
    assert said in await refused.text()


async def test_a_version_whose_queue_is_gone_is_not_brought_back(site, admin):
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "1"})).status == 303
    async with site.store.read() as tx:
        version = (await tx.routing.in_force()).version
    visit = site.app[keys.CHECK_UP]
    visit.care, visit.fresh_until = Care("sales"), 0.0
    back = f"/settings/routing/versions/{version}/publish"
    assert (await admin.post(back, {})).status == 422
    visit.care, visit.fresh_until = Care("default"), 0.0
    assert (await admin.post(back, {})).status == 303


async def test_rules_in_force_that_name_what_is_gone_say_so_to_whoever_looks(site, admin):
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "1"})).status == 303
    sofia = await site.browser("sofia")
    assert "There is no queue" not in await sofia.text("/settings/routing")
    visit = site.app[keys.CHECK_UP]
    visit.care, visit.fresh_until = Care("sales"), 0.0
    assert "all, step 1: There is no queue “default”" in await sofia.text("/settings/routing")


async def test_the_log_is_narrowed_to_days_and_says_when_nothing_fits(site, admin):
    desk, log = a_desk(kept=(kept := [])), DecisionLog(site.store)
    for day in (1, 2, 3):
        at = datetime(2019, 3, day, 20, 59, tzinfo=UTC)  # in Moscow 23:59
        decide_route(a_call_from(PHONES[OLGA], linkedid=f"3.{day}", at=at), desk)
    for one in kept:
        log.put(*one)
    await log.flush()

    async def found(query):
        text = await admin.text(f"/settings/routing/log?{query}")
        return text.count('<details hx-get="/settings/routing/log/')

    assert await found("from=2019-03-01&to=2019-03-03") == 3
    assert await found("from=2019-03-02&to=2019-03-02") == 1
    assert await found("from=2019-03-04&to=2019-03-05") == 0
    assert await found("to=2019-03-01") == 1
    assert "manager → The assigned manager: Anna" in await admin.text("/settings/routing/log?to=2019-03-01")
    assert await found("from=yesterday&to=9999-12-31") >= 3
    text = await admin.text("/settings/routing/log?from=2019-03-04&to=2019-03-05&rule=older")
    assert "No call fits these filters" in text
    assert "Nothing was decided yet" not in text
    assert '<option value="older" selected>older</option>' in text  # a rule of an older version


async def test_who_changed_what_in_the_draft_is_read_and_an_older_state_comes_back(site, admin):
    history = "/settings/routing/history"
    assert "Nobody has changed the draft yet" in await admin.text(history)
    second = names(await admin.text(DRAFT))[1]
    await admin.post(f"{DRAFT}/act", {"do": "switch", "rule": "1", "revision": "0"})
    await admin.post(DRAFT, {"text": QUEUE, "revision": "1"})
    await admin.post(f"{DRAFT}/act", {"do": "undo", "revision": "2"})
    text = await admin.text(history)
    await admin.post(f"{DRAFT}/act", {"do": "up", "rule": "1", "revision": "3"})
    await admin.post(f"{DRAFT}/act", {"do": "undo", "revision": "4"})
    assert (await admin.text(history)).count("the order of the rules") == 2
    newest, middle, oldest = text.split(f'<details hx-get="{history}')[1:]
    assert "Administrator</b>" in newest
    assert "taken back" in newest
    assert "taken back" not in middle
    assert f'breakable">{second}<' in oldest
    told = await admin.text(f"{history}/2")
    assert second in told
    assert "removed" in told
    sent = {"do": "state", "to": "2", "revision": "5"}
    assert (await admin.post(f"{DRAFT}/act", sent)).status == 303
    assert names(await admin.text(DRAFT))[0] == "all"
    assert (await admin.post(f"{DRAFT}/act", sent)).status == 409, "somebody changed it meanwhile"
    assert "Make the draft this state again" not in await admin.text(f"{history}/6")
    for gone in ("99", "999999999999", "x", "0"):
        assert (await admin.get(f"{history}/{gone}")).status == 404
        assert (await admin.post(f"{DRAFT}/act", sent | {"to": gone, "revision": "6"})).status in {404, 422}
    assert (await (await site.browser("sofia")).get(history)).status == 403


async def test_the_first_change_stands_beside_the_rules_that_were_in_force_then(admin):
    await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})
    assert (await admin.post(f"{DRAFT}/publish", {"revision": "1"})).status == 303
    told = await admin.text("/settings/routing/history/1")
    assert "removed" in told
    assert "It says what the one before says" not in told
