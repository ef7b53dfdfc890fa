# SPDX-License-Identifier: Apache-2.0
"""The lists of contacts and of companies."""

from collections.abc import Mapping, Sequence

from crm_core.domain.listing import CompanyRow, ContactRow, Listed, ListKind, ListQuery
from crm_core.domain.people import User
from crm_core.domain.tags import joined
from crm_core.ports.store import Tx
from web.lists import parsers
from web.lists.common import ARCHIVED, COMPANY, FROM, MANAGER, TO, counted
from web.lists.spec import Column, Filter, ListSpec
from web.words import N_

_SEARCH = Filter(name="q", title=N_("Name, e-mail or number"), parse=parsers.text("text"), widget="search")
_BAND = Filter(
    name="band",
    title=N_("Turnover band"),
    parse=parsers.text("band"),
    widget="band",
    any=N_("Any band"),
)
_TAG = Filter(name="tag", title=N_("Tag"), parse=parsers.text("tag"), widget="tag", any=N_("Any tag"))
_BAND_COLUMN = Column(
    key="band", title=N_("Turnover band"), value=lambda row, _: row.band, kind="narrow-hide", shown=False
)


async def _read_contacts(tx: Tx, query: ListQuery, _: User) -> Listed[ContactRow]:
    return await tx.lists.contacts(query)


async def _read_companies(tx: Tx, query: ListQuery, _: User) -> Listed[CompanyRow]:
    return await tx.lists.companies(query)


_CHIPS: Sequence[tuple[str, Mapping[str, str]]] = (
    (N_("All"), {}),
    (N_("Mine"), {"manager": parsers.ME}),
    (N_("Without a manager"), {"manager": parsers.NOBODY}),
    (N_("Archived"), {"archived": "1"}),
)
CONTACTS = ListSpec(
    kind=ListKind.CONTACTS,
    title=N_("Contacts"),
    columns=(
        Column(
            key="name",
            title=N_("Name"),
            value=lambda row, _: row.contact.name,
            kind="main-cell",
            sort="name",
            fixed=True,
        ),
        Column(
            key="company",
            title=N_("Company"),
            value=lambda row, _: row.company,
            kind="narrow-second clip-cell",
        ),
        Column(
            key="position",
            title=N_("Position"),
            value=lambda row, _: row.contact.position,
            kind="narrow-hide clip-cell",
            shown=False,
        ),
        Column(
            key="phone",
            title=N_("Phone"),
            value=lambda row, _: ", ".join(row.numbers) or None,
            kind="narrow-end",
        ),
        Column(
            key="email",
            title=N_("E-mail"),
            value=lambda row, _: row.contact.email,
            kind="narrow-hide clip-cell",
        ),
        Column(
            key="manager", title=N_("Manager"), value=lambda row, _: row.manager, kind="narrow-hide clip-cell"
        ),
        _BAND_COLUMN,
        Column(
            key="tags",
            title=N_("Tags"),
            value=lambda row, _: joined(row.contact.tags) or None,
            kind="narrow-hide clip-cell",
            shown=False,
        ),
        Column(
            key="external",
            title=N_("External id"),
            value=lambda row, _: row.contact.external_id,
            kind="narrow-hide",
            shown=False,
        ),
        Column(
            key="created",
            title=N_("Client since"),
            value=lambda row, _: row.contact.created_at,
            kind="right narrow-hide",
            sort="created",
        ),
        Column(
            key="updated",
            title=N_("Changed"),
            value=lambda row, _: row.contact.updated_at,
            kind="right narrow-hide",
            sort="updated",
            shown=False,
        ),
    ),
    filters=(
        _SEARCH,
        MANAGER,
        _BAND,
        _TAG,
        ARCHIVED,
        FROM,
        TO,
        COMPANY,
    ),
    sorts={"name": False, "created": True, "updated": True},
    defaults={"archived": "0"},
    read=_read_contacts,
    count=counted(ListKind.CONTACTS),
    chips=_CHIPS,
    empty=(
        "users",
        N_("No contacts yet"),
        N_("Add the first one, bring them in from a file, or let callers become contacts."),
    ),
    form="/contacts/new",
)
COMPANIES = ListSpec(
    kind=ListKind.COMPANIES,
    title=N_("Companies"),
    columns=(
        Column(
            key="name",
            title=N_("Company name"),
            value=lambda row, _: row.company.name,
            kind="main-cell",
            sort="name",
            fixed=True,
        ),
        Column(
            key="people",
            title=N_("Contacts"),
            value=lambda row, _: row.people,
            kind="right narrow-hide",
        ),
        Column(
            key="phone",
            title=N_("Phone"),
            value=lambda row, _: ", ".join(row.numbers) or None,
            kind="narrow-end",
        ),
        Column(
            key="tax", title=N_("Tax id"), value=lambda row, _: row.company.tax_id, kind="narrow-hide num"
        ),
        Column(
            key="manager",
            title=N_("Manager"),
            value=lambda row, _: row.manager,
            kind="narrow-second clip-cell",
        ),
        _BAND_COLUMN,
        Column(
            key="tags",
            title=N_("Tags"),
            value=lambda row, _: joined(row.company.tags) or None,
            kind="narrow-hide clip-cell",
            shown=False,
        ),
        Column(
            key="external",
            title=N_("External id"),
            value=lambda row, _: row.company.external_id,
            kind="narrow-hide",
            shown=False,
        ),
        Column(
            key="created",
            title=N_("Client since"),
            value=lambda row, _: row.company.created_at,
            kind="right narrow-hide",
            sort="created",
        ),
        Column(
            key="updated",
            title=N_("Changed"),
            value=lambda row, _: row.company.updated_at,
            kind="right narrow-hide",
            sort="updated",
            shown=False,
        ),
    ),
    filters=(_SEARCH, MANAGER, _BAND, _TAG, ARCHIVED, FROM, TO),
    sorts={"name": False, "created": True, "updated": True},
    defaults={"archived": "0"},
    read=_read_companies,
    count=counted(ListKind.COMPANIES),
    chips=_CHIPS,
    empty=("building", N_("No companies yet"), N_("Add the first one, or bring them in from a file.")),
    form="/companies/new",
)
