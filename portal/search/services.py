"""The search over all desks: each looks among what the person may see, and gives its first few."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from portal import desks
from portal.accounts.scope import RequestScope
from portal.ui.search import words_of

FIRST = 5  # of each kind
SHORTEST, LONGEST = 2, 100  # characters of a query


@dataclass(frozen=True)
class Group:
    """What was found of one kind: the first hits, and where to see all of them, if anywhere."""

    label: desks.Label
    icon: str
    hits: Sequence[desks.Hit]
    has_more: bool
    list_url: str


def tidied(typed: str) -> str:
    """What is seen of what was typed, on one line and not longer than anybody searches for."""
    return " ".join(words_of(typed))[:LONGEST].strip()


def find_everywhere(scope: RequestScope, text: str) -> list[Group]:
    """What every desk finds, by kind; kinds of which nothing was found are left out."""
    sources: list[desks.SearchSource] = sorted(desks.gather("search"), key=attrgetter("order"))
    groups = [_group(source, scope, text) for source in sources if source.visible(scope.request)]
    return [group for group in groups if group.hits]


def _group(source: desks.SearchSource, scope: RequestScope, text: str) -> Group:
    hits = source.find(scope, text, FIRST + 1)
    list_url = source.list_url(scope, text) if source.list_url and hits else ""
    return Group(source.label, source.icon, hits[:FIRST], len(hits) > FIRST, list_url)
