# SPDX-License-Identifier: Apache-2.0
"""Sounds of the house: uploaded or spoken on the phone, heard, replaced, and brought back as they were."""

from typing import Any, Final
from uuid import UUID

from aiohttp import BodyPartReader, hdrs, web

from crm_core.domain.errors import CrmError, InvalidInputError, NotFoundError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Role
from crm_core.domain.prompt import (
    LARGEST_UPLOAD,
    QUEUE_SOUNDS,
    NotASoundError,
    Prompt,
    PromptSource,
    SoundTooLargeError,
)
from crm_core.domain.prompt import before as version_before
from crm_core.usecases.put_prompt import LONGEST_ABOUT, put_prompt
from crm_core.usecases.record_prompt import CODE, PromptRecorder
from crm_core.usecases.remove_prompt import prompts_of_rules, remove_prompt
from crm_core.usecases.take_sound import take_sound
from crm_core.usecases.use_prompt_version import use_prompt_version
from web import keys
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.pages.settings.forms import Form, Values, Work, filled, saved, submitted
from web.render import page

ADDRESS: Final = "/settings/prompts"
_PIECE: Final = 1 << 16


@requires(Role.ADMIN)
async def index(request: web.Request) -> web.StreamResponse:
    async with request.app[keys.STORE].read() as tx:
        prompts, played, in_rules = (
            await tx.prompts.all(),
            await tx.prompts.played(),
            await prompts_of_rules(tx),
        )
    return page(
        request,
        "settings/prompts.html",
        prompts=prompts,
        played=played,
        in_rules=in_rules,
        delivered=_recorder(request).shelf.delivered(),
        saved="saved" in request.query,
    )


@requires(Role.ADMIN)
async def new(request: web.Request) -> web.StreamResponse:
    return page(
        request, "settings/prompts_new.html", form=filled(None, _values_of(None)), queue_sounds=QUEUE_SOUNDS
    )


