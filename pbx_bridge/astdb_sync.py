# SPDX-License-Identifier: Apache-2.0
"""Keeps the fallback routes in a PBX's AstDB over FastAGI: DBPut would need the right that is also a shell (A3)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping
from dataclasses import dataclass

import structlog

from crm_core.domain.routing.offline import OfflineRoutes
from crm_core.domain.routing.offline_table import OfflineTable
from crm_core.domain.routing.rules import RuleSet
from crm_core.ports.clock import Clock
from crm_core.usecases.decide_route import RouteDesk
from pbx_bridge.agi_lines import AgiReply, AgiRequest, database
from pbx_bridge.fastagi import Pause, Script

log = structlog.get_logger()
Trigger = Callable[[], Awaitable[None]]  # originates Local/sync@rolodial-sync on that PBX
Part = Generator[bytes | Pause, AgiReply | None, bool]
_SLICE, _REST_S = 50, 0.1  # deletions of an old version: 500 a second at most
_PUTS, _BREATH_S = 200, 0.01
_HOLD_S, _GIVE_S = 0.002, 0.002  # while routes are computed: of the loop, and then for calls
_EVERY_S = 3600.0  # opening hours pass without a change in the database
_MANY = 5000  # more than these are not deleted by one DELTREE, which holds AstDB's lock


@dataclass(frozen=True, slots=True, kw_only=True)
class AstDbStats:
    version: str | None  # in force, as far as we know
    numbers: int
    pending: bool
    failures: int


class AstDbSync:
    """One for each PBX; also the handler of /sync. Nothing is sent again that the PBX has already."""

    def __init__(self, pbx: str, desk: RouteDesk, clock: Clock, trigger: Trigger) -> None:
        self._pbx = pbx
        self._desk = desk
        self._clock = clock
        self._trigger = trigger
        self._table = OfflineTable()
        self._version: str | None = None  # whose content is the table less what is dirty; None: not known
        self._rules: int | None = None  # of that version
        self._changed: set[str] | None = None  # None: everything
        self._wake = asyncio.Event()
        self._wake.set()
        self._is_writing = False
        self._struck: set[tuple[str, str]] = set()
        self._failures = 0

    def stats(self) -> AstDbStats:
        return AstDbStats(
            version=self._version,
            numbers=len(self._table.routes),
            pending=self._is_behind(),
            failures=self._failures,
        )

    def changed(self, numbers: Collection[str] | None) -> None:
        """These numbers may be routed otherwise now; None: any of them."""
        if numbers is None:
            self._changed = None
        elif self._changed is not None:
            self._changed.update(numbers)
        self._wake.set()

    def strike(self, family: str, key: str) -> None:
        """Delete what the dialplan left there for us: it is dealt with."""
        self._struck.add((family, key))
        self._wake.set()

    def reconnected(self) -> None:
        """Its AstDB may not be the one we knew: the sum that stands there says so."""
        self._rules = None
        self._wake.set()

    async def run(self, settle_s: float = 0.3, retry_s: float = 10.0) -> None:
        """Follow changes until cancelled: compute, then ask the PBX to fetch what differs."""
        while True:
            try:
                async with asyncio.timeout(_EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                self._changed = None
            await asyncio.sleep(settle_s)
            self._wake.clear()
            try:
                await self.compute()
                if self._is_behind() and not self._is_writing:
                    await self._trigger()
                    # A PBX that is starting says yes before it can do it: look again whether it came.
                    asyncio.get_running_loop().call_later(retry_s, self._wake.set)
            except Exception:  # the PBX is away: it is asked again
                self._failures += 1
                log.exception("fallback routes not brought to the PBX", pbx=self._pbx)
                await asyncio.sleep(retry_s)
                self._wake.set()

    async def compute(self) -> None:
        """Where each changed number would go with everybody free; breathes, for there may be a million."""
        rules = self._desk.rules
        if rules is None:
            return
        changed, self._changed = self._changed, set()
        try:
            await self._compute(rules, changed)
        except BaseException:  # these numbers are not done with
            all_of_them = changed is None or self._changed is None
            self._changed = None if all_of_them else {*(changed or ()), *(self._changed or ())}
            raise

    async def _compute(self, rules: RuleSet, changed: Collection[str] | None) -> None:
        routes = OfflineRoutes(self._desk.directory, rules, self._pbx, self._clock())
        numbers = self._desk.directory.clients.numbers
        began = time.perf_counter()
        for number in numbers.every() if changed is None else _plain(changed):
            self._table.set(number, routes.of(f"+{number}"))
            if time.perf_counter() - began > _HOLD_S:
                self._table.set_entries(_lists(routes), complete=False)  # the PBX may be told of them already
                await asyncio.sleep(_GIVE_S)
                began = time.perf_counter()
        if changed is None:
            for number in [one for one in tuple(self._table.routes) if numbers.get(one) < 0]:
                self._table.set(number, None)
        lines = {f"did/{did}": name for did, name in routes.lines().items()} if changed is None else {}
        self._table.set_entries(lines | _lists(routes), complete=changed is None)

    def _is_behind(self) -> bool:
        rules = self._desk.rules
        behind = bool(self._struck) or self._table.is_dirty
        return rules is not None and (behind or self._rules != rules.version)

    def __call__(self, request: AgiRequest) -> Script | None:
        rules = self._desk.rules
        if self._is_writing or request.malformed or rules is None:
            return None
        return self._write(rules)

    def _write(self, rules: RuleSet) -> Script:
        self._is_writing = True
        done = False
        try:
            yield from self._strike_out()
            done = yield from self._bring_up_to_date(rules.version)
        finally:
            self._is_writing = False
            self._failures += not done
        if self._is_behind():
            self._wake.set()

    def _strike_out(self) -> Generator[bytes | Pause, AgiReply | None, None]:
        for family, key in tuple(self._struck):
            if (yield database("DEL", family, key)) is not None:
                self._struck.discard((family, key))

    def _bring_up_to_date(self, rules: int) -> Part:
        live = yield from _get("rolodial", "live")
        if live is not None and live == self._version and rules == self._rules:
            return (yield from self._change(live, rules))
        if live is not None and (yield from _get(f"rolodial/{live}", "sum")) == self._table.stamp(rules):
            self._table.clean()
            self._version, self._rules = live, rules
            return True
        new = f"v{rules}-{int(self._clock().timestamp() * 1000):x}"
        self._version = self._rules = None
        if not (yield from self._whole(new, rules)):
            return False
        if not (yield from _put("rolodial", "live", new)):
            return False
        self._version, self._rules = new, rules
        log.info("fallback routes written", pbx=self._pbx, version=new, numbers=len(self._table.routes))
        if live is not None:
            yield from self._remove(live)
        return True

    def _whole(self, version: str, rules: int) -> Part:
        self._table.clean()
        self._table.dirty_entries.update(self._table.entries)
        for position, number in enumerate(tuple(self._table.routes), 1):
            if not (yield from self._number(version, number)):
                return False
            if position % _PUTS == 0:
                yield Pause(_BREATH_S)
        return (yield from self._change(version, rules))

    def _change(self, version: str, rules: int) -> Part:
        """Bring what is dirty. The sum is away meanwhile, so that half a change is known as such."""
        family, table = f"rolodial/{version}", self._table
        yield database("DEL", family, "sum")
        while table.is_dirty:
            if table.dirty_entries:
                done = yield from self._beside(version, table.dirty_entries.pop())
            else:
                done = yield from self._number(version, table.dirty.pop())
            if not done:
                return False
        return (yield from _put(family, "sum", table.stamp(rules)))

    def _number(self, version: str, number: int) -> Part:
        return (
            yield from self._entry(
                f"rolodial/{version}", f"+{number}", number, self._table.routes.get(number)
            )
        )

    def _beside(self, version: str, entry: str) -> Part:
        kind, _, key = entry.partition("/")
        value = self._table.entries.get(entry)
        return (yield from self._entry(f"rolodial/{version}/{kind}", key, entry, value))

    def _entry(self, family: str, key: str, mark: int | str, value: str | None) -> Part:
        """Put it, or delete it; what the PBX did not take, or did not answer to, stays dirty."""
        done = False
        try:
            if value is None:
                done = (yield database("DEL", family, key)) is not None
            else:
                done = yield from _put(family, key, value)
        finally:
            if not done and isinstance(mark, int):
                self._table.dirty.add(mark)
            elif not done and isinstance(mark, str):
                self._table.dirty_entries.add(mark)
        return done

    def _remove(self, version: str) -> Part:
        """The version of before; many of its numbers are the new one's, and go in slices."""
        if len(self._table.routes) > _MANY:
            for position, number in enumerate(tuple(self._table.routes), 1):
                yield database("DEL", f"rolodial/{version}", f"+{number}")
                if position % _SLICE == 0:
                    yield Pause(_REST_S)
        return (yield database("DELTREE", f"rolodial/{version}")) is not None


def _lists(routes: OfflineRoutes) -> dict[str, str]:
    return {f"list/{name}": steps for name, steps in routes.lists.items()}


def _get(family: str, key: str) -> Generator[bytes | Pause, AgiReply | None, str | None]:
    reply = yield database("GET", family, key)
    return reply.value if reply is not None and reply.result == 1 else None


def _put(family: str, key: str, value: str) -> Part:
    reply = yield database("PUT", family, key, value)
    return reply is not None and reply.result == 1


def _plain(e164s: Collection[str]) -> list[int]:
    return [int(e164[1:]) for e164 in e164s if e164[:1] == "+" and e164[1:].isdigit()]


def routes_changed(
    syncs: Mapping[str, AstDbSync], nudge: asyncio.Event | None, numbers: Collection[str] | None
) -> None:
    """Of these numbers; None: of everybody, and whoever waits for `nudge` looks at the house again."""
    if nudge is not None and numbers is None:
        nudge.set()
    for sync in syncs.values():
        sync.changed(numbers)
