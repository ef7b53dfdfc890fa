# SPDX-License-Identifier: Apache-2.0
"""The house's own settings, that people change while it runs."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.money import exponent
from crm_core.domain.turnover import Basis, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Where we are, what we count in, and from which turnover on a client is wholesale."""

    region: str = "RU"  # of phone numbers written without a country
    zone: str = "Europe/Moscow"  # in which a day begins
    currency: str = "RUB"
    turnover_basis: Basis = Basis.PAID
    turnover_window: Window = Window.DAYS_30  # the one shown on cards
    wholesale_from: Decimal = Decimal(200_000)

    def __post_init__(self) -> None:
        exponent(self.currency)
        if not (len(self.region) == 2 and self.region.isascii() and self.region.isupper()):  # noqa: PLR2004
            raise InvalidInputError(f"not a region (two letters, as RU): {self.region!r}", field="region")
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, LookupError) as error:
            raise InvalidInputError(
                f"not a time zone (as Europe/Moscow): {self.zone!r}", field="zone"
            ) from error

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)