@requires(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Nothing is played before a sound is given."""
    now = request.app[keys.CLOCK]()
    fresh = Prompt(id=new_id(now), name="", created_at=now)

    def work(sent: Values, seen: str) -> Work:
        name, about = text_field(sent, "name", 80), text_field(sent, "about", LONGEST_ABOUT)
        one = Prompt(id=fresh.id, name=name.strip().lower(), about=about, created_at=now)
        return lambda tx, trail: put_prompt(tx, one, trail, seen)

    form = Form(
        template="settings/prompts_new.html",
        done=f"{ADDRESS}/{fresh.id}",
        values_of=_values_of,
        typed=lambda sent: {name: str(sent.get(name, ""))[:LONGEST_ABOUT] for name in ("name", "about")},
        work=work,
        context={"queue_sounds": QUEUE_SOUNDS},
    )
    return await submitted(request, form)


def _values_of(_prompt: Prompt | None) -> Values:
    return {"name": "", "about": ""}


@requires(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@requires(Role.ADMIN)
async def upload(request: web.Request) -> web.StreamResponse:
    """The first file of the form; nothing of it is kept that is no sound."""
    app, prompt_id, recorder = request.app, _id(request), _recorder(request)
    now = app[keys.CLOCK]()
    half = recorder.shelf.scratch() / f"upload-{new_id(now)}"
    try:
        name = await _receive(request, half)
        await take_sound(
            app[keys.STORE],
            recorder.shelf,
            prompt_id,
            half,
            request[keys.VIEWER].actor,
            source=PromptSource.UPLOAD,
            file_name=name,
            now=now,
        )
    except InvalidInputError as error:
        return await _page(request, refused=str(error), status=422)
    finally:
        half.unlink(missing_ok=True)
    return saved(f"{ADDRESS}/{prompt_id}")


async def _receive(request: web.Request, into: Any) -> str:
    """How it was called. No more than the largest is ever written."""
    if request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType
    try:
        reader = await request.multipart()
        while isinstance(part := await reader.next(), BodyPartReader):
            if part.name == "sound" and part.filename:
                await _write(part, into)
                return part.filename
    except ValueError as error:  # not as a browser writes it
        raise NotASoundError from error
    raise InvalidInputError("choose a file")


async def _write(part: BodyPartReader, into: Any) -> None:
    size = 0
    with into.open("wb") as file:
        while piece := await part.read_chunk(_PIECE):
            size += len(piece)
            if size > LARGEST_UPLOAD:
                raise SoundTooLargeError
            file.write(piece)


@requires(Role.ADMIN)
async def ring(request: web.Request) -> web.StreamResponse:
    """Whoever asks is rung, and speaks it."""
    app, prompt_id = request.app, _id(request)
    try:
        await _recorder(request).ring(
            app[keys.CLICK_TO_CALL], request[keys.VIEWER].actor, prompt_id, app[keys.CLOCK]()
        )
    except NotFoundError:
        raise
    except CrmError as error:
        return await _page(request, refused=str(error), status=409)
    return web.Response(status=303, headers={hdrs.LOCATION: f"{ADDRESS}/{prompt_id}?ringing"})


@requires(Role.ADMIN)
async def waiting(request: web.Request) -> web.StreamResponse:
    """Asked by a page that waits for what is spoken: nothing, until there is something new to show."""
    prompt_id, seen = _id(request), request.query.get("seen", "")
    async with request.app[keys.STORE].read() as tx:
        prompt = await tx.prompts.get(prompt_id)
    if prompt is None:
        raise NotFoundError
    if prompt_id not in _recorder(request).refused and str(prompt.version_id or "") == seen:
        return web.Response(status=204)
    return web.Response(status=204, headers={"HX-Redirect": f"{ADDRESS}/{prompt_id}"})


@requires(Role.ADMIN)
async def bring_back(request: web.Request) -> web.StreamResponse:
    app, prompt_id = request.app, _id(request)
    wanted = text_field(await form_of(request), "version", 40)
    await use_prompt_version(
        app[keys.STORE],
        _recorder(request).shelf,
        prompt_id,
        request[keys.VIEWER].actor,
        app[keys.CLOCK](),
        version_id=uuid_of(wanted) if wanted else None,
    )
    return saved(f"{ADDRESS}/{prompt_id}")


@requires(Role.ADMIN)
async def remove(request: web.Request) -> web.StreamResponse:
    app = request.app
    try:
        await remove_prompt(
            app[keys.STORE],
            _recorder(request).shelf,
            _id(request),
            request[keys.VIEWER].actor,
            app[keys.CLOCK](),
        )
    except NotFoundError:
        raise
    except CrmError as error:
        return await _page(request, refused=str(error), status=409)
    return saved(ADDRESS)


@requires(Role.ADMIN)
async def sound(request: web.Request) -> web.StreamResponse:
    """What a browser plays, or keeps as a file."""
    version_id = uuid_of(request.match_info["version"])
    async with request.app[keys.STORE].read() as tx:
        prompt = await tx.prompts.get(_id(request))
        versions = await tx.prompts.versions(prompt.id) if prompt else ()
    file = _recorder(request).shelf.path(version_id)
    if prompt is None or version_id not in {one.id for one in versions} or not file.is_file():
        raise NotFoundError
    headers = {hdrs.CONTENT_TYPE: "audio/wav", hdrs.CACHE_CONTROL: "private, no-cache"}
    if "file" in request.query:
        headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{prompt.name}.wav"'
    return web.FileResponse(file, headers=headers)


async def _page(request: web.Request, *, refused: str = "", status: int = 200) -> web.StreamResponse:
    prompt_id, recorder = _id(request), _recorder(request)
    async with request.app[keys.STORE].read() as tx:
        prompt = await tx.prompts.get(prompt_id)
        if prompt is None:
            raise NotFoundError
        versions = await tx.prompts.versions(prompt_id)
        in_rules = prompt.target in await prompts_of_rules(tx)
    me = request.app[keys.DIRECTORY].operator(request[keys.VIEWER].id)
    return page(
        request,
        "settings/prompt.html",
        status=status,
        prompt=prompt,
        versions=versions,
        previous=version_before(prompt, versions),
        in_rules=in_rules,
        of_queues=prompt.name in QUEUE_SOUNDS,
        delivered=recorder.shelf.delivered(),
        extensions=sorted({line.extension for line in me.lines}) if me else [],
        code=CODE,
        ringing="ringing" in request.query and not refused,
        refused=refused or recorder.refused.get(prompt_id, ""),
        saved="saved" in request.query and not refused,
    )


def _id(request: web.Request) -> UUID:
    return uuid_of(request.match_info["id"])


def _recorder(request: web.Request) -> PromptRecorder:
    recorder = request.app[keys.PROMPTS]
    if recorder is None:
        raise NotFoundError
    return recorder
