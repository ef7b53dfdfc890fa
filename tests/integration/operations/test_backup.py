# SPDX-License-Identifier: Apache-2.0
"""A backup is rehearsed: taken beside a writer, restored elsewhere, started, and shows the same; damage is refused."""

import asyncio
import resource
import subprocess
import sys
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import text

from config.asterisk.ports import free_port
from config.backup.manifest import DamagedBackupError, archives
from config.backup.prune import prune
from config.backup.restore import RestoreError, check_backup, restore_backup
from config.backup.take import Wanted, take_backup
from config.wiring import running
from crm_core.domain.call import Direction, Disposition
from crm_core.domain.directory import Directory
from crm_core.domain.errors import CrmError
from crm_core.storage import postgresql_client
from crm_core.storage.open_store import open_store
from crm_core.storage.postgresql_client import NoClientError, program
from crm_core.usecases.keep_call import keep_call
from tests.integration.operations.conftest import NOW, settings_of
from tests.support.calls import a_call
from tests.support.history import PASSWORD
from tests.support.until import until
from web.settings import WebSettings


def wanted(settings, target, **more):
    return Wanted(settings=settings, target=target, **more)


@pytest.fixture
def elsewhere(request, house, tmp_path):
    """Another home, and another, empty database of the same kind."""
    settings, _ = house
    if settings.database.startswith("sqlite"):
        return settings_of(tmp_path / "elsewhere", f"sqlite:///{tmp_path}/elsewhere/rolodial.db")
    cluster = request.getfixturevalue("postgresql")
    return settings_of(tmp_path / "elsewhere", cluster.url(cluster.new()))


async def all_rows(url):
    """Every table as text, apart from what a start itself writes."""
    store = await open_store(url, exclusive=False)
    try:
        async with store.engines.reader.connect() as connection:
            found = {}
            for table in (
                "contact",
                "phone_number",
                "call",
                "call_leg",
                "communication",
                "recording",
                "user_account",
            ):
                rows = await connection.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608
                found[table] = sorted(map(repr, rows.all()))
            return found
    finally:
        await store.close()


async def test_what_was_backed_up_is_there_elsewhere_with_its_files(
    house, elsewhere, tmp_path, secret_values
):
    settings, history = house
    taken = await take_backup(wanted(settings, tmp_path / "night.zip", secrets=True), NOW)
    assert taken.path.stat().st_mode & 0o077 == 0
    restored = await restore_backup(taken.path, elsewhere, NOW)
    assert restored.aside is None
    assert await all_rows(elsewhere.database) == await all_rows(settings.database)
    for key, body in history.recordings.files.items():
        assert (elsewhere.home / "recordings" / key).read_bytes() == body
    assert (elsewhere.home / "prompts/0190.wav").read_bytes() == b"a sound of the house"
    for name, value in secret_values.items():
        assert (elsewhere.home / name).read_bytes() == value
        assert (elsewhere.home / name).stat().st_mode & 0o077 == 0
    kept = sorted(path.name for path in (elsewhere.home / "journal/main").iterdir())
    assert kept == ["20261121T000000.000000Z.amij.gz", "20261122T000000.000000Z.amij"]
    assert not [path for path in elsewhere.home.iterdir() if path.name.startswith(".")]


async def test_secrets_stay_out_unless_asked_for(house, tmp_path, secret_values):
    settings, _ = house
    taken = await take_backup(wanted(settings, tmp_path / "night.zip"), NOW)
    raw = taken.path.read_bytes()
    names = zipfile.ZipFile(taken.path).namelist()
    assert not any(name.startswith(("secrets/", "settings")) for name in names)
    assert not any(value in raw for value in secret_values.values())


async def test_a_backup_while_calls_are_written_is_of_one_instant(house, elsewhere, tmp_path):
    settings, history = house
    written = []
    writing = asyncio.create_task(_calls_for_ever(history.store, written))
    try:
        await until(lambda: len(written) > 1)
        taken = await take_backup(wanted(settings, tmp_path / "backups"), NOW)
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
    await restore_backup(taken.path, elsewhere, NOW)
    store = await open_store(elsewhere.database)
    try:
        async with store.engines.reader.connect() as connection:
            for query in (_WITHOUT_LEGS, _WITHOUT_COMMUNICATION, _BEYOND_THE_LAST_CHANGE):
                assert await connection.scalar(text(query)) == 0
    finally:
        await store.close()


