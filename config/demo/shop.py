# SPDX-License-Identifier: Apache-2.0
"""The clients of the demo's shop and what they bought: three that matter, and some dozens to keep them company."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from crm_core.domain.order import OrderStatus
from crm_core.domain.received import ReceivedClient, ReceivedOrder

OLGA: Final = "+79161000001"  # has a manager: her call goes to Anna
IVAN: Final = "+79161000002"  # buys little: retail
MARIA: Final = "+79161000003"  # her company buys much: wholesale
_GIVEN: Final = (
    "Alexei Nikolai Sergei Pavel Andrei Mikhail Viktor Roman Igor Timur "
    "Elena Natalia Svetlana Irina Ksenia Daria Yulia Vera Polina Алия"
)
_FAMILY: Final = (
    "Kuznetsov Popov Lebedev Kozlov Novikov Morozov Pavlov Semyonov Golubev Vinogradov "
    "Bogdanov Vorobyov Fyodorov Mikhailov Belyaev Tarasov Belov Komarov Kiselev Шевченко"
)
_COMPANIES: Final = (
    "Baltic Timber;Volga Tools;Red Square Coffee;Amber Trade;Polar Logistics;Altai Honey;Neva Print;Ural Steel Works;"
    "Taiga Outdoor;Kremlin Catering;Sunrise Bakery;Blue Lantern Hotel;Granit Stroy;Sever Food;Green Field Agro;"
    "Parus Yachts;Mosaic Interiors;ООО «Ромашка»;ИП Соколова;АО «Вектор»"
)
_BUYING: Final = {  # by their place among the others: one is about to enter wholesale, one to leave it, one has left
    0: ((12, 23_000), (8, 30_000), (5, 38_000), (2, 40_000)),
    3: ((42, 215_000), (9, 38_000)),
    6: ((55, 224_000), (50, 31_000)),
}
_POSITIONS = ("Buyer", "Director", "Accountant", "Office manager", None, None)
_MANAGERS = ("anna", "boris", "clara", "dmitri", None, None)


@dataclass(frozen=True, slots=True)
class Sale:
    days_ago: int
    amount: int
    status: OrderStatus = OrderStatus.PAID


@dataclass(frozen=True, slots=True)
class Client:
    told: ReceivedClient
    sales: tuple[Sale, ...]

    def orders_at(self, now: datetime) -> list[ReceivedOrder]:
        return [self._order(number, sale, now) for number, sale in enumerate(self.sales, 1)]

    def _order(self, number: int, sale: Sale, now: datetime) -> ReceivedOrder:
        noon = now.replace(hour=9, minute=10 + number, second=0, microsecond=0)
        ordered = min(noon, now) - timedelta(days=sale.days_ago, hours=5)
        paid = sale.status in {OrderStatus.PAID, OrderStatus.RETURNED}
        at = ordered + timedelta(hours=3)
        return ReceivedOrder(
            number=f"{(self.told.external_id or '').upper()}-{number:02}",
            client=ReceivedClient(external_id=self.told.external_id, company=self.told.company),
            status=sale.status,
            amount=Decimal(sale.amount),
            ordered_at=ordered,
            paid_at=at if paid else None,
            shipped_at=at if sale.status is OrderStatus.SHIPPED else None,
            returned_at=at + timedelta(hours=1) if sale.status is OrderStatus.RETURNED else None,
        )


def shop() -> list[Client]:
    """Always the same."""
    dice = random.Random(20)  # noqa: S311 - a demo's shop, not a secret
    return [*_three(), *(_somebody(dice, number) for number in range(60))]


def _three() -> list[Client]:
    return [
        Client(
            ReceivedClient(
                name="Olga Petrova",
                external_id="demo-olga",
                phones=(OLGA,),
                email="olga.petrova@example.com",
                manager="anna",
                note="Prefers to be called after lunch.",
            ),
            (Sale(2, 18_500), Sale(9, 12_300), Sale(20, 17_500), Sale(64, 9_900), Sale(151, 21_400)),
        ),
        Client(
            ReceivedClient(
                name="Ivan Sokolov",
                external_id="demo-ivan",
                phones=(IVAN,),
                email="ivan.sokolov@example.com",
            ),
            (Sale(12, 6_900), Sale(1, 3_200, OrderStatus.NEW), Sale(95, 4_150)),
        ),
        Client(
            ReceivedClient(
                name="Maria Orlova",
                external_id="demo-maria",
                phones=(MARIA,),
                email="maria@northern-lights.example.com",
                position="Purchasing director",
                company="Northern Lights LLC",
                tax_id="7701234567",
            ),
            (Sale(3, 280_000), Sale(11, 195_000), Sale(24, 165_000), Sale(47, 310_000), Sale(120, 150_000)),
        ),
    ]


def _somebody(dice: random.Random, number: int) -> Client:
    """A third of them buy for a company. Nobody but Maria's and those of _BUYING comes near wholesale."""
    given, family = dice.choice(_GIVEN.split()), _FAMILY.split()[number % 20]
    company = _COMPANIES.split(";")[number // 3] if number % 3 == 0 else None
    told = ReceivedClient(
        name=f"{given} {family}",
        external_id=f"demo-{number + 100}",
        phones=(f"+7916100{number + 1000:04}",),
        email=f"client{number + 100}@example.com" if number % 2 else None,
        position=dice.choice(_POSITIONS) if company else None,
        company=company,
        manager=dice.choice(_MANAGERS),
    )
    sales = [_sale(dice, of_company=company is not None) for _ in range(dice.randint(0, 6))]
    return Client(told, (*sales, *(Sale(days, amount) for days, amount in _BUYING.get(number, ()))))


def _sale(dice: random.Random, *, of_company: bool) -> Sale:
    statuses = [OrderStatus.PAID] * 7 + [OrderStatus.NEW, OrderStatus.SHIPPED, OrderStatus.CANCELLED]
    statuses.append(OrderStatus.RETURNED)
    amount = dice.randint(20, 300) * 100 * (4 if of_company else 1)
    return Sale(dice.randint(1, 330), amount, dice.choice(statuses))
