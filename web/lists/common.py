# SPDX-License-Identifier: Apache-2.0
"""Filters that several lists have."""

from web.lists import parsers
from web.lists.spec import Filter
from web.words import N_

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
