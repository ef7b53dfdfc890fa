# SPDX-License-Identifier: Apache-2.0
"""A list's address, read and written: known names and values only; what makes no sense is left out and named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from crm_core.domain.listing import ListQuery
from web.lists import places
from web.lists.spec import Column, ListSpec, Reader

_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of a list; `given` is what of it made sense, as it stands in the address."""

    spec: ListSpec
    given: Mapping[str, str]
    ignored: Sequence[str]
    columns: Sequence[Column]
    query: ListQuery

    @property
    def own(self) -> Mapping[str, str]:
        """The filters, without sort and columns and what is so anyhow."""
        kept = {each.name for each in self.spec.filters}
        return {
            name: value
            for name, value in self.given.items()
            if name in kept and self.spec.defaults.get(name) != value
        }

    def query_string(self, **changed: str) -> str:
        """The address' query with some things other than they are; '' takes one away."""
        values = {name: value for name, value in {**self.given, **changed}.items() if value}
        defaults = self.spec.defaults
        return urlencode({n: v for n, v in sorted(values.items()) if defaults.get(n) != v})

    def address(self, **changed: str) -> str:
        query = self.query_string(**changed)
        return f"{self.spec.address}?{query}" if query else self.spec.address

    def sorted_by(self, sort: str) -> str:
        """The address that sorts so; the other way round when it is sorted so already."""
        first = self.spec.sorts[sort]
        descending = not self.query.descending if self.query.sort == sort else first
        usual = next(iter(self.spec.sorts))
        if sort == usual and descending == self.spec.sorts[usual]:
            return self.address(sort="")
        return self.address(sort=f"-{sort}" if descending else sort)

    def order(self, sort: str) -> str:
        if self.query.sort != sort:
            return ""
        return "descending" if self.query.descending else "ascending"

    def has(self, key: str) -> bool:
        return any(column.key == key for column in self.columns)


def read(spec: ListSpec, query: Mapping[str, str], reader: Reader, limit: int) -> Asked:
    said = {name: query[name].strip()[:_LONGEST] for name in _names(spec) if query.get(name, "").strip()}
    asked = {**spec.defaults, **said}
    filters: dict[str, object] = {}
    given, ignored = dict(asked), []
    for each in spec.filters:
        if each.name in asked:
            try:
                filters |= each.parse(_storable(asked[each.name]), reader)
            except ValueError:
                ignored.append(each.name)
                del given[each.name]
    sort, descending = _sort(spec, given, ignored)
    return Asked(
        spec=spec,
        given=given,
        ignored=ignored,
        columns=_columns(spec, given, ignored),
        query=ListQuery(
            sort=sort,
            descending=descending,
            filters=filters,
            after=places.read(query.get("after")),
            limit=limit,
        ),
    )


def read_string(spec: ListSpec, query: str, reader: Reader, limit: int) -> Asked:
    """As `read`, of a query that was kept."""
    return read(spec, dict(parse_qsl(query)), reader, limit)


def unknown(spec: ListSpec, query: str) -> list[str]:
    """What a query says that the list knows nothing of. A page may have it for its own ends; an order may not."""
    known = {*_names(spec), "after"}
    return sorted({name for name, _ in parse_qsl(query, keep_blank_values=True)} - known)


def _storable(text: str) -> str:
    """PostgreSQL refuses a NUL wherever it stands."""
    if "\0" in text:
        raise ValueError("a NUL")
    return text


def _names(spec: ListSpec) -> list[str]:
    return [each.name for each in spec.filters] + ["sort", "cols"]


def _sort(spec: ListSpec, given: dict[str, str], ignored: list[str]) -> tuple[str, bool]:
    usual = next(iter(spec.sorts))
    if "sort" not in given:
        return usual, spec.sorts[usual]
    name, descending = given["sort"].removeprefix("-"), given["sort"].startswith("-")
    if name in spec.sorts:
        return name, descending
    ignored.append("sort")
    del given["sort"]
    return usual, spec.sorts[usual]


def _columns(spec: ListSpec, given: dict[str, str], ignored: list[str]) -> Sequence[Column]:
    """In the order of the list, whatever the order asked for: rows on a narrow screen need it."""
    usual = [column for column in spec.columns if column.shown or column.fixed]
    if "cols" not in given:
        return usual
    wanted = set(given["cols"].split(","))
    if unknown := wanted - {column.key for column in spec.columns}:
        ignored.append("cols")
        wanted -= unknown
    chosen = [column for column in spec.columns if column.fixed or column.key in wanted]
    if not wanted or chosen == usual:
        del given["cols"]
        return usual
    given["cols"] = ",".join(column.key for column in chosen if not column.fixed)
    return chosen
