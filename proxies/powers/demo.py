"""The demonstration's powers of attorney: one in force for Carla, one that waits for her, one revoked.

They are given and accepted by the services, with the demonstration's certificates.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.demo.authority import PASSWORD
from certificates.demo.cast import one
from certificates.icp import CertificateRecord, read_certificate
from certificates.icp.pfx import read_pfx
from certificates.services.known import keep_certificate
from certificates.signatures.signing import Signer, sign_detached
from portal.accounts.models import Company, Grant, User
from portal.accounts.opening import Means, Opening
from portal.demo.world import World
from proxies.powers.models import Power
from proxies.powers.services import drafting, granting, life
from proxies.powers.services.terms import Terms


@dataclass(frozen=True)
class Plan:
    """``certificate`` and ``accepts``: names of the demonstration's files, see ``script/server``."""

    certificate: str
    grantee: str
    services: tuple[str, ...]
    days: int
    accepts: str = ""
    revokes: bool = False


PLANS = (
    Plan("e-cnpj", "carla", ("invoices", "tickets"), 400, accepts="e-cpf-carla"),
    Plan("e-cnpj-norte", "carla", ("invoices",), 200),
    Plan("e-cnpj", "ana", ("invoices",), 90, accepts="e-cpf", revokes=True),
)


def finish(world: World) -> None:
    """Once, when companies and certificates are there."""
    if not world.ages or Power.objects.exists():
        return
    for plan in PLANS:
        _power(plan, world)
    world.tell(_("%(n)d electronic powers of attorney.") % {"n": len(PLANS)})


def _power(plan: Plan, world: World) -> None:
    at = world.at
    signer, grantee = _in_session(plan.certificate, at), world.people[plan.grantee]
    today = timezone.localdate(at)
    terms = Terms(
        grantee_cpf=grantee.cpf or "", grantee_name=grantee.name,
        grantee_email=grantee.email or "", services=list(plan.services),
        level=Grant.Level.OPERATE, starts_on=today, ends_on=today + timedelta(days=plan.days),
        company=Company.objects.get(tax_id=one(plan.certificate).cnpj),
    )  # fmt: skip
    power = drafting.draft(terms, by=signer, at=at)
    if settings.POWERS_CONFIRMED_BY == Power.Means.SESSION:
        granting.confirm(power, by=signer, at=at)
    else:
        granting.sign(power, _signed(plan.certificate, bytes(power.record)), by=signer, at=at)
    if plan.accepts:
        life.accept(power, by=_in_session(plan.accepts, at), at=at + timedelta(minutes=5))
    if plan.revokes:
        life.revoke(
            power, by=signer, at=at + timedelta(minutes=10), note=_("Left the company's service.")
        )


def _in_session(slug: str, at: datetime) -> User:
    """The person whom this certificate names, as in a session that it opened."""
    said = _read(slug)
    user = User.objects.get(cpf=said.cpf)
    if said.cnpj:
        keep_certificate(said, at=at)
    means, cnpj = (Means.E_CNPJ, said.cnpj) if said.cnpj else (Means.E_CPF, "")
    name = said.name if said.cnpj else ""
    user.set_login_method(Opening(means, cnpj, name, said.sha256, said.not_after))
    return user


def _read(slug: str) -> CertificateRecord:
    return read_certificate(one(slug).public_path.read_bytes())


def _signed(slug: str, data: bytes) -> bytes:
    """A detached signature, as a program outside of the portal makes it."""
    pair = read_pfx(one(slug).path.read_bytes(), PASSWORD)
    return sign_detached(data, Signer(pair.certificate, tuple(pair.others), pair.key, is_demo=True))
