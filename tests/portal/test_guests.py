"""A link opens one object for one participant, without an account, and nothing else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.test import Client
from django.urls import include, path, reverse
from django.utils import timezone

from portal.accounts import jobs
from portal.accounts.decorators import guests_welcome
from portal.accounts.models import GuestLink, Unit, UnitQuerySet
from portal.accounts.services import guests
from portal.accounts.services.links import LinkOver
from portal.accounts.visits import KEY, Visit
from portal.audit.models import AuditEvent
from portal.outbox.models import Entry
from tests.factories import Cast
from tests.portal.entrance import mail_text, mails, sign_in, signed_in, text, without_keys

ClientOf = Callable[..., Client]
NINA = "nina@exemplo.com.br"


@guests_welcome
def show(request: HttpRequest, pk: int, visit: Visit | None) -> HttpResponse:
    visible: Any = Unit.objects
    unit = get_object_or_404(visible.visible_to(request.user, at=None, visit=visit), pk=pk)
    return HttpResponse(f"{unit.name} {visit.name if visit else 'own'}")


urlpatterns = [path("objeto/<int:pk>/", show, name="object"), path("", include("portal.urls"))]


@pytest.fixture(autouse=True)
def _units_let_guests_in(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings, cast: Cast
) -> None:
    """Units stand for what a desk shows to guests; the participant is the company's address."""
    settings.ROOT_URLCONF = __name__
    before = UnitQuerySet.visible_to

    def visible_to(self: Any, user: Any, *, visit: Visit | None = None, **values: Any) -> Any:
        if visit is not None:
            return self.filter(pk__in=visit.keys(Unit), company__email=visit.email)
        return before(self, user, **values)

    monkeypatch.setattr(UnitQuerySet, "visible_to", visible_to)
    monkeypatch.setattr(Unit, "get_absolute_url", lambda unit: f"/objeto/{unit.pk}/", raising=False)
    cast.company_a.email = NINA
    cast.company_a.save()


def a_link(cast: Cast, **values: Any) -> str:
    """The path of a new link for Nina to unit A1."""
    given: dict[str, Any] = {
        "email": NINA,
        "name": "Nina Nova",
        "by": cast.atendente,
        "at": timezone.now(),
    } | values
    address = guests.issue_link(cast.unit_a1, **given)
    return address[address.index("/visita/") :]


def work() -> None:
    for entry in Entry.objects.filter(kind=Entry.Kind.JOB, status=Entry.Status.PENDING):
        jobs.send_guest_link(**entry.arguments)
        Entry.objects.filter(pk=entry.pk).update(status=Entry.Status.DONE)


def new_links() -> list[str]:
    found = [re.search(r"https?://[^/\s]+(/visita/\S+)", mail_text(mail)) for mail in mails(NINA)]
    return [match[1] for match in found if match]


def test_a_link_opens_its_object_by_a_button_and_nothing_else(cast: Cast, client: Client) -> None:
    link, mine = a_link(cast), f"/objeto/{cast.unit_a1.pk}/"
    for _scanner in range(2):
        page = client.get(link)
        assert str(cast.unit_a1) in text(page)
    before = client.session.session_key
    assert client.post(link)["Location"] == mine
    assert client.session.session_key != before
    assert text(client.get(mine)) == "Sede Nina Nova"
    assert not signed_in(client)
    assert client.get(f"/objeto/{cast.unit_a2.pk}/").status_code == 404
    for name in ("ui:dashboard", "accounts:profile", "invoices:list", "accounts:context"):
        assert client.get(reverse(name))["Location"].startswith(reverse("account_login"))
    event = AuditEvent.objects.get(action="guest.came")
    assert (event.target, event.actor) == (f"accounts.unit:{cast.unit_a1.pk}", None)


def test_a_link_that_was_used_offers_a_new_one_to_the_same_address(cast: Cast) -> None:
    link = a_link(cast)
    Client().post(link)
    other = Client()
    for answer in (other.get(link), other.post(link)):
        assert answer.status_code == 410
        assert 'name="new_link"' in text(answer)
    assert other.post(link, {"new_link": "1"}, follow=True).status_code == 200
    work()
    [again] = new_links()
    assert other.post(again)["Location"] == f"/objeto/{cast.unit_a1.pk}/"


def test_a_late_link_and_one_that_was_replaced_open_nothing(cast: Cast, client: Client) -> None:
    late = a_link(cast, at=timezone.now() - timedelta(hours=73))
    replaced, newest = a_link(cast), a_link(cast)
    assert [client.get(link).status_code for link in (late, replaced, newest)] == [410, 410, 200]


