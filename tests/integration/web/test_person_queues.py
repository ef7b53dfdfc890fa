# SPDX-License-Identifier: Apache-2.0
"""Queues of somebody: offered as the PBX has them, told to it where it is ours, left with the job."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from crm_core.domain.ids import new_id
from crm_core.domain.people import Extension
from crm_core.ports.pbx import LinkState
from crm_core.ports.pbx_care import PbxQueue, QueueMember
from web import keys


class Care:
    """The queues of the fake PBX, with one member of its own file in `default`."""

    def __init__(self, pbx, extension="101") -> None:
        self._pbx, self._fixed = pbx, extension

    async def examine(self):
        return []

    async def queues(self):
        found = []
        for name in ("default", "retail", "wholesale"):
            members = [_member(each) for each in sorted(self._pbx.queues.get(name, ()))]
            if name == "default" and self._fixed:
                members.append(_member(self._fixed, fixed=True))
            found.append(
                PbxQueue(pbx="main", name=name, strategy="ringall", waiting=0, members=tuple(members))
            )
        return found, []


def _member(extension, *, fixed=False):
    return QueueMember(device=f"PJSIP/{extension}", name=extension, paused=False, fixed=fixed)


@pytest.fixture
async def admin(site):
    now, anna = datetime.now(UTC), site.history.users["anna"]
    line = Extension(id=new_id(now), user_id=anna.id, pbx="main", extension="101", valid_from=now)
    async with site.store.begin() as tx:
        await tx.people.add_extension(line)
    site.app[keys.CHECK_UP].care = Care(site.pbx)
    return await site.browser("admin")


def ours(site):
    """A PBX whose phones we make; nothing is asked of them here."""

    async def remove(_extension):
        return None

    phones = SimpleNamespace(pbx="main", may_be=lambda _extension: True, remove=remove)
    site.app[keys.PHONES]["main"] = phones


def page_of(site, login="anna"):
    return f"/settings/people/{site.history.users[login].id}/queues"


def box(text, name):
    return text.split(f'name="queue-main-{name}"')[1].split(">")[0]


async def test_they_are_chosen_told_to_the_pbx_and_written_down(site, admin):
    ours(site)
    text = await admin.text(page_of(site))
    assert "checked disabled" in box(text, "default"), "stands in queues.conf"
    assert "checked" not in box(text, "retail")
    sent = {"queue-main-retail": "1", "queue-main-wholesale": "1", "queue-main-nothing": "1"}
    assert (await admin.post(page_of(site), sent)).status == 303
    assert site.pbx.queues == {"retail": {"101"}, "wholesale": {"101"}}
    assert "checked" in box(await admin.text(page_of(site)), "retail")
    assert (await admin.post(page_of(site), {"queue-main-wholesale": "1"})).status == 303
    assert site.pbx.queues == {"retail": set(), "wholesale": {"101"}}
    async with site.store.read() as tx:
        newest, first = await tx.audit.of("queues", site.history.users["anna"].id)
    assert first.before == {"queues": ["default"]} or list(first.before["queues"]) == ["default"]
    assert list(newest.after["queues"]) == ["default", "wholesale"]


async def test_where_the_pbx_is_its_own_master_they_are_only_shown(site, admin):
    text = await admin.text(page_of(site))
    assert "is the master of its queues" in text
    assert "disabled" in box(text, "retail")
    assert '<button class="btn btn-primary">' not in text.split("settings-checks")[1]
    await admin.post(page_of(site), {"queue-main-retail": "1"})
    assert site.pbx.queues == {}


async def test_a_pbx_that_cannot_be_told_says_so(site, admin):
    ours(site)
    site.pbx.state = LinkState.DISCONNECTED
    answer = await admin.post(page_of(site), {"queue-main-retail": "1"})
    assert answer.status == 409
    assert "note-bad" in await answer.text()


async def test_who_leaves_is_rung_for_no_queue_of_ours(site, admin):
    ours(site)
    await admin.post(page_of(site), {"queue-main-retail": "1"})
    anna = site.history.users["anna"]
    assert (await admin.post(f"/settings/people/{anna.id}/dismiss", {"heir": "nobody"})).status == 303
    assert site.pbx.queues["retail"] == set()
    assert (await admin.get(page_of(site))).status == 404


async def test_nobody_without_an_extension_and_no_pbx_that_answers(site, admin):
    assert "No extension" in await admin.text(page_of(site, "clara"))
    site.app[keys.CHECK_UP].care = None
    assert "No queues" in await admin.text(page_of(site))