_WITHOUT_LEGS = "SELECT count(*) FROM call WHERE pbx = 'busy' AND id NOT IN (SELECT call_id FROM call_leg)"
_WITHOUT_COMMUNICATION = (
    "SELECT count(*) FROM call WHERE pbx = 'busy' AND id NOT IN"
    " (SELECT call_id FROM communication WHERE call_id IS NOT NULL)"
)
_BEYOND_THE_LAST_CHANGE = (
    "SELECT count(*) FROM call WHERE pbx = 'busy' AND id NOT IN (SELECT id FROM change WHERE kind = 'call')"
)


async def _calls_for_ever(store, written):
    number = 0
    directory = Directory()
    while True:
        number += 1
        call = replace(
            a_call(f"{number}.1"),
            pbx="busy",
            direction=Direction.INBOUND,
            disposition=Disposition.ANSWERED,
        )
        async with store.begin() as tx:
            await keep_call(tx, call, directory)
        written.append(call)
        await asyncio.sleep(0)


async def test_the_restored_product_starts_and_shows_the_same(house, elsewhere, tmp_path):
    settings, history = house
    taken = await take_backup(wanted(settings, tmp_path / "backups"), NOW)
    await restore_backup(taken.path, elsewhere, NOW)
    served = replace(elsewhere, fastagi=replace(elsewhere.fastagi, port=0), web=WebSettings(port=free_port()))
    base = f"http://127.0.0.1:{served.web.port}"
    async with (
        running(served),
        aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        async with http.post("/login", data={"login": "sofia", "password": PASSWORD}) as answer:
            assert answer.status == 200
        for name, contact in history.contacts.items():
            async with http.get(f"/contacts/{contact.id}") as answer:
                assert name in await answer.text()
        for one in history.recorded.values():
            if one.storage_key in history.recordings.files:
                async with http.get(f"/recordings/{one.id}/audio") as answer:
                    assert await answer.read() == history.recordings.files[one.storage_key]


async def test_a_second_night_copies_only_what_is_new(house, tmp_path):
    settings, history = house
    folder = tmp_path / "backups"
    first = await take_backup(wanted(settings, folder), NOW)
    second = await take_backup(wanted(settings, folder), NOW + timedelta(days=1))
    assert (
        first.new_files == len(history.recordings.files) + 2
    )  # and a packed segment, and a sound of the house
    assert second.new_files == 0
    assert first.path != second.path
    assert await check_backup(second.path) == second.manifest
    assert first.path.stat().st_size < sum(map(len, history.recordings.files.values()))


async def test_old_backups_go_and_with_them_files_that_nobody_needs(house, tmp_path):
    settings, _ = house
    folder = tmp_path / "backups"
    for day in range(3):
        await take_backup(wanted(settings, folder), NOW + timedelta(days=day))
    stray = folder / "files/recordings/2020/01/01/erased.ogg"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"erased by request")
    assert prune(folder, 2) == (1, 1)
    assert len(archives(folder)) == 2
    for path in archives(folder):
        await check_backup(path)


