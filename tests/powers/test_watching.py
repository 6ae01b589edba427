"""Reminders of powers that end: which, who is told, and what they may see."""

from datetime import date

import pytest
from django.utils import timezone

from portal.accounts.models import Grant
from proxies.powers.models import Power
from proxies.powers.services import life
from proxies.powers.services.watching import due, recipients, visible_to
from tests.factories import Cast, make_grant, make_user
from tests.factories.powers import (
    days,
    in_session,
    make_accepted,
    make_draft_power,
    make_power,
    with_e_cnpj,
    with_e_cpf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_signer")]
EVER = (date(2000, 1, 1), date(2200, 1, 1))


def keys() -> list[str]:
    return [item.key for item in due(*EVER)]


def test_those_in_force_are_watched_the_next_to_end_first(cast: Cast):
    later, sooner = make_accepted(cast, ends_on=days(60)), make_accepted(cast, ends_on=days(30))
    make_power(cast)
    make_draft_power(cast)
    gone = make_accepted(cast)
    life.renounce(gone, by=with_e_cpf(cast.carla), at=timezone.now())
    assert keys() == [str(sooner.pk), str(later.pk)]
    (item,) = due(days(0), days(30))
    assert (item.key, item.expires_on) == (str(sooner.pk), days(30))
    for text in (item.title, item.detail, item.advice):
        assert cast.carla.cpf not in text
        assert text


def test_what_was_renewed_is_watched_no_more_unless_the_new_one_is_declined(cast: Cast):
    power = make_accepted(cast, ends_on=days(20))
    new = make_power(cast, renews=power)
    assert keys() == []
    life.decline(new, by=with_e_cpf(cast.carla), at=timezone.now())
    assert keys() == [str(power.pk)]


def test_who_is_told(cast: Cast):
    eva = make_user("Eva Reis")
    make_grant(eva, cast.company_b, Grant.Level.ADMINISTER)
    power = make_accepted(cast)
    assert recipients([str(power.pk)]) == {str(power.pk): {eva.pk, cast.bruno.pk, cast.carla.pk}}


def test_each_sees_in_the_calendar_what_concerns_them(cast: Cast):
    power = make_accepted(cast, ends_on=days(20))
    for user, sees in [
        (cast.bruno, True), (in_session(cast.carla), True), (cast.ana, False), (cast.admin, False),
        (with_e_cnpj(cast.ana, cast.company_b.tax_id), True),
    ]:  # fmt: skip
        found = [item.key for item in visible_to(user, *EVER, None)]
        assert found == ([str(power.pk)] if sees else []), user
    assert not list(visible_to(cast.bruno, *EVER, ["0", "x", "9" * 30]))


def test_many_cost_as_many_queries_as_few(cast: Cast, django_assert_num_queries):
    first = make_accepted(cast, ends_on=days(20))
    with django_assert_num_queries(1):
        list(due(*EVER))
    for _number in range(3):
        make_accepted(cast, ends_on=days(20))
    with django_assert_num_queries(1):
        assert len(list(due(*EVER))) == 4
    every = list(map(str, Power.objects.values_list("pk", flat=True)))
    with django_assert_num_queries(2):
        assert len(recipients(every)) == 4
    assert str(first.pk) in every
