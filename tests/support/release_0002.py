# SPDX-License-Identifier: Apache-2.0
"""A house as release 0.1 (revision 0002) left it, written in that release's own columns: never change it afterwards."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from alembic import command
from sqlalchemy import inspect, text

from crm_core.storage.engine import make_engines, parse_url
from crm_core.storage.open_store import alembic_config
from web.passwords import hash_password

REVISION = "0002"
PASSWORD = "rolodial-demo"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CONTACTS, CALLS = 120, 300
LOGINS = ("anna", "boris", "sofia", "admin")
ROLES = {"sofia": "supervisor", "admin": "admin"}
_NAMES = ("Olga Petrova", "Алия Шевченко", "O'Brien <b>", "Иван 🙂")


def micros(ago: timedelta = timedelta()) -> int:
    return int((NOW - ago).timestamp() * 1_000_000)


def uid(kind: int, number: int) -> UUID:
    return UUID(int=(0x0193 << 112) | (7 << 76) | (2 << 62) | (kind << 32) | number)


def rows():
    """Table and row, in the order that foreign keys want."""
    yield from _people()
    yield from _clients()
    yield from _orders()
    for number in range(CALLS):
        yield from _call(number)
    yield from _the_rest()


def _people():
    hashed, since = hash_password(PASSWORD), micros(timedelta(days=400))
    yield "team", {"id": uid(1, 0), "name": "retail"}
    for number, login in enumerate(LOGINS):
        user = uid(2, number)
        yield "user_account", {
            "id": user, "login": login, "name": login.title(), "password_hash": hashed,
            "role": ROLES.get(login, "operator"), "locale": "ru" if number else None, "zone": None,
            "theme": "dark", "created_at": since, "archived_at": None,
        }  # fmt: skip
        if login in ROLES:
            continue
        yield "team_member", {"team_id": uid(1, 0), "user_id": user}
        extension = str(101 + number)
        valid = {"user_id": user, "pbx": "main", "valid_from": since, "valid_to": None}
        yield "operator_extension", {"id": uid(3, number), "extension": extension, **valid}
        yield (
            "operator_device",
            {"id": uid(4, number), "device": f"PJSIP/{extension}", "kind": "desk", **valid},
        )
        yield "operator_state", {
            "id": uid(5, number), "user_id": user, "state": "available", "reason": None,
            "started_at": since, "ended_at": None,
        }  # fmt: skip
    yield "own_number", {"id": uid(6, 0), "e164": "+74951112233", "label": "Main", "kind": "did"}
    yield "session", {
        "id_hash": "s" * 64, "user_id": uid(2, 0), "csrf": "c" * 43, "created_at": micros(),
        "seen_at": micros(), "expires_at": micros(timedelta(days=-1)), "ip": "127.0.0.1", "user_agent": "x",
    }  # fmt: skip
    yield "api_token", {
        "id": uid(7, 0), "token_hash": "t" * 64, "user_id": uid(2, 3), "label": "shop",
        "scopes": json.dumps(["orders:write"]), "created_at": since, "expires_at": None, "last_used_at": micros(),
    }  # fmt: skip


def _clients():
    born = {"created_at": micros(timedelta(days=300)), "updated_at": micros(timedelta(days=3))}
    yield "company", {
        "id": uid(8, 0), "name": "Northern Lights LLC", "external_id": "nl", "tax_id": "7701234567",
        "manager_id": uid(2, 1), "archived_at": None, **born,
    }  # fmt: skip
    for number in range(CONTACTS):
        name, e164 = f"{_NAMES[number % 4]} {number}", number_of(number)
        yield "contact", {
            "id": uid(9, number), "name": name, "external_id": f"c-{number}", "position": "Buyer",
            "email": f"c{number}@example.com", "note": "Likes \U0001f4de" if number % 3 else None,
            "company_id": None if number % 5 else uid(8, 0), "manager_id": None if number % 2 else uid(2, 0),
            "archived_at": micros() if number % 50 == 49 else None, **born,
        }  # fmt: skip
        yield "phone_number", {
            "id": uid(10, number), "e164": e164, "reversed": e164[:0:-1], "raw": e164, "extension": None,
            "kind": "mobile", "contact_id": uid(9, number), "company_id": None, "created_at": born["created_at"],
        }  # fmt: skip
        yield "search_doc", {
            "seq": number + 1, "kind": "contact", "owner_id": uid(9, number),
            "text": f"{name.casefold()}|c{number}@example.com|{e164[1:]}", "archived": number % 50 == 49,
        }  # fmt: skip
    yield "lead", {
        "id": uid(11, 0), "e164": "+79169990000", "name": None, "status": "open", "contact_id": None, **born,
    }  # fmt: skip


def number_of(number: int) -> str:
    return f"+7916100{number:04}"


def _orders():
    for number in range(CONTACTS):
        at = micros(timedelta(days=number % 28))
        amount = int(Decimal("1234.56") * 100) + number
        yield "customer_order", {
            "id": uid(12, number), "number": f"A-{number}", "contact_id": uid(9, number), "company_id": None,
            "status": "paid", "amount": amount, "returned": 0, "currency": "RUB", "ordered_at": at, "paid_at": at,
            "shipped_at": None, "returned_at": None, "updated_at": at,
        }  # fmt: skip
        yield "turnover_day", {
            "order_id": uid(12, number), "day": (NOW - timedelta(days=number % 28)).toordinal(),
            "contact_id": uid(9, number), "company_id": None, "amount": amount, "currency": "RUB",
        }  # fmt: skip


def _call(number):
    begin, e164 = micros(timedelta(hours=number)), number_of(number % CONTACTS)
    answered, end = begin + 5_000_000, begin + 65_000_000
    leg = {"answered_at": answered, "ended_at": end, "talk_s": 60.0, "hold_s": 0.0}
    yield "call", {
        "id": uid(13, number), "merged_into": None, "pbx": "main", "boot": "b", "direction": "inbound",
        "caller": e164, "caller_name": None, "dialled": "+74951112233", "client_e164": e164,
        "client_reversed": e164[:0:-1], "trunk": "PJSIP/trunk", "queue": None, "answered_by": "101",
        "final_party": "101", "answered_user_id": uid(2, 0), "disposition": "answered", "missed": False,
        "started_at": begin, "wait_s": 5.0, "hangup_by": "caller", "transfers": "[]", "uncertain": "[]",
        "talks": json.dumps([{"started_at": "2026-11-20T09:00:05+00:00", "ended_at": None, "party": "101"}]), **leg,
    }  # fmt: skip
    yield "call_linkedid", {"pbx": "main", "boot": "b", "linkedid": f"{number}.1", "call_id": uid(13, number)}
    yield "call_leg", {
        "call_id": uid(13, number), "position": 0, "uniqueid": f"{number}.2", "device": "PJSIP/101",
        "party": "101", "kind": "operator", "user_id": uid(2, 0), "rang_at": begin, "end_reason": "hangup", **leg,
    }  # fmt: skip
    yield "communication", {
        "id": uid(13, number), "kind": "call", "call_id": uid(13, number), "trigger": "primary",
        "trigger_id": None, "contact_id": uid(9, number % CONTACTS), "company_id": None, "lead_id": None,
        "user_id": uid(2, 0), "e164": e164, "place": "+74951112233", "started_at": begin, "duration_s": 60.0,
        "next_at": None, "context_kind": None, "context_id": None, "result": "order", "note": f"note {number}",
        "in_statistics": True, "updated_at": end,
    }  # fmt: skip
    yield "recording", {
        "id": uid(14, number), "call_id": uid(13, number), "pbx": "main", "linkedid": f"{number}.1",
        "uniqueid": f"{number}.1", "state": "ready", "detail": None, "source_name": f"{number}.wav",
        "storage_key": f"2026/11/20/{uid(14, number)}.ogg", "media_type": "audio/ogg", "bytes": 1000,
        "duration_s": 60.0, "started_at": answered, "ended_at": end,
        "peaks": json.dumps({"client": [1, 2], "operator": [3, 4]}), "created_at": end,
    }  # fmt: skip


def _the_rest():
    yield "recording_play", {
        "id": uid(15, 0), "recording_id": uid(14, 0), "user_id": uid(2, 2), "played_at": micros(), "ip": None,
    }  # fmt: skip
    yield "route_decision", {
        "call_id": uid(13, 0), "decided_at": micros(), "rule_set_version": 1, "rule": "default",
        "facts": "{}", "steps": "[]", "trace": "{}", "latency_us": 900,
    }  # fmt: skip
    yield "change", {"seq": 7, "kind": "contact", "id": uid(9, 0), "at": micros()}
    yield "audit", {
        "id": uid(16, 0), "at": micros(), "user_id": uid(2, 3), "actor": "admin", "action": "update",
        "kind": "contact", "record_id": uid(9, 0), "before": '{"name":"a"}', "after": '{"name":"b"}',
    }  # fmt: skip
    yield "setting", {"name": "something_kept", "value": '{"of": "release 0.1"}'}


def _made_at(connection):
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


async def make(url: str) -> None:
    """The database at `url` as that release made and filled it."""
    engines = make_engines(parse_url(url))
    try:
        async with engines.writer.begin() as connection:
            await connection.run_sync(_made_at)
            is_sqlite = connection.dialect.name == "sqlite"
            for table, row in rows():
                names = ", ".join(f'"{name}"' for name in row)
                values = ", ".join(f":{name}" for name in row)
                kept = {name: _for_sqlite(value) for name, value in row.items()} if is_sqlite else row
                await connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({values})'), kept)  # noqa: S608
            if not is_sqlite:
                for table in ("search_doc", "change"):
                    last = f"SELECT setval(pg_get_serial_sequence('{table}', 'seq'), max(seq)) FROM {table}"  # noqa: S608
                    await connection.execute(text(last))
    finally:
        await engines.dispose()


def _for_sqlite(value):
    return value.bytes if isinstance(value, UUID) else int(value) if isinstance(value, bool) else value


async def read(url: str) -> dict[str, list[str]]:
    """Every row there is, in the columns that release had."""
    engines = make_engines(parse_url(url))
    found = {}
    try:
        async with engines.reader.connect() as connection:
            names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
            columns = {table: list(row) for table, row in rows()}
            for table in sorted(names & set(columns)):
                some = ", ".join(f'"{name}"' for name in columns[table])
                got = await connection.execute(text(f'SELECT {some} FROM "{table}"'))  # noqa: S608
                found[table] = sorted(map(repr, got.all()))
    finally:
        await engines.dispose()
    return found
