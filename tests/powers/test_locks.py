"""Revoking at the very moment of acceptance, and an end that comes at the same time, on PostgreSQL."""

import pytest
from django.utils import timezone

from portal.accounts.models import Grant
from portal.transitions import IllegalTransition
from proxies.powers.models import Power
from proxies.powers.services import drafting, granting, life
from proxies.powers.services.refusals import CannotGrant
from tests.factories import Cast
from tests.factories.powers import (
    make_accepted,
    make_draft_power,
    make_power,
    with_e_cnpj,
    with_e_cpf,
)
from tests.racing import at_once

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("demo_signer"),
]


def live_grants() -> int:
    return Grant.objects.filter(source=Grant.Source.PROXY, revoked_at=None).count()


@pytest.mark.parametrize("round_number", range(6))
def test_whoever_comes_first_a_revoked_power_leaves_no_access(cast: Cast, round_number: int):
    power = make_power(cast)
    carla, bruno = with_e_cpf(cast.carla), with_e_cnpj(cast.bruno, cast.company_b.tax_id)

    def accept() -> None:
        life.accept(Power.objects.get(pk=power.pk), by=carla, at=timezone.now())

    def revoke() -> None:
        life.revoke(Power.objects.get(pk=power.pk), by=bruno, at=timezone.now())

    works = [accept, revoke] if round_number % 2 else [revoke, accept]
    outcomes = at_once(*works)
    problems = [one for one in outcomes if isinstance(one, BaseException)]
    assert all(isinstance(one, IllegalTransition) for one in problems), problems
    power.refresh_from_db()
    assert power.status == Power.Status.REVOKED
    assert live_grants() == 0


@pytest.mark.parametrize("round_number", range(4))
def test_a_draft_that_is_confirmed_and_thrown_away_at_once_is_one_or_the_other(
    cast: Cast, round_number: int
):
    bruno = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    power = make_draft_power(cast, by=bruno)
    twins = [Power.objects.get(pk=power.pk) for _side in range(2)]
    works = [
        lambda: granting.confirm(twins[0], by=bruno, at=timezone.now()),
        lambda: drafting.discard(twins[1], by=bruno, at=timezone.now()),
    ]
    outcomes = at_once(*(works if round_number % 2 else works[::-1]))
    refused = [one for one in outcomes if isinstance(one, BaseException)]
    assert len(refused) == 1
    assert isinstance(refused[0], (IllegalTransition, CannotGrant)), refused
    left = Power.objects.filter(pk=power.pk).first()
    assert left is None or (left.status, left.steps.count()) == ("waiting", 1)


def test_renounced_and_revoked_at_once_ends_it_once(cast: Cast):
    power = make_accepted(cast)
    carla, bruno = with_e_cpf(cast.carla), with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    outcomes = at_once(
        lambda: life.renounce(Power.objects.get(pk=power.pk), by=carla, at=timezone.now()),
        lambda: life.revoke(Power.objects.get(pk=power.pk), by=bruno, at=timezone.now()),
        lambda: life.end(Power.objects.get(pk=power.pk), at=timezone.now()),
    )
    assert all(one in (None, True, False) or isinstance(one, IllegalTransition) for one in outcomes)
    power.refresh_from_db()
    assert power.steps.exclude(kind__in=["waiting", "active"]).count() == 1
    assert live_grants() == 0
