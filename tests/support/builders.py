# SPDX-License-Identifier: Apache-2.0
"""Domain objects with defaults: say only what the test is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from crm_core.domain.audit import Actor
from crm_core.domain.client import ClientKind, Company, Contact, PhoneNumber
from crm_core.domain.client_field import ClientField, FieldKind
from crm_core.domain.ids import new_id
from crm_core.domain.order import Order, OrderStatus
from crm_core.domain.people import Role, User
from crm_core.domain.received import ReceivedClient, ReceivedOrder

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ANNA = Actor("anna")


def a_user(login="anna", **more):
    return User(
        **{"id": new_id(NOW), "login": login, "name": login.title(), "role": Role.OPERATOR, "created_at": NOW}
        | more
    )


def a_contact(name="Olga Petrova", **more):
    return Contact(**{"id": new_id(NOW), "name": name, "created_at": NOW, "updated_at": NOW} | more)


def a_company(name="Northern Lights LLC", **more):
    return Company(**{"id": new_id(NOW), "name": name, "created_at": NOW, "updated_at": NOW} | more)


def a_field(kind=FieldKind.TEXT, key="segment", of=ClientKind.CONTACT, **more):
    """Of contacts or companies."""
    usual = {"label": key.capitalize(), "position": 10, "choices": ("Gold", "Silver")}
    return ClientField(**{"id": new_id(NOW), "of": of, "key": key, "kind": kind} | usual | more)


def a_number(e164="+79161000001", **more):
    return PhoneNumber(**{"id": new_id(NOW), "e164": e164, "raw": e164, "created_at": NOW} | more)


def an_order(number="A-1", amount="1000", paid_days_ago=1, **more):
    at = NOW - timedelta(days=paid_days_ago)
    defaults = {
        "id": new_id(NOW),
        "number": number,
        "status": OrderStatus.PAID,
        "amount": Decimal(amount),
        "currency": "RUB",
        "ordered_at": at,
        "paid_at": at,
        "updated_at": NOW,
    }
    return Order(**defaults | more)


def a_received_order(number="A-1", amount="1000", phone="+79161000001", **more):
    at = NOW - timedelta(days=1)
    defaults = {
        "number": number,
        "client": ReceivedClient(phones=(phone,)),
        "status": OrderStatus.PAID,
        "amount": Decimal(amount),
        "ordered_at": at,
    }
    return ReceivedOrder(**defaults | more)
