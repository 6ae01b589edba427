"""Between orders and charges: whoever sees a link may follow it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.payments.services.charges import note_settlement
from portal.payments.services.slips import issue_slip
from tests.factories import Cast
from tests.factories.orders import make_order
from tests.factories.payments import make_charge

pytestmark = pytest.mark.django_db


def _links(page: str) -> list[str]:
    main = page[page.index("<main") : page.index("</main")]
    return [link for link in re.findall(r'href="(/[^"#]*)"', main) if "/static/" not in link]


@pytest.mark.parametrize("role", ["faturista", "agente", "admin"])
@pytest.mark.parametrize("paid", [0, 100, 15_000, 20_000])
def test_no_link_is_refused_to_whom_it_is_shown(
    role: str, paid: int, cast: Cast, client_of: Any
) -> None:
    order = make_order()
    charge = make_charge(about=order.about)
    slip = issue_slip(charge, at=timezone.now())
    order.charge, order.payer = charge, charge.payer
    order.save()
    if paid:
        note_settlement(charge, slip, paid, at=timezone.now())
    browser: Client = client_of(getattr(cast, role))
    pages = (charge.get_absolute_url(), order.desk_url, reverse("payments:charges"))
    shown = 0
    for page in pages:
        answer = browser.get(page)
        links = _links(answer.content.decode()) if answer.status_code == 200 else []
        assert [
            link for link in links if browser.get(link.replace("&amp;", "&")).status_code >= 400
        ] == []
        shown += len(links)
    assert shown


def test_a_charge_leads_to_its_order_and_back(cast: Cast, client_of: Any) -> None:
    order = make_order()
    charge = make_charge(about=order.about)
    order.charge = charge
    order.save()
    browser: Client = client_of(cast.faturista)
    assert f'href="{order.desk_url}"' in browser.get(charge.get_absolute_url()).content.decode()
    assert f'href="{charge.get_absolute_url()}"' in browser.get(order.desk_url).content.decode()
