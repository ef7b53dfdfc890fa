# SPDX-License-Identifier: Apache-2.0
"""A house with a database of its own, recordings and a journal, as `rolodial serve` leaves them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from config.settings import PbxSettings, Settings
from crm_core.storage.open_store import open_store
from crm_core.storage.schema import recording
from pbx_bridge.settings import AmiSettings
from recordings.local_store import LocalRecordingStore, make_key
from web.settings import WebSettings

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture
def secret_values():
    return {"secret.key": b"seals what is secret", "tls/ca.key": b"signs what is ours"}


@pytest.fixture
async def house(database_with_history, tmp_path, secret_values):
    """Settings of a product with history, recordings' files and a journal on disk."""
    url, history = database_with_history
    home = tmp_path / "home"
    history.store = await open_store(url)
    await _real_keys(history)
    files = LocalRecordingStore(home / "recordings")
    for key, body in history.recordings.files.items():
        source = files.workspace() / "one"
        source.write_bytes(body)
        await files.put(key, source)
    segment = home / "journal/main/20261122T000000.000000Z.amij"
    segment.parent.mkdir(parents=True)
    segment.write_bytes(b"what Asterisk said " * 1000)
    segment.with_suffix(".amij.gz").with_name("20261121T000000.000000Z.amij.gz").write_bytes(b"packed")
    (home / "prompts").mkdir()
    (home / "prompts/0190.wav").write_bytes(b"a sound of the house")
    for name, value in secret_values.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(value)
    yield settings_of(home, url), history
    await history.store.close()


async def _real_keys(history):
    """As the real store of recordings has them."""
    async with history.store.engines.writer.begin() as connection:
        for one in history.recorded.values():
            if one.storage_key:
                key = make_key(one.id, one.created_at, "ogg")
                history.recordings.files[key] = history.recordings.files.pop(one.storage_key)
                await connection.execute(
                    update(recording).where(recording.c.id == one.id).values(storage_key=key)
                )


def settings_of(home: Path, url: str) -> Settings:
    nowhere = PbxSettings(name="main", ami=AmiSettings(port=9, secret="x"))
    return Settings(home=home, database=url, pbx=(nowhere,), web=WebSettings(port=0))