@pytest.mark.parametrize(
    "hurt", ["truncated", "flipped", "manifest", "missing beside", "changed beside", "not ours"]
)
async def test_damage_is_refused_in_words_and_nothing_is_touched(house, elsewhere, tmp_path, hurt):
    settings, _ = house
    taken = await take_backup(wanted(settings, tmp_path / "backups"), NOW)
    beside = min((tmp_path / "backups/files/recordings").rglob("*.*"))
    raw = bytearray(taken.path.read_bytes())
    match hurt:
        case "truncated":
            del raw[len(raw) * 2 // 3 :]
        case "flipped":
            raw[len(raw) // 3] ^= 1
        case "manifest":
            raw[zipfile.ZipFile(taken.path).getinfo("manifest.json").header_offset + 80] ^= 1
        case "missing beside":
            beside.unlink()
        case "changed beside":
            beside.write_bytes(beside.read_bytes()[:-1] + b"?")
        case _:
            raw = bytearray(b"PK nothing of ours")
    taken.path.write_bytes(raw)
    with pytest.raises(DamagedBackupError, match=r"damaged|cannot be read"):
        await restore_backup(taken.path, elsewhere, NOW)
    assert list(elsewhere.home.glob("[!.]*")) in ([], [elsewhere.home / "rolodial.db.lock"])


async def test_a_full_home_is_not_overwritten_without_force(house, elsewhere, tmp_path):
    settings, _ = house
    taken = await take_backup(wanted(settings, tmp_path / "night.zip"), NOW)
    await restore_backup(taken.path, elsewhere, NOW)
    with pytest.raises(RestoreError, match="--force"):
        await restore_backup(taken.path, elsewhere, NOW)
    mark = elsewhere.home / "recordings/mark"
    mark.write_bytes(b"of before")
    again = await restore_backup(taken.path, elsewhere, NOW, force=True)
    assert (again.aside / "recordings/mark").read_bytes() == b"of before"
    assert not mark.exists()
    assert await all_rows(elsewhere.database) == await all_rows(settings.database)


async def test_a_server_that_runs_is_not_restored_over(house, tmp_path):
    settings, history = house
    taken = await take_backup(wanted(settings, tmp_path / "night.zip"), NOW)
    async with history.store.read():
        with pytest.raises(CrmError, match=r"in use by another|stop it first"):
            await restore_backup(taken.path, settings, NOW, force=True)


async def test_a_backup_of_a_newer_rolodial_is_refused(house, elsewhere, tmp_path):
    settings, history = house
    async with history.store.engines.writer.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    taken = await take_backup(wanted(settings, tmp_path / "night.zip"), NOW)
    with pytest.raises(RestoreError, match="newer"):
        await restore_backup(taken.path, elsewhere, NOW)


async def test_the_other_kind_of_database_is_refused(house, tmp_path):
    settings, _ = house
    taken = await take_backup(wanted(settings, tmp_path / "night.zip"), NOW)
    other = (
        "sqlite:///x.db"
        if settings.database.startswith("postgresql")
        else "postgresql://nobody@127.0.0.1:9/x"
    )
    with pytest.raises((RestoreError, CrmError), match="the backup is of"):
        await restore_backup(
            taken.path, settings_of(tmp_path / "other", other.replace("x.db", f"{tmp_path}/x.db")), NOW
        )


async def test_a_full_disk_leaves_the_old_backup(house, tmp_path):
    settings, _ = house
    folder = tmp_path / "backups"
    first = await take_backup(wanted(settings, folder), NOW)
    before = first.path.read_bytes()
    settings_file = tmp_path / "small.toml"
    settings_file.write_text(f'home = "{settings.home}"\ndatabase = "{settings.database}"\n')
    done = await asyncio.to_thread(
        subprocess.run,
        [
            sys.executable,
            "-c",
            "from config.cli import main; main()",
            "backup",
            str(folder),
            "--settings",
            str(settings_file),
        ],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )
    assert done.returncode == 1, done.stdout
    assert "Error:" in done.stderr
    assert "Traceback" not in done.stderr
    assert first.path.read_bytes() == before
    assert [path.name for path in folder.iterdir()] in (
        [first.path.name, "files"],
        ["files", first.path.name],
    )


async def test_a_lost_recording_is_named_and_the_rest_is_kept(house, tmp_path):
    settings, history = house
    key = next(iter(history.recordings.files))
    (settings.home / "recordings" / key).unlink()
    taken = await take_backup(wanted(settings, tmp_path / "night.zip"), NOW)
    assert taken.manifest.missing == (f"recordings/{key}",)


async def test_two_backups_into_one_folder_do_not_meet(house, tmp_path):
    settings, _ = house
    outcomes = await asyncio.gather(
        *(take_backup(wanted(settings, tmp_path / "b"), NOW + timedelta(seconds=n)) for n in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["BackupError", "Taken"]


def test_a_client_that_is_missing_or_too_old_is_said_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(postgresql_client, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoClientError, match="postgresql-client"):
        program("pg_dump", 17)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.2'\n")
    old.chmod(0o755)
    with pytest.raises(NoClientError, match="postgresql-client-17"):
        program("pg_dump", 17)
    assert program("pg_dump", 13) == str(old)
