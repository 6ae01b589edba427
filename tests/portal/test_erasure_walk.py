"""Every column of text, of every desk: an erasure empties it, or ``tests/<app>/kept.py`` says why not."""

import json
from typing import Any

import pytest
from django.db.models import EmailField, Field, JSONField, Model

from portal.accounts.models import User
from portal.outbox.models import Entry
from portal.taxid import CPFField, TaxIdField, format_tax_id
from tests import kept
from tests.factories import Cast, make_user
from tests.portal.erasing import erase

pytestmark = [pytest.mark.both, pytest.mark.django_db]
SHORT = "Joa\u0303o  sa"  # an accent left out, the other one a sign of its own
GIVEN: dict[type[Model], dict[str, Any]] = {Entry: {"status": Entry.Status.DONE}}


def test_nothing_names_who_was_erased_but_what_is_listed_with_a_reason(cast: Cast) -> None:
    person = make_user("João Araújo de Sá", phone="(31) 98888-7777")
    listed = kept.tables()
    for model in dict.fromkeys(model for model, _field in unlisted(listed)):
        row = kept.a_row(model, **GIVEN.get(model, {}))
        mine = {f.name: naming(person, f) for m, f in unlisted(listed) if m is model}
        model._base_manager.filter(pk=row.pk).update(**mine)
    written = [kept.name_of(m, f) for m, f in unlisted(listed) if names(person, m, f)]
    assert written == [kept.name_of(m, f) for m, f in unlisted(listed)]
    asked = erase(person, cast.admin, reason="Saí da empresa")
    Entry.objects.filter(key=f"erasure:{asked.pk}").delete()  # a job wipes it once it has left
    left = [kept.name_of(m, f) for m, f in unlisted(listed) if names(person, m, f)]
    assert left == [], (
        "empty these (Desk.on_erasure, Desk.typed), or say in tests/<app>/kept.py why they stay"
    )


def test_the_lists_name_columns_that_exist() -> None:
    there = {kept.name_of(model, field) for model, field in kept.columns()}
    assert kept.tables().keys() - there == set()


def unlisted(listed: dict[str, str]) -> list[tuple[type[Model], Field[Any, Any]]]:
    return [(m, f) for m, f in kept.columns() if kept.name_of(m, f) not in listed]


def naming(person: User, field: Field[Any, Any]) -> Any:
    """What somebody may have written there, shortened to what there is room for."""
    if isinstance(field, EmailField):
        return person.email
    if isinstance(field, CPFField | TaxIdField):
        return person.cpf
    written = (
        f"{person.name.upper()}/{SHORT} {person.cpf} {format_tax_id(person.cpf or '')}"
        f" <{person.email}> 31 98888 7777"
    )
    return {"a": [written]} if isinstance(field, JSONField) else written[: field.max_length]


def names(person: User, model: type[Model], field: Field[Any, Any]) -> bool:
    values = model._base_manager.exclude(pk=person.pk if model is User else None)
    text = json.dumps([*values.values_list(field.name, flat=True)], ensure_ascii=False)
    found = {
        person.name.upper(), SHORT, str(person.cpf), format_tax_id(person.cpf or ""),
        str(person.email), "98888 7777",
    }  # fmt: skip
    return any(word in text for word in found)
