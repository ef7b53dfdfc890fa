# SPDX-License-Identifier: Apache-2.0
"""Sounds of the house in the browser: uploaded, heard, replaced, brought back; spoken on a phone; kept from rules."""

import asyncio
import io
import re
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
import soundfile
from aiohttp import FormData

from config.routing_file import publish_routing_file
from crm_core.domain.directory import Line, Operator
from crm_core.domain.prompt import KEPT, LARGEST_UPLOAD
from crm_core.ports.pbx import DeviceState, LinkState
from crm_core.usecases.deliver_prompts import deliver_prompts
from pbx_bridge.agi_lines import parse_request
from pbx_bridge.prompt_agi import PromptAgi
from tests.support.audio import strongest
from tests.support.forms import Page
from tests.support.prompts import encoded, tone
from tests.support.routing import a_desk
from tests.support.until import until
from web import keys

ALL = "/settings/prompts"


@pytest.fixture
async def admin(site):
    return await site.browser("admin")


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "prompt-spool"


async def a_prompt(admin, name="closed"):
    answer = await admin.post(ALL, {"name": name, "about": "On Sundays", "version": ""})
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].removesuffix("?saved")


async def give(admin, at, hertz=440.0, *, content=None, name="sound.mp3"):
    if content is None:
        content = encoded(*tone(hertz), "MP3", "MPEG_LAYER_III")
    form = FormData(quote_fields=False)  # as browsers write it
    form.add_field("sound", io.BytesIO(content), filename=name, content_type="audio/mpeg")
    return await admin.post(f"{at}/sound", form)


async def hertz_of(admin, address):
    answer = await admin.get(address)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "audio/wav")
    samples, rate = soundfile.read(io.BytesIO(await answer.read()))
    return round(strongest(samples, rate), -1)


def at_the_pbx(spool):
    folder = spool / "prompts"
    return {
        path.name: round(strongest(*soundfile.read(path)), -1)
        for path in folder.glob("[!.]*")  # not what is half written
    }


def versions_of(text):
    return list(dict.fromkeys(re.findall(rf"{ALL}/[0-9a-f-]{{36}}/versions/[0-9a-f-]{{36}}", text)))


async def test_uploaded_heard_replaced_and_back_again(site, admin, spool):
    at = await a_prompt(admin)
    assert "There is no sound yet" in await admin.text(at)
    assert (await give(admin, at, 440)).status == 303
    assert (await give(admin, at, 800, name="<b>new.mp3")).status == 303
    text = await admin.text(at)
    newest, first = versions_of(text)
    assert "&lt;b&gt;new.mp3" in text
    assert [await hertz_of(admin, one) for one in (newest, first)] == [800, 440]
    assert at_the_pbx(spool) == {"closed.wav": 800}
    assert (await admin.post(f"{at}/back")).status == 303
    assert at_the_pbx(spool) == {"closed.wav": 440}
    assert (await admin.post(f"{at}/back")).status == 404, "nothing is older"
    assert (await admin.post(f"{at}/back", {"version": newest.rpartition("/")[2]})).status == 303
    assert at_the_pbx(spool) == {"closed.wav": 800}
    kept = await admin.get(f"{newest}?file")
    assert kept.headers["Content-Disposition"] == 'attachment; filename="closed.wav"'
    async with site.store.read() as tx:
        (prompt,) = await tx.prompts.all()
        told = [entry.action for entry in await tx.audit.of("prompt", prompt.id)]
    assert sorted(told) == ["bring back", "bring back", "create", "replace", "replace"]