def test_asking_for_a_new_link_says_the_same_for_a_token_that_never_was(cast: Cast) -> None:
    link, client = a_link(cast), Client()
    known, unknown = (
        client.post(url, {"new_link": "1"}, follow=True) for url in (link, "/visita/unknown/")
    )
    assert without_keys(known) == without_keys(unknown)
    Client().post(link)
    used, never = client.get(link), client.get("/visita/unknown/")
    assert without_keys(used).replace(link, "/visita/unknown/") == without_keys(never)
    work()
    assert len(new_links()) == 1


def test_no_more_than_three_mails_an_hour_leave_for_one_link(cast: Cast) -> None:
    link, client = a_link(cast), Client()
    answers = [client.post(link, {"new_link": "1"}).status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]
    work()
    assert len(new_links()) == 3


def test_a_visit_ends_after_eight_hours(cast: Cast, client: Client) -> None:
    client.post(a_link(cast))
    kept = Visit.from_json(client.session[KEY])
    assert timedelta(hours=7, minutes=59) < kept.until - timezone.now() <= timedelta(hours=8)
    session = client.session
    session[KEY] = {**session[KEY], "until": timezone.now().isoformat()}
    session.save()
    over = client.get(f"/objeto/{cast.unit_a1.pk}/")
    assert over.status_code == 403
    assert "A sua visita terminou" in text(over)


def test_a_login_ends_the_visit(cast: Cast, client: Client) -> None:
    client.post(a_link(cast))
    sign_in(client, cast.bruno.cpf or "")
    assert signed_in(client)
    assert KEY not in client.session
    assert client.get(f"/objeto/{cast.unit_a1.pk}/").status_code == 404


def test_who_is_signed_in_sees_their_own_and_is_told_before_a_link_signs_them_out(
    cast: Cast, client_of: ClientOf
) -> None:
    ana, link = client_of(cast.ana), a_link(cast)
    assert text(ana.get(f"/objeto/{cast.unit_a1.pk}/")) == "Sede own"
    assert "encerra a sua sessão" in text(ana.get(link))
    assert signed_in(ana)
    ana.post(link)
    assert not signed_in(ana)
    assert text(ana.get(f"/objeto/{cast.unit_a1.pk}/")) == "Sede Nina Nova"


def test_a_stranger_goes_to_the_login_and_comes_back(cast: Cast, client: Client) -> None:
    url = f"/objeto/{cast.unit_a1.pk}/"
    assert client.get(url)["Location"] == f"{reverse('account_login')}?next={url}"


def test_who_is_no_participant_any_more_comes_in_by_no_link(cast: Cast, client: Client) -> None:
    link = a_link(cast)
    client.post(a_link(cast))
    cast.company_a.email = "outra@exemplo.com.br"
    cast.company_a.save()
    assert client.get(f"/objeto/{cast.unit_a1.pk}/").status_code == 404
    assert Client().get(link).status_code == 410
    Client().post(link, {"new_link": "1"})
    work()
    assert not new_links()


def test_of_two_who_redeem_one_link_at_once_one_comes_in(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = a_link(cast).split("/")[2]
    seen = guests.look(token, at=timezone.now())
    request = HttpRequest()
    request.user, request.session = cast.ana, {}  # type: ignore[assignment]
    guests.redeem(token, at=timezone.now(), request=request)
    monkeypatch.setattr(guests, "look", lambda *_args, **_values: seen)
    with pytest.raises(LinkOver):
        guests.redeem(token, at=timezone.now(), request=request)


def test_a_link_that_would_show_nothing_is_not_made(cast: Cast) -> None:
    with pytest.raises(ValueError, match="visible_to"):
        a_link(cast, email="estranho@exemplo.com.br")


def test_the_mail_names_the_object_and_the_end(cast: Cast) -> None:
    guests.mail_link(
        cast.unit_a1, email=NINA, name="Nina Nova", title="Ordem de serviço 12", by=None,
        at=timezone.now(),
    )  # fmt: skip
    [mail] = mails(NINA)
    assert mail.name == "Ordem de serviço 12: o seu link"
    end = timezone.localtime(GuestLink.objects.get().expires_at)
    assert f"até {end:%d/%m/%Y %H:%M}" in mail_text(mail)
    assert "Olá, Nina." in mail_text(mail)
