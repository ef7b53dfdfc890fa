# SPDX-License-Identifier: Apache-2.0
"""All the lists, by kind."""

from collections.abc import Mapping

from crm_core.domain.listing import ListKind
from web.lists.calls import CALLS
from web.lists.clients import COMPANIES, CONTACTS
from web.lists.deals import DEALS
from web.lists.leads import LEADS
from web.lists.missed import MISSED
from web.lists.orders import ORDERS
from web.lists.spec import ListSpec
from web.lists.voicemail import VOICEMAIL

_ALL = (CONTACTS, COMPANIES, DEALS, ORDERS, CALLS, LEADS, VOICEMAIL, MISSED)
LISTS: Mapping[ListKind, ListSpec] = {spec.kind: spec for spec in _ALL}