async def test_of_many_versions_the_oldest_files_go(site, admin, tmp_path):
    at = await a_prompt(admin)
    content = encoded(*tone(seconds=0.5, rate=8000))
    for _ in range(KEPT + 2):
        assert (await give(admin, at, content=content)).status == 303
    assert len(versions_of(await admin.text(at))) == KEPT
    assert len(list((tmp_path / "prompts").glob("*.wav"))) == KEPT
    assert list((tmp_path / "prompts/work").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a sound", "This file is no sound that can be read."),
        (encoded(*tone(loud=0.0)), "This sound is silent"),
        (encoded(*tone(seconds=0.1)), "There is next to nothing in this file"),
        (encoded(*tone(seconds=185, rate=8000)), "This sound is too long: three minutes at most."),
        (bytes(LARGEST_UPLOAD + 1), "This file is too large: 20 MB at most."),
    ],
    ids=["text", "silent", "short", "long", "huge"],
)
async def test_what_cannot_be_played_says_why_and_changes_nothing(
    site, admin, tmp_path, spool, content, said
):
    at = await a_prompt(admin)
    await give(admin, at, 440)
    answer = await give(admin, at, content=content)
    assert answer.status == 422
    assert said in await answer.text()
    assert len(versions_of(await admin.text(at))) == 1
    assert at_the_pbx(spool) == {"closed.wav": 440}
    assert list((tmp_path / "prompts/work").iterdir()) == []


async def test_a_form_without_a_file_or_of_another_kind_is_refused(admin):
    at = await a_prompt(admin)
    form = FormData({"other": "x"})
    form.add_field("sound", b"", filename="", content_type="audio/mpeg")
    assert (await admin.post(f"{at}/sound", form)).status == 422
    assert (await admin.post(f"{at}/sound", {"sound": "x"})).status == 415


async def test_names_are_plain_and_of_one_sound_only(admin):
    await a_prompt(admin)
    for name in ("closed", "Closed ", "a b", "../x", "", "x" * 41, "ж"):
        answer = await admin.post(ALL, {"name": name, "version": ""})
        assert answer.status == 422, name
    for path in ("sound", "ring", "back", "remove"):
        unknown = f"{ALL}/01890000-0000-7000-8000-000000000000/{path}"
        assert (await admin.post(unknown, FormData() if path != "sound" else _file())).status == 404


def _file():
    form = FormData()
    form.add_field("sound", encoded(*tone()), filename="a.wav")
    return form


RULES = """
[[rule]]
id = "all"
[[rule.step]]
to = "announce"
prompt = "rolodial/closed"
[[rule.step]]
to = "queue"
queue = "default"
seconds = 60
"""


async def test_back_clicked_twice_goes_back_once(admin, spool):
    at = await a_prompt(admin)
    for hertz in (400, 500, 600):
        await give(admin, at, hertz)
    form = next(one for one in Page(at, await admin.text(at)).forms if one.action == f"{at}/back")
    for _ in range(2):
        assert (await admin.post(form.action, dict(form.fields))).status == 303
    assert at_the_pbx(spool) == {"closed.wav": 500}


async def test_what_rules_play_cannot_be_removed(site, admin, spool, tmp_path):
    at = await a_prompt(admin)
    await give(admin, at, 440)
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    await publish_routing_file(rules, site.store, datetime.now(UTC))
    assert "played by rules" in await admin.text(ALL)
    answer = await admin.post(f"{at}/remove")
    assert answer.status == 409
    assert "change them first" in await answer.text()
    rules.write_text(RULES.replace("rolodial/closed", "custom/closed"))
    await publish_routing_file(rules, site.store, datetime.now(UTC))
    assert (await admin.post(f"{at}/remove")).status == 303
    assert (await admin.get(at)).status == 404
    assert at_the_pbx(spool) == {}
    assert list((tmp_path / "prompts").glob("*.wav")) == []


async def test_names_that_queues_say_are_offered_and_told(site, admin):
    assert '<option value="queue-thereare">' in await admin.text(f"{ALL}/new")
    refused = await admin.post(ALL, {"name": "?", "about": "", "version": ""})
    assert '<option value="queue-thereare">' in await refused.text()
    said = "Queues that take the sounds of the house say it"
    assert said in await admin.text(await a_prompt(admin, "queue-thereare"))
    assert said not in await admin.text(await a_prompt(admin, "closed"))


async def test_a_sound_is_offered_where_a_rule_plays_one(site, admin, tmp_path):
    await a_prompt(admin)
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    await publish_routing_file(rules, site.store, datetime.now(UTC))
    text = await admin.text("/settings/routing/draft/rule?rule=all")
    assert '<option value="rolodial/closed">On Sundays</option>' in text


