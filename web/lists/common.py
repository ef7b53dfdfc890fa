# SPDX-License-Identifier: Apache-2.0
"""What several lists have: filters, and how they are counted."""

from crm_core.domain.listing import ListKind, ListQuery
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from web.lists import parsers
from web.lists.spec import Count, Filter
from web.words import N_, Words

TODAY = "@today"  # in a chip: the day of the reader
FROM = Filter(name="from", title=N_("from"), parse=parsers.first_day, widget="date")
TO = Filter(name="to", title=N_("to"), parse=parsers.last_day, widget="date")
NUMBER = Filter(name="number", title=N_("Number or its end"), parse=parsers.tail, widget="search")
MANAGER = Filter(
    name="manager",
    title=N_("Manager"),
    parse=parsers.person("manager_id"),
    widget="person",
    any=N_("Any manager"),
)
CONTACT = Filter(name="contact", title=N_("Contact"), parse=parsers.record("contact_id"), widget="hidden")
COMPANY = Filter(name="company", title=N_("Company"), parse=parsers.record("company_id"), widget="hidden")


def _archive(say: Words) -> dict[str, str]:
    return {"0": say.text(N_("Not archived")), "1": say.text(N_("Archived"))}


ARCHIVED = Filter(name="archived", title=N_("Archive"), parse=parsers.archived, options=_archive)


def counted(kind: ListKind) -> Count:
    """Of a list that everybody sees whole."""

    async def count(tx: Tx, query: ListQuery, _: User, most: int) -> int:
        return await tx.lists.count(kind, query, most)

    return count
