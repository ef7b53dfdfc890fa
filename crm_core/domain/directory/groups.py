# SPDX-License-Identifier: Apache-2.0
"""Groups of companies in memory: the head of each, and what all of them bought together."""

from collections.abc import Iterator, Sequence

from crm_core.domain.company_group import LEVELS
from crm_core.domain.directory.owner_table import NOBODY, OwnerTable


class Groups:
    """Over the table of companies, whose column `company` says whom each belongs to. Most belong to nobody."""

    def __init__(self, companies: OwnerTable) -> None:
        self._companies = companies
        self._below: dict[int, set[int]] = {}  # only of those to whom others belong
        self._sums: dict[int, tuple[int, ...]] = {}  # by head, until something of it changes
        self.counted = True  # a setting of bands; else each company counts alone

    def put(self, row: int, parent: int) -> None:
        before = self._companies.company[row]
        if before == parent:
            return
        self._sums.pop(self.head(row), None)
        if before != NOBODY:
            self._below[before].discard(row)
        self._companies.company[row] = parent
        if parent != NOBODY:
            self._below.setdefault(parent, set()).add(row)
        self._sums.pop(self.head(row), None)
        self._sums.pop(row, None)

    def head(self, row: int) -> int:
        """Itself where it belongs to nobody. While changes come in one by one there may be a ring: it is left."""
        for _ in range(LEVELS):
            parent = self._companies.company[row]
            if parent == NOBODY:
                break
            row = parent
        return row

    def counts_as(self, row: int) -> int:
        """Whose turnover and band are this company's."""
        return self.head(row) if self.counted else row

    def members(self, head: int) -> Iterator[int]:
        """All of the group, its head first."""
        seen, found = {head}, [head]
        for row in found:
            yield row
            below = self._below.get(row, set()) - seen
            seen |= below
            found += below

    def amounts(self, row: int) -> Sequence[int]:
        """By window; of the whole group, where it counts as one."""
        head = self.counts_as(row)
        columns = self._companies.turnover
        if not self.counted or not self._below.get(head):
            return [column[head] for column in columns]
        known = self._sums.get(head)
        if known is None:
            rows = list(self.members(head))
            known = self._sums[head] = tuple(sum(column[one] for one in rows) for column in columns)
        return known

    def bought(self, row: int) -> None:
        """Its own turnover is another than it was."""
        self._sums.pop(self.head(row), None)

    def forget_sums(self) -> None:
        self._sums = {}