async def test_a_pbx_whose_spool_cannot_be_written_is_named(site, admin, spool):
    at = await a_prompt(admin)
    (spool / "prompts").write_text("in the way")
    assert (await give(admin, at)).status == 303
    assert "does not have the sounds as they are here" in await admin.text(ALL)
    (spool / "prompts").unlink()
    await deliver_prompts(site.store, site.app[keys.PROMPTS].shelf)
    assert "does not have the sounds" not in await admin.text(ALL)
    assert at_the_pbx(spool) == {"closed.wav": 440}


async def test_what_lies_in_the_folder_beside_ours_goes_and_what_was_lost_comes_again(site, admin, spool):
    at = await a_prompt(admin)
    await give(admin, at)
    (spool / "prompts/closed.wav").write_bytes(b"broken")
    (spool / "prompts/old.wav").write_bytes(b"of one that was removed")
    await deliver_prompts(site.store, site.app[keys.PROMPTS].shelf)
    assert at_the_pbx(spool) == {"closed.wav": 440}


def with_a_phone(site):
    admin = site.history.users["admin"]
    line = Line(pbx="main", extension="109", device="PJSIP/109")
    one = Operator(id=admin.id, name=admin.name, login="admin", role="admin", lines=(line,))
    site.app[keys.DIRECTORY].set_people([one], [])
    site.pbx.devices["PJSIP/109"] = DeviceState.NOT_INUSE


def kept_by_key(site, call_id):
    """As the dialplan says it once they have pressed 1."""
    lines = ["agi_network_script: prompt", "agi_arg_1: main", f"agi_arg_2: rolodial-{call_id}"]
    verb = PromptAgi(a_desk(), site.app[keys.PROMPTS].accept, lambda: datetime.now(UTC))
    return verb(parse_request("\n".join(lines).encode()))


@asynccontextmanager
async def working(recorder):
    task = asyncio.get_running_loop().create_task(recorder.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def rung(site, admin, at):
    assert (await admin.post(f"{at}/ring")).headers["Location"] == f"{at}?ringing"
    assert site.pbx.originated[-1] == ("PJSIP/109", "109", "*96")
    (call_id,) = site.app[keys.PROMPTS]._wanted
    return call_id


async def test_spoken_on_the_phone_and_kept_by_a_key(site, admin, spool):
    with_a_phone(site)
    at = await a_prompt(admin)
    call_id = await rung(site, admin, at)
    seen = await admin.get(f"{at}/waiting?seen=")
    assert (seen.status, "HX-Redirect" in seen.headers) == (204, False)
    take = spool / f"prompt-rolodial-{call_id}.wav"
    take.write_bytes(encoded(*tone(600, rate=8000)))
    async with working(site.app[keys.PROMPTS]):
        assert kept_by_key(site, call_id) is not None
        assert kept_by_key(site, call_id) is None, "once"
        await until(lambda: at_the_pbx(spool) == {"closed.wav": 600})
        await until(lambda: not take.exists())
    assert (await admin.get(f"{at}/waiting?seen=")).headers["HX-Redirect"] == at
    assert "the phone" in await admin.text(at)


async def test_what_was_spoken_too_softly_is_refused_on_the_page(site, admin, spool):
    with_a_phone(site)
    at = await a_prompt(admin)
    call_id = await rung(site, admin, at)
    (spool / f"prompt-rolodial-{call_id}.wav").write_bytes(encoded(*tone(loud=0.0, rate=8000)))
    recorder = site.app[keys.PROMPTS]
    async with working(recorder):
        assert kept_by_key(site, call_id) is not None
        await until(lambda: recorder.refused)
    assert (await admin.get(f"{at}/waiting?seen=")).headers["HX-Redirect"] == at
    assert "This sound is silent" in await admin.text(at)
    assert at_the_pbx(spool) == {}


async def test_who_has_no_phone_or_cannot_be_rung_is_told(site, admin):
    at = await a_prompt(admin)
    assert "You have no phone of your own" in await admin.text(at)
    assert (await admin.post(f"{at}/ring")).status == 409
    with_a_phone(site)
    site.pbx.state = LinkState.DISCONNECTED
    answer = await admin.post(f"{at}/ring")
    assert answer.status == 409
    assert "The PBX cannot be reached just now. Nothing was dialled." in await answer.text()


async def test_a_stranger_on_the_service_code_keeps_nothing(site):
    assert kept_by_key(site, "01890000-0000-7000-8000-000000000001") is None
