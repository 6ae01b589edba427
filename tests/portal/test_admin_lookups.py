"""What staff may ask a list of the administration by its address: its own filters, nothing else.

Proven before: ``/admin/accounts/user/?password__gte=…`` gave a view-only member of staff
30 characters of a superuser's hash in 184 requests.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.factories import Cast, make_user

SUFFIXES = ("", "__exact", "__gte", "__startswith", "__regex", "__contains", "__isnull", "__in")
REFUSED = {302, 400}  # said to be wrong (``e=1``), or a bad request


def asked_for(model: type[models.Model], depth: int = 2) -> Iterator[str]:
    """Every field of a model, and those behind two relations, forwards and backwards."""
    for field in model._meta.get_fields():
        yield field.name
        other = field.related_model
        if depth and isinstance(other, type) and issubclass(other, models.Model):
            yield from (f"{field.name}__{name}" for name in asked_for(other, depth - 1))


def list_of(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def watcher(**values: Any) -> Client:
    """A member of staff who may look at everything and change nothing."""
    person = make_user("Vera Vista", is_staff=True, **values)
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.mark.both
@pytest.mark.parametrize("lookup", ["password__gte", "password__startswith", "groups__name__regex"])
def test_no_hash_is_read_letter_by_letter(cast: Cast, lookup: str) -> None:
    browser = watcher()
    answers = [
        browser.get("/admin/accounts/user/", {lookup: value}) for value in ("", "a", "md5$", "zzz")
    ]
    assert {answer.status_code for answer in answers} == {400}


@pytest.mark.parametrize("model", admin.site._registry, ids=str)
def test_every_list_refuses_what_it_does_not_offer_as_a_filter(model: type[models.Model]) -> None:
    one: Any = admin.site._registry[model]
    offered = {
        name if isinstance(name, str) else getattr(name, "parameter_name", "")
        for name in one.list_filter
    } | {lookup.partition("__")[0] for lookup in more_of(one)}  # fmt: skip
    wrong = [
        f"{name}{suffix}"
        for name in asked_for(model)
        for suffix in SUFFIXES
        if name.partition("__")[0] not in offered and one.lookup_allowed(name + suffix, "x")
    ]
    wrong += [
        f"{name}{suffix}"
        for name in asked_for(model)
        if name.partition("__")[0] in offered
        for suffix in ("__regex", "__startswith", "__contains", "__password", "__gte", "__lt")
        if one.lookup_allowed(name + suffix, "x")
        and not isinstance(model._meta.get_field(name.partition("__")[0]), models.DateField)
    ]
    assert wrong == []


@pytest.mark.both
@pytest.mark.parametrize("model", admin.site._registry, ids=str)
def test_a_list_answers_whatever_its_address_says(cast: Cast, model: type[models.Model]) -> None:
    browser = Client()
    browser.force_login(cast.admin)
    wrong = {}
    address = list_of(model)
    secret = next((f.name for f in model._meta.get_fields() if f.name != "id"), "id")
    for query in (
        {f"{secret}__regex": "("}, {"pk__in": "x"}, {"o": "99.-99.x"}, {"o": "-1.1"}, {"p": "zzz"},
        {"q": "\0'\"%_"}, {"all": "x"}, {"cursor": "garbage"}, {"_facets": "x"}, {"e": "1"},
        {"_popup": "1", "_to_field": "password"}, {"_to_field": "tax_id__gte"}, {"_to_field": "id"},
        {"nothing": "1"}, {"logentry__user__password__gte": "a"},
    ):  # fmt: skip
        status = browser.get(address, query).status_code
        if status not in {200, *REFUSED}:
            wrong[str(query)] = status
    for name in parameters_of(model):
        for value in ("x", "\0", "9" * 40):
            status = browser.get(address, {name: value}).status_code
            if status not in {200, *REFUSED}:
                wrong[f"{name}={value!r}"] = status
    assert wrong == {}


def parameters_of(model: type[models.Model]) -> list[str]:
    """What the filters of a list are asked by."""
    one: Any = admin.site._registry[model]
    return sorted({*one._of_filters(None), *more_of(one)})


def more_of(one: Any) -> tuple[str, ...]:
    return getattr(one, "more_lookups", ())


def test_a_field_that_no_admin_refers_to_is_no_key(cast: Cast) -> None:
    browser = watcher()
    query = {"_popup": "1", "_to_field": "password"}
    assert browser.get("/admin/accounts/user/", query).status_code == 400


def test_the_filters_of_a_list_still_filter(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.admin)
    page = browser.get("/admin/accounts/user/", {"is_staff__exact": "1"}).content.decode()
    assert cast.faturista.name in page
    assert cast.ana.name not in page
    group = cast.faturista.groups.get()
    page = browser.get("/admin/accounts/user/", {"groups__id__exact": group.pk}).content.decode()
    assert cast.faturista.name in page
    assert cast.atendente.name not in page
    query = {"user__id__exact": cast.ana.pk}
    page = browser.get("/admin/accounts/grant/", query).content.decode()
    assert cast.ana.name in page
    assert cast.bruno.name not in page


def test_a_model_registered_without_a_class_is_guarded_too() -> None:
    from captcha.models import CaptchaStore

    from portal.admin import PortalAdminSite

    site = PortalAdminSite()
    site.register(CaptchaStore)
    request = RequestFactory().get("/", {"response__startswith": "a"})
    assert not site._registry[CaptchaStore].lookup_allowed("response__startswith", "a", request)
