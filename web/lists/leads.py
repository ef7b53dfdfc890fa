# SPDX-License-Identifier: Apache-2.0
"""The list of leads: unknown callers."""

from crm_core.domain.lead import LeadStatus
from crm_core.domain.listing import LeadRow, Listed, ListKind, ListQuery
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from web.lists import parsers
from web.lists.common import FROM, MANAGER, NUMBER, TO, counted
from web.lists.spec import Column, Filter, ListSpec
from web.words import N_, Words


async def _read_leads(tx: Tx, query: ListQuery, _: User) -> Listed[LeadRow]:
    return await tx.lists.leads(query)


def _leads(say: Words) -> dict[str, str]:
    return {code.value: say.lead(code) for code in LeadStatus}


LEADS = ListSpec(
    kind=ListKind.LEADS,
    title=N_("Leads"),
    columns=(
        Column(
            key="caller",
            title=N_("Caller"),
            value=lambda row, _: row.lead.name or row.lead.e164,
            kind="main-cell",
            fixed=True,
        ),
        Column(
            key="number",
            title=N_("Number"),
            value=lambda row, _: row.lead.e164,
            kind="narrow-hide num",
            shown=False,
        ),
        Column(
            key="status",
            title=N_("Status"),
            value=lambda row, say: say.lead(row.lead.status),
            kind="narrow-second",
        ),
        Column(
            key="manager", title=N_("Manager"), value=lambda row, _: row.manager, kind="narrow-hide clip-cell"
        ),
        Column(
            key="contact", title=N_("Contact"), value=lambda row, _: row.contact, kind="narrow-hide clip-cell"
        ),
        Column(
            key="created",
            title=N_("First call"),
            value=lambda row, _: row.lead.created_at,
            kind="right muted narrow-end",
            sort="created",
            fixed=True,
        ),
    ),
    filters=(
        NUMBER,
        MANAGER,
        Filter(
            name="status",
            title=N_("Status"),
            parse=parsers.one_of("status", set(LeadStatus), every="all"),
            options=lambda say: {"all": say.text(N_("All")), **_leads(say)},
        ),
        FROM,
        TO,
    ),
    sorts={"created": True},
    defaults={"status": LeadStatus.OPEN.value},
    read=_read_leads,
    count=counted(ListKind.LEADS),
    chips=(
        (N_("Open"), {}),
        (N_("Without a manager"), {"manager": parsers.NOBODY}),
        (N_("Became a contact"), {"status": "completed"}),
        (N_("Joined to a contact"), {"status": "merged"}),
        (N_("Not a client"), {"status": "not_client"}),
        (N_("Wrong number"), {"status": "wrong_number"}),
        (N_("Spam"), {"status": "spam"}),
        (N_("All"), {"status": "all"}),
    ),
    empty=(
        "user-question",
        N_("No open leads"),
        N_("An unknown caller becomes a lead. One click says who it was."),
    ),
)
