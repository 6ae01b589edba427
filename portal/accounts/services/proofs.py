"""Proofs of who somebody is: a CPF and an e-mail that are one person's, and no other's."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest

from portal.accounts.models import User
from portal.audit.services import record


class CpfTaken(Exception):
    """The CPF is confirmed at somebody else."""


class OtherCpf(Exception):
    """The person's registration has another CPF."""


def prove_cpf(
    user: User,
    cpf: str,
    proof: str,
    *,
    at: datetime,
    by: User | None = None,
    request: HttpRequest | None = None,
    document: str = "",
) -> None:
    """The CPF (11 digits) is this person's from now on. Raises CpfTaken, OtherCpf.

    ``document``: the kind that an agent looked at. A CPF that is proven already stays as it is.
    """
    mine = User.objects.filter(Q(cpf=cpf) | Q(cpf=None), pk=user.pk, cpf_proof="")
    try:
        with transaction.atomic():
            if mine.update(cpf=cpf, cpf_proof=proof, cpf_proven_at=at):
                data = {"by": proof} | ({"document": document} if document else {})
                record("account.cpf_proven", target=user, actor=by, request=request, data=data)
    except IntegrityError:
        raise CpfTaken from None
    user.refresh_from_db(fields=["cpf", "cpf_proof", "cpf_proven_at"])
    if user.cpf != cpf:
        raise OtherCpf


def prove_email(user: User, email: str, *, at: datetime) -> bool:
    """A link sent to this address was opened: it is the person's, if they still have it.

    False where it is proven at somebody else: there it stays only typed.
    """
    mine = User.objects.filter(pk=user.pk, email=email)
    try:
        with transaction.atomic():
            mine.filter(email_proof="").update(email_proof=User.EmailProof.LINK, email_proven_at=at)
    except IntegrityError:
        return False
    user.refresh_from_db(fields=["email", "email_proof", "email_proven_at"])
    return user.email == email and bool(user.email_proof)
