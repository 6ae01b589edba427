"""Two at once: an invitation gives its access once, a CPF and an e-mail become one person's."""

import pytest
from django.utils import timezone

from portal.accounts.models import Grant, Invitation, User
from portal.accounts.services import invitations
from portal.accounts.services.certificate_login import create
from portal.accounts.services.links import LinkOver
from portal.accounts.services.proofs import CpfTaken, prove_cpf, prove_email
from tests.factories import a_cpf, make_cast, make_user
from tests.portal.certificate_entry import e_cpf
from tests.portal.entrance import NEW_PASSWORD
from tests.portal.invitations import NEW
from tests.portal.test_team_invitations import invited
from tests.racing import at_once

pytestmark = [
    pytest.mark.both(of="portal.accounts.services.invitations"),
    pytest.mark.django_db(transaction=True),
]


def test_of_those_who_accept_at_once_one_gets_the_access() -> None:
    cast = make_cast()
    token, now = invited(cast), timezone.now()

    def new() -> User:
        return invitations.accept_as_new(
            token, name="Davi Rocha", cpf="", password=NEW_PASSWORD, at=now
        )

    outcomes = at_once(new, new, lambda: invitations.accept(token, user=cast.ana, at=now))
    done = [one for one in outcomes if isinstance(one, User | Invitation)]
    failed = [one for one in outcomes if isinstance(one, LinkOver | invitations.AddressKnown)]
    assert (len(done), len(failed)) == (1, 2), outcomes
    assert Grant.objects.filter(source="invitation").count() == 1
    assert User.objects.filter(email=NEW).count() == int(isinstance(done[0], User))


def test_a_cpf_that_two_have_typed_becomes_one_s() -> None:
    cpf, now = a_cpf(), timezone.now()
    people = [make_user(f"Pessoa {n}", cpf=cpf, email=NEW, typed=True) for n in range(2)]
    outcomes = at_once(
        *(lambda user=user: prove_cpf(user, cpf, "in_person", at=now) for user in people)
    )
    assert [type(one) for one in sorted(outcomes, key=str)] in (
        [CpfTaken, type(None)], [type(None), CpfTaken],
    ), outcomes  # fmt: skip
    assert User.objects.filter(cpf=cpf).exclude(cpf_proof="").count() == 1
    proven = at_once(*(lambda user=user: prove_email(user, NEW, at=now) for user in people))
    assert sorted(proven) == [False, True]


def test_two_first_logins_with_a_certificate_make_one_person() -> None:
    shown, now = e_cpf(), timezone.now()
    made = at_once(*[lambda: create(shown, at=now)] * 2)
    assert made[0] == made[1]
    assert User.objects.filter(cpf=shown.cpf).count() == 1


def test_two_invitations_to_one_address_at_once_are_one() -> None:
    cast = make_cast()
    at_once(*[lambda: invited(cast)] * 2)
    assert Invitation.objects.standing().count() == 1
