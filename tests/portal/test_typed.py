"""“Too many attempts” keeps what was typed, to be sent again; never a password."""

from collections.abc import Callable, Iterator

import pytest
from django import forms
from django.contrib.auth.forms import ReadOnlyPasswordHashWidget
from django.test import Client
from django.urls import get_resolver, reverse

from portal.accounts import limits
from portal.accounts.limits import Limit
from portal.outbox.models import Entry
from portal.ui.typed import SECRET
from tests.factories import Cast
from tests.portal.entrance import sign_in, text

ClientOf = Callable[..., Client]
MESSAGE = 'Por que o valor mudou? "Subiu" <muito>'


def hidden(page: str) -> list[str]:
    return [part.partition(">")[0] for part in page.split("<input ") if 'type="hidden"' in part]


@pytest.fixture
def too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "limit_of", lambda _name: Limit(0, 3600))


@pytest.mark.django_db
def test_what_was_typed_stands_in_the_page_and_is_sent_again_as_it_was(
    cast: Cast, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, address = client_of(cast.ana), reverse("invoices:questions")
    typed = {"topic": "access", "message": MESSAGE}
    with monkeypatch.context() as patch:
        patch.setattr(limits, "limit_of", lambda _name: Limit(0, 3600))
        refused = ana.post(address, typed)
    assert refused.status_code == 429
    assert f'action="{address}"' in refused.content.decode()
    assert refused.context["typed"] == list(typed.items())
    assert "&lt;muito&gt;" in refused.content.decode()
    again = ana.post(address, dict(refused.context["typed"]))
    assert again.status_code == 302
    assert Entry.objects.filter(key__startswith="question:").count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("too_often")
def test_a_password_is_not_in_the_page(cast: Cast, client: Client) -> None:
    refused = sign_in(client, cast.ana.cpf or "", "Uma senha 123!")
    if refused.status_code != 429:
        refused = client.post(reverse("account_reset_password"), {"password1": "Uma senha 123!"})
    assert refused.status_code == 429
    assert "Uma senha 123!" not in text(refused)
    assert not [field for field in hidden(text(refused)) if SECRET.search(field)][1:]


def all_forms(form: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for kind in form.__subclasses__():
        yield kind
        yield from all_forms(kind)


def test_every_field_that_hides_what_is_typed_counts_as_secret() -> None:
    assert get_resolver().url_patterns  # imports every form
    fields = {
        name
        for form in all_forms()
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.PasswordInput)
        and not isinstance(field.widget, ReadOnlyPasswordHashWidget)
    }
    assert len(fields) > 2
    assert [name for name in fields if not SECRET.search(name)] == []
