# SPDX-License-Identifier: Apache-2.0
"""The list of deals: the open ones unless asked otherwise, what is expected soonest first."""

from crm_core.domain.deal import Deal, DealState
from crm_core.domain.listing import DealRow, Listed, ListKind, ListQuery
from crm_core.domain.people import User
from crm_core.ports.store import Tx
from web.lists import parsers
from web.lists.common import ARCHIVED, COMPANY, CONTACT, counted
from web.lists.spec import Column, Filter, ListSpec
from web.words import N_, Words


async def _read(tx: Tx, query: ListQuery, _: User) -> Listed[DealRow]:
    return await tx.lists.deals(query)


def _states(say: Words) -> dict[str, str]:
    return {"all": say.text(N_("All")), **{one.value: say.deal(one) for one in DealState}}


def _expected(deal: Deal) -> str | None:
    return deal.expected_on.isoformat() if deal.expected_on else None


DEALS = ListSpec(
    kind=ListKind.DEALS,
    title=N_("Deals"),
    columns=(
        Column(
            key="title",
            title=N_("Title"),
            value=lambda row, _: row.deal.title,
            kind="main-cell",
            sort="title",
            fixed=True,
        ),
        Column(
            key="client",
            title=N_("Client"),
            value=lambda row, _: row.contact or row.company,
            kind="narrow-second clip-cell",
        ),
        Column(
            key="stage",
            title=N_("Stage"),
            value=lambda row, say: say.stage(row.deal.stage),
            kind="narrow-hide",
        ),
        Column(key="owner", title=N_("Whose"), value=lambda row, _: row.owner, kind="narrow-hide clip-cell"),
        Column(
            key="state",
            title=N_("Status"),
            value=lambda row, say: say.deal(row.deal.state),
            kind="narrow-end2",
            shown=False,
        ),
        Column(
            key="amount",
            title=N_("Sum"),
            value=lambda row, _: row.deal.amount,
            kind="right num narrow-end",
            sort="amount",
        ),
        Column(
            key="currency",
            title=N_("Currency"),
            value=lambda row, _: row.deal.currency,
            kind="narrow-hide",
            shown=False,
        ),
        Column(
            key="expected",
            title=N_("Expected on"),
            value=lambda row, _: _expected(row.deal),
            kind="right narrow-hide",
            sort="expected",
        ),
        Column(
            key="closed",
            title=N_("Closed"),
            value=lambda row, _: row.deal.closed_at,
            kind="right narrow-hide",
            shown=False,
        ),
        Column(
            key="created",
            title=N_("Begun"),
            value=lambda row, _: row.deal.created_at,
            kind="right narrow-hide",
            sort="created",
            shown=False,
        ),
    ),
    filters=(
        Filter(name="q", title=N_("Title, client or number"), parse=parsers.text("text"), widget="search"),
        Filter(
            name="owner",
            title=N_("Whose"),
            parse=parsers.person("owner_id"),
            widget="person",
            any=N_("Anybody's"),
        ),
        Filter(
            name="stage",
            title=N_("Stage"),
            parse=parsers.text("stage"),
            options=lambda say: say.stages(),
            any=N_("Any stage"),
        ),
        Filter(
            name="state",
            title=N_("Status"),
            parse=parsers.one_of("state", set(DealState), every="all"),
            options=_states,
        ),
        ARCHIVED,
        CONTACT,
        COMPANY,
    ),
    sorts={"expected": False, "amount": True, "created": True, "title": False},
    defaults={"state": DealState.OPEN.value, "archived": "0"},
    read=_read,
    count=counted(ListKind.DEALS),
    chips=(
        (N_("Open"), {}),
        (N_("Mine"), {"owner": parsers.ME}),
        (N_("Nobody's yet"), {"owner": parsers.NOBODY}),
        (N_("Won"), {"state": "won"}),
        (N_("Lost"), {"state": "lost"}),
        (N_("All"), {"state": "all"}),
        (N_("Archived"), {"archived": "1", "state": "all"}),
    ),
    empty=(
        "briefcase",
        N_("No open deals"),
        N_("What a client may buy stands here, with its sum and how far it has come."),
    ),
    form="/deals/new",
)
