# SPDX-License-Identifier: Apache-2.0
"""Snapshot + the frames after its seq = the next snapshot, for whoever looks, however often they come and go."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.workspace import apply
from crm_core.feed import InProcessFeed
from crm_core.feed.watcher import QueuedWatcher
from tests.unit.feed.frames import PEOPLE, Publication, publications

ROLES = dict(zip(PEOPLE, ["operator", "operator", "admin"], strict=True))


def fold(state: dict[str, Any] | None, raw: list[bytes]) -> tuple[dict[str, Any] | None, int]:
    seq = 0
    for frame in map(orjson.loads, raw):
        assert frame["seq"] >= seq, "seq never steps back"
        seq = frame["seq"]
        if frame["type"] == "snapshot":
            state = frame["data"]["state"]
        elif frame["type"] != "resumed":
            assert state is not None
            state = apply(state, frame)
    return state, seq


async def fetch(watcher: QueuedWatcher) -> list[bytes]:
    return await watcher.take()


@given(st.lists(publications, max_size=40), st.lists(publications, max_size=40))
async def test_a_screen_that_stayed_and_one_that_just_came_show_the_same(
    earlier: list[Publication], later: list[Publication]
):
    feed = InProcessFeed()
    for one in earlier:
        feed.publish(*one)
    stayed = {user: feed.watch(user, role) for user, role in ROLES.items()}
    for one in later:
        feed.publish(*one)
    for user, role in ROLES.items():
        folded, _ = fold(None, await fetch(stayed[user]))
        fresh, _ = fold(None, await fetch(feed.watch(user, role)))
        assert folded == fresh


@given(
    st.lists(publications, max_size=30), st.lists(publications, max_size=30), st.sampled_from([1, 5, 8192])
)
async def test_a_screen_that_was_away_comes_back_to_the_same(
    seen: list[Publication], missed: list[Publication], backlog: int
):
    feed = InProcessFeed(backlog=backlog)
    first = {user: feed.watch(user, role) for user, role in ROLES.items()}
    for one in seen:
        feed.publish(*one)
    known = {user: fold(None, await fetch(watcher)) for user, watcher in first.items()}
    for one in missed:
        feed.publish(*one)
    for user, role in ROLES.items():
        state, seq = known[user]
        back, _ = fold(state, await fetch(feed.watch(user, role, after=seq, epoch=feed.epoch)))
        fresh, _ = fold(None, await fetch(feed.watch(user, role)))
        assert back == fresh
