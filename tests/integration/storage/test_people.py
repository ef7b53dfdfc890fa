# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest

from crm_core.domain.audit import SYSTEM
from crm_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Device, DeviceKind, Extension, OwnNumber, Role, Team
from crm_core.domain.session import ApiToken, Session
from crm_core.usecases.create_user import create_user
from crm_core.usecases.set_password import set_password
from tests.support.builders import ANNA, NOW, a_user

HOUR = timedelta(hours=1)


async def people(store, *logins):
    users = [a_user(login) for login in logins]
    async with store.begin() as tx:
        for user in users:
            await tx.people.add_user(user, "hash")
    return users


def a_session(user, id_hash="s1", **more):
    times = {"created_at": NOW, "seen_at": NOW, "expires_at": NOW + HOUR}
    return Session(**{"id_hash": id_hash, "user_id": user.id, "csrf": "c"} | times | more)


async def test_a_user_is_created_with_a_trail_that_has_no_password(store):
    user = await create_user(
        store,
        login="anna",
        name=" Anna ",
        role=Role.ADMIN,
        password_hash="$argon2id$x",
        actor=SYSTEM,
        now=NOW,
    )
    async with store.read() as tx:
        assert await tx.people.user(user.id) == user
        (entry,) = await tx.audit.of("user", user.id)
    assert user.name == "Anna"
    assert "argon2" not in str(entry)


@pytest.mark.parametrize("login", ["", "Anna", "a b", "a" * 65, "анна", "anna\n", "-x"])
async def test_a_login_that_is_none_is_refused(store, login):
    with pytest.raises(InvalidInputError):
        await create_user(
            store, login=login, name="x", role=Role.ADMIN, password_hash="h", actor=ANNA, now=NOW
        )


async def test_a_new_password_ends_every_session(store):
    (anna,) = await people(store, "anna")
    async with store.begin() as tx:
        await tx.sessions.add(a_session(anna))
    await set_password(store, "anna", "new", ANNA, NOW)
    async with store.read() as tx:
        assert await tx.people.password_hash(anna.id) == "new"
        assert await tx.sessions.of_user(anna.id, NOW) == []
    with pytest.raises(NotFoundError):
        await set_password(store, "nobody", "new", ANNA, NOW)


async def test_teams_and_their_members(store):
    anna, boris = await people(store, "anna", "boris")
    team = Team(id=new_id(NOW), name="retail", members=frozenset({anna.id}))
    async with store.begin() as tx:
        await tx.people.add_team(team)
        await tx.people.set_members(team.id, {boris.id})
    async with store.read() as tx:
        assert await tx.people.teams() == [Team(id=team.id, name="retail", members=frozenset({boris.id}))]


async def test_an_extension_and_a_device_were_somebodys_at_a_time(store):
    anna, boris = await people(store, "anna", "boris")
    async with store.begin() as tx:
        for user, start, end in ((anna, NOW - 2 * HOUR, NOW), (boris, NOW, None)):
            dated = {
                "id": new_id(NOW),
                "user_id": user.id,
                "pbx": "main",
                "valid_from": start,
                "valid_to": end,
            }
            await tx.people.add_extension(Extension(extension="101", **dated))
            await tx.people.add_device(Device(device="PJSIP/101", kind=DeviceKind.DESK, **dated))
    async with store.read() as tx:
        for at, whose in ((NOW - HOUR, anna.id), (NOW, boris.id), (NOW - 3 * HOUR, None)):
            assert await tx.people.extension_at("main", "101", at) == whose
            assert await tx.people.device_at("main", "PJSIP/101", at) == whose
        assert await tx.people.extension_at("other", "101", NOW) is None
        assert len(await tx.people.extensions()) == len(await tx.people.devices()) == 2
        assert [e.user_id for e in await tx.people.extensions(NOW)] == [boris.id]
        (extension,), (device,) = await tx.people.extensions(NOW), await tx.people.devices(NOW)
    async with store.begin() as tx:
        await tx.people.end_extension(extension.id, NOW + HOUR)
        await tx.people.end_device(device.id, NOW + HOUR)
    async with store.read() as tx:
        assert await tx.people.extensions(NOW + HOUR) == await tx.people.devices(NOW + HOUR) == []


async def test_users_are_listed_without_those_who_left(store):
    (anna, boris) = await people(store, "anna", "boris")
    gone = a_user("boris", id=boris.id, archived_at=NOW)
    async with store.begin() as tx:
        await tx.people.save_user(gone)
    async with store.read() as tx:
        assert await tx.people.users() == [anna]
        assert await tx.people.users(archived=True) == [anna, gone]
        assert await tx.people.password_hash(boris.id) == "hash"


async def test_own_numbers(store):
    number = OwnNumber(id=new_id(NOW), e164="+74951112233", label="Main")
    async with store.begin() as tx:
        await tx.people.add_own_number(number)
        assert await tx.people.own_numbers() == [number]
        await tx.people.remove_own_number(number.id)
        assert await tx.people.own_numbers() == []


async def test_sessions_live_until_they_expire_or_are_revoked(store):
    (anna,) = await people(store, "anna")
    one, two, three = (a_session(anna, f"s{n}", seen_at=NOW + n * HOUR / 10) for n in range(3))
    async with store.begin() as tx:
        for session in (one, two, three):
            await tx.sessions.add(session)
        assert await tx.sessions.get("s0", NOW) == one
        assert await tx.sessions.get("s0", NOW + HOUR) is None
        assert await tx.sessions.get("nobody's", NOW) is None
        await tx.sessions.touch("s0", NOW + HOUR, NOW + 3 * HOUR)
        assert (await tx.sessions.get("s0", NOW + 2 * HOUR)).seen_at == NOW + HOUR
        assert [s.id_hash for s in await tx.sessions.of_user(anna.id, NOW)] == ["s0", "s2", "s1"]
        await tx.sessions.revoke("s1")
        assert await tx.sessions.get("s1", NOW) is None
        assert await tx.sessions.expire(NOW + 2 * HOUR) == 1
        await tx.sessions.add(a_session(anna, "s4"))
        assert await tx.sessions.revoke_all(anna.id, but="s4") == 1
        assert [s.id_hash for s in await tx.sessions.of_user(anna.id, NOW)] == ["s4"]


async def test_tokens(store):
    (anna,) = await people(store, "anna")
    token = ApiToken(
        id=new_id(NOW),
        token_hash="h",
        user_id=anna.id,
        label="shop",
        scopes=frozenset({"orders:write"}),
        created_at=NOW,
        expires_at=NOW + HOUR,
    )
    async with store.begin() as tx:
        await tx.sessions.add_token(token)
        assert await tx.sessions.token("h", NOW) == token
        assert await tx.sessions.token("h", NOW + HOUR) is None
        await tx.sessions.token_used(token.id, NOW)
        assert [t.last_used_at for t in await tx.sessions.tokens(anna.id)] == [NOW]
        await tx.sessions.revoke_token(token.id)
        assert await tx.sessions.token("h", NOW) is None


async def test_a_login_is_one_persons(store):
    await people(store, "anna")
    with pytest.raises(ConflictError):
        await create_user(
            store, login="anna", name="x", role=Role.ADMIN, password_hash="h", actor=ANNA, now=NOW
        )
