# SPDX-License-Identifier: Apache-2.0
"""The draft of the rules under somebody's hands: taken back from the note, put in its place, not broken by a click."""

import re

from tests.integration.web.test_routing_pages import DRAFT, QUEUE, RULE, admin, names

__all__ = ["admin"]  # the fixture
A_RULE = {"id": "vip", "was": "", "when": "caller", "w.caller.value": "known", "revision": "0"}
A_STEP = {"step": "0", "s.0.to": "queue", "s.0.queue": "default", "s.0.seconds": "60"}


async def test_what_was_saved_is_taken_back_from_its_note(admin):
    first = names(await admin.text(DRAFT))
    moved = await admin.post(f"{DRAFT}/act", {"do": "up", "rule": "1", "revision": "0"})
    address = moved.headers["Location"]
    assert address == f"{DRAFT}?said=draft-saved.1#rule-card-0"
    text = await admin.text(address)
    undo = f"{DRAFT}/states/1/undo"
    assert f'action="{undo}"' in text
    back = await admin.post(undo)
    assert back.headers["Location"] == f"{DRAFT}?said=draft-back.2"
    assert names(await admin.text(DRAFT)) == first
    assert (await admin.post(undo)).status == 409  # somebody went on from there
    for record in ("", "x", "1" * 30, "-1"):
        assert "/undo" not in await admin.text(f"{DRAFT}?said=draft-saved.{record}")


async def test_what_changed_nothing_offers_nothing_to_take_back(admin):
    assert (await admin.post(DRAFT, {"text": QUEUE, "revision": "0"})).headers["Location"].endswith(".1")
    again = await admin.post(DRAFT, {"text": QUEUE, "revision": "1"})
    assert again.headers["Location"] == f"{DRAFT}?said=saved"


async def test_a_new_rule_comes_to_the_place_that_was_chosen(admin):
    first = names(await admin.text(DRAFT))
    text = await admin.text(RULE)
    [places] = re.findall(r'<select[^>]* name="place".*?</select>', text, re.DOTALL)
    assert re.findall(r"before ([\w-]+)", places) == first
    assert f"selected>before {first[-1]}<" in places  # before the one that takes all
    assert (await admin.post(RULE, A_RULE | A_STEP | {"place": "1"})).status == 303
    assert names(await admin.text(DRAFT))[:3] == [first[0], "vip", first[1]]
    known = await admin.text(f"{RULE}?rule=vip")
    assert 'name="place" value="1"' in known
    assert f"Rule 2 of {len(first) + 1}." in known


async def test_the_rule_that_takes_all_stays_the_last(admin):
    text = await admin.text(DRAFT)
    *_, before, last = text.split('id="assign-cards"')[0].split('<li class="panel routing-card')

    def is_off(card, do):
        return (
            f'value="{do}"' in card and " disabled" in re.search(rf'<button[^>]* value="{do}"[^>]*>', card)[0]
        )

    assert all(is_off(last, do) for do in ("up", "down", "remove", "switch"))
    assert "data-end" in last
    assert is_off(before, "down")
    assert not any(is_off(before, do) for do in ("up", "remove", "switch"))


async def test_what_cannot_be_published_cannot_be_sent_off(admin):
    wrong = QUEUE + '[[test]]\nname = "night"\nat = "2026-11-20T10:00:00+03:00"\ncaller = "unknown"\n'
    wrong += 'expect = { steps = ["queue retail"] }\n'
    assert "publish-not" not in await admin.text(DRAFT)
    await admin.post(DRAFT, {"text": wrong, "revision": "0"})
    text = await admin.text(DRAFT)
    assert "It cannot be published yet" in text
    assert re.search(r'<button class="btn btn-primary" disabled aria-describedby="publish-not">', text)
