# SPDX-License-Identifier: Apache-2.0
"""What the running product tells the health page has words in every language, whole or in trouble."""

from dataclasses import replace

import pytest

from config.asterisk.ports import free_port
from config.probes import probes
from config.wiring import running
from tests.integration.operations.conftest import settings_of
from tests.support.until import until
from web.health import Trouble
from web.i18n.catalogues import NAMES, SOURCE, catalogues
from web.settings import WebSettings


@pytest.fixture
async def parts(database_url, tmp_path):
    """Its PBX is away, the recordings' directory a file, the CEL file not there."""
    settings = settings_of(tmp_path / "home", database_url)
    spool = tmp_path / "spool"
    spool.write_text("")
    (pbx,) = settings.pbx
    settings = replace(
        settings,
        fastagi=replace(settings.fastagi, port=0),
        web=WebSettings(port=free_port()),
        pbx=(
            replace(pbx, spool=spool / "in", cel_file=tmp_path / "cel.csv"),
            replace(pbx, name="branch", spool=None, cel_file=None),
        ),
    )
    async with running(settings) as parts:
        await until(lambda: any(one.error for one in parts.ingest.status()))
        await until(lambda: parts.watch.volumes.now)
        yield parts


@pytest.mark.parametrize("code", sorted(set(NAMES) - {SOURCE}))
async def test_every_reading_of_the_product_has_words_in(code, parts):
    said = catalogues()[code].translations
    sections = [await probe() for probe in probes(parts)]
    assert len(sections) >= 6
    texts = {section.title for section in sections}
    for reading in (reading for section in sections for reading in section.readings):
        texts |= {reading.name, reading.advice}
        if isinstance(reading.value, Trouble):
            texts.add(reading.value.text)
    texts.discard("")
    assert {"Calls routed", "Free for recordings", "Not a directory"} <= texts
    assert {text for text in texts if said.ugettext(text) == text} == set()
