# SPDX-License-Identifier: Apache-2.0
"""Tasks: somebody's list, setting one, changing it, and doing it with one click."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from aiohttp import web

from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.people import Role
from crm_core.domain.task import Task, TaskRow
from crm_core.usecases.access_call import access_communication
from crm_core.usecases.do_task import do_task, reopen_task
from crm_core.usecases.save_task import TaskNotFoundError, create_task, edit_task
from crm_core.usecases.tasks_follow import client_of as client_of_call
from web import keys, said, tasks
from web.access import requires
from web.forms import form_of, text_field, uuid_of
from web.plan_form import client_of, client_text, plan_page, wrong_of
from web.render import page
from web.tasks import TaskForm
from web.words import Words

_MOST = 200
_ON_DESK = 8


@requires(Role.OPERATOR)
async def index(request: web.Request) -> web.StreamResponse:
    """One's own; anybody's, by the address."""
    whose = text_field(request.query, "who", 40)
    who = uuid_of(whose) if whose else request[keys.VIEWER].id
    async with request.app[keys.STORE].read() as tx:
        rows = await tx.tasks.open_of(who, _MOST)
        count = len(rows) if len(rows) < _MOST else await tx.tasks.count_open(who)
        users = await tx.people.users()
    groups = tasks.by_due(tasks.tasks_shown(request, rows))
    template = "tasks/list.html" if request.headers.get("HX-Request") else "tasks/page.html"
    return page(request, template, groups=groups, shown=len(rows), count=count, who=who, users=users)


@requires(Role.OPERATOR)
async def on_desk(request: web.Request) -> web.StreamResponse:
    return page(request, "workspace/tasks.html", **await desk_tasks(request))


async def desk_tasks(request: web.Request) -> dict[str, Any]:
    """The most pressing of one's own, and how many there are."""
    viewer = request[keys.VIEWER]
    async with request.app[keys.STORE].read() as tx:
        rows = await tx.tasks.open_of(viewer.id, _ON_DESK)
        count = await tx.tasks.count_open(viewer.id)
    return {"my_tasks": tasks.by_due(tasks.tasks_shown(request, rows)), "tasks_count": count}


@requires(Role.OPERATOR)
async def new(request: web.Request) -> web.StreamResponse:
    """A link says for which client, or of which call."""
    values = dict.fromkeys(tasks.FIELDS, "")
    values |= {name: text_field(request.query, name, 60) for name in ("client", "call_id")}
    today = request[keys.L10N].local(request.app[keys.CLOCK]()).date()
    values |= {"user_id": str(request[keys.VIEWER].id), "due_on": today.isoformat()}
    form = TaskForm(values)
    async with request.app[keys.STORE].read() as tx:
        if form.call_id:
            talk = await access_communication(tx, request[keys.VIEWER].user, form.call_id)
            form = TaskForm(values | {"client": client_text(*client_of_call(talk))})
    return await _shown(request, None, form)


@requires(Role.OPERATOR)
async def create(request: web.Request) -> web.StreamResponse:
    app, viewer, form = request.app, request[keys.VIEWER], tasks.read(await form_of(request))
    try:
        fields = form.fields(request[keys.L10N].zone)
        await create_task(
            app[keys.STORE], viewer.user, fields, viewer.actor, app[keys.CLOCK](), call_id=form.call_id
        )
    except InvalidInputError as error:
        return await _shown(request, None, form, status=422, wrong=wrong_of(error))
    return said.go(request, _page_of(form), "task-set")


@requires(Role.OPERATOR)
async def edit(request: web.Request) -> web.StreamResponse:
    row = await _saved(request)
    return await _shown(request, row.task, _opened(request, row.task))


@requires(Role.OPERATOR)
async def save(request: web.Request) -> web.StreamResponse:
    app, form, task_id = request.app, tasks.read(await form_of(request)), _task_id(request)
    actor, now = request[keys.VIEWER].actor, app[keys.CLOCK]()
    row = await _saved(request)
    try:
        fields = form.fields(request[keys.L10N].zone)
        if form.values["text"] == Words(request[keys.L10N]).task(row.task):
            del fields["text"]  # a text of ours stays one, in everybody's language
        await edit_task(app[keys.STORE], task_id, fields, actor, now, seen=form.seen or now)
    except InvalidInputError as error:
        return await _shown(request, row.task, form, status=422, wrong=wrong_of(error))
    except ConflictError:
        row = await _saved(request)
        mine = TaskForm(dict(form.values) | {"seen": row.task.updated_at.isoformat()})
        theirs = _opened(request, row.task).values
        other = {name: theirs[name] for name, text in mine.values.items() if theirs[name] != text}
        return await _shown(request, row.task, mine, status=409, theirs=other)
    return said.go(request, _page_of(form), "saved")


@requires(Role.OPERATOR)
async def done(request: web.Request) -> web.StreamResponse:
    user, store = request[keys.VIEWER].user, request.app[keys.STORE]
    return await _do(
        request, "task-done", lambda task_id, actor, now: do_task(store, user, task_id, actor, now)
    )


@requires(Role.OPERATOR)
async def reopen(request: web.Request) -> web.StreamResponse:
    store = request.app[keys.STORE]
    return await _do(
        request, "task-reopened", lambda task_id, actor, now: reopen_task(store, task_id, actor, now)
    )


async def _do(request: web.Request, code: str, work: Callable[..., Awaitable[Task]]) -> web.StreamResponse:
    """By htmx its line is drawn again where it stands, with the way back in it."""
    task_id = _task_id(request)
    await work(task_id, request[keys.VIEWER].actor, request.app[keys.CLOCK]())
    if not request.headers.get("HX-Request"):
        return said.go(request, said.back(request, "/tasks"), code, task_id)
    [shown] = tasks.tasks_shown(request, [await _saved(request)])
    told = {name: request.query.get(name) == "1" for name in ("on_card", "own")}
    return page(request, "tasks/one.html", shown=shown, **told)


def _task_id(request: web.Request) -> UUID:
    return uuid_of(request.match_info["id"])


async def _saved(request: web.Request) -> TaskRow:
    async with request.app[keys.STORE].read() as tx:
        row = await tx.tasks.row(_task_id(request))
    if row is None:
        raise TaskNotFoundError
    return row


def _opened(request: web.Request, task: Task) -> TaskForm:
    l10n = request[keys.L10N]
    return tasks.opened(task, Words(l10n).task(task), l10n.zone)


def _page_of(form: TaskForm) -> str:
    """Where it was set from: the call, the client, the list."""
    if form.call_id:
        return f"/calls/{form.call_id}"
    contact_id, company_id = client_of(form.values["client"])
    if contact_id:
        return f"/contacts/{contact_id}"
    return f"/companies/{company_id}" if company_id else "/tasks"


async def _shown(request: web.Request, saved: Task | None, form: TaskForm, **more: Any) -> web.Response:
    return await plan_page(request, "task", saved, form, **more)
