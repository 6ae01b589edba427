"""The main menu: the same entries wide and narrow, this page marked, in the reader's language."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from tests.factories import Cast


def menu(client: Client, page: str, language: str = "pt-br") -> str:
    html = client.get(reverse(page), headers={"accept-language": language}).content.decode()
    return html.partition('<nav class="mainnav')[2].partition("</nav>")[0]


def test_the_page_that_is_shown_is_marked_and_no_other(
    cast: Cast, client_of: Callable[..., Client]
) -> None:
    ana = client_of(cast.ana)
    for page in ("invoices:list", "invoices:reports"):
        marked = f'<a href="{reverse(page)}" aria-current="page">'
        assert menu(ana, page).count(marked) == 2  # wide and narrow
        assert menu(ana, page).count("aria-current") == 2


def test_what_was_drawn_for_one_language_is_not_shown_in_another(
    cast: Cast, client_of: Callable[..., Client]
) -> None:
    ana = client_of(cast.ana)
    first, other = menu(ana, "ui:dashboard"), menu(ana, "ui:dashboard", "en")
    assert first != other
    assert menu(ana, "ui:dashboard") == first
