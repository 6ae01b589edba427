"""Every page that shows a list of the kit is looked at in the browser and printed there."""

import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from portal.ui.lists import list_page, page_shown
from tests.browser.lists import LED_TO, LISTS


def views(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, Any]]:
    """Every view of the portal with the name of its address."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from views(
                pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space
            )
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{space}{pattern.name}", inspect.unwrap(pattern.callback)


def names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from names_in(inner)


def shows_a_list(view: Callable[..., Any]) -> bool:
    """Whether the view, or a function of its own module that it calls, makes a list page."""
    waiting, seen = [view], {view}
    while waiting:
        function = waiting.pop()
        for name in names_in(function.__code__) if isinstance(function, FunctionType) else ():
            used: Any = function.__globals__.get(name)
            if used in (list_page, page_shown):
                return True
            if getattr(used, "__module__", "") == view.__module__ and used not in seen:
                seen.add(used)
                waiting.append(inspect.unwrap(used))
    return False


def test_every_list_is_looked_at_in_the_browser() -> None:
    lists = {name for name, view in views(get_resolver()) if shows_a_list(view)}
    looked_at = {resolve(path.partition("?")[0]).view_name for _role, path in LISTS} | {*LED_TO}
    assert {"invoices:list", "invoices:batch_rows", "reminders:list"} <= lists
    assert lists - looked_at == set(), "add these to tests/browser/lists.py"
