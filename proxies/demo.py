"""The demonstration's office: forty accesses over all states, its people, who saw what, downloads.

They go through the services of the desk; what they say of their times is moved back afterwards.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.demo.authority import company_names, demo_ca, issue
from certificates.icp import CertificateRecord, read_uploaded_certificate
from portal import desks
from portal.accounts.models import Company, Grant, User
from portal.accounts.services import create_user, grant_access
from portal.accounts.services.people import deactivate
from portal.demo.cast import COMPANIES, DOMAIN, PASSWORD
from portal.demo.world import World
from portal.taxid import with_check_digits
from portal.transitions import advance
from proxies import demo_agency, demo_downloads
from proxies.demo_plans import CERTIFICATE, CLIENTS, OFFICE, PLANS, REASONS, SEEN, USERS, Plan
from proxies.models import Agency, Disclosure, OfficeClient, Proxy, offices_open_to
from proxies.models.offices import SERVICE, VERSIONS
from proxies.services import life

SCOPES = [SERVICE, VERSIONS]


def load(world: World) -> None:
    """Make downloads, people and grants; and the accesses, if there are none yet."""
    demo_downloads.load(world)
    office = Company.objects.get(name=COMPANIES[2][1])
    people = {"carla": world.people["carla"], **_people(office, world)}
    if not world.ages or Proxy.objects.filter(office=office).exists():
        return
    with transaction.atomic():
        clients = _clients(office, world)
        demo_agency.row()
        key = rsa.generate_private_key(65537, 2048)
        made = {plan.name: _access(plan, office, clients, world, key) for plan in PLANS}
        _note_who_saw(made, people, world)
    world.tell(_("%(n)d accesses of an office.") % {"n": len(made)})


def logins() -> list[str]:
    """For the terminal: the office's other people, who have the same password as all."""
    return [
        f"{login}@{DOMAIN}  {name}" for login, name, _cpf, _level, has_left in USERS if not has_left
    ]


def _people(office: Company, world: World) -> dict[str, User]:
    """Carla's grant that names accesses, and more people of the office; one of them has left."""
    by, found = world.people["admin"], {}
    carla = world.people["carla"]
    if not offices_open_to(carla, at=world.at).exists():  # her grant named no services
        grant_access(
            carla, office, level=Grant.Level.ADMINISTER, scopes=desks.services(), by=by,
            at=world.at,
        )  # fmt: skip
    for login, name, body, level, has_left in USERS:
        cpf = with_check_digits(body)
        user = User.objects.filter(cpf=cpf).first()
        if user is None:
            user = create_user(
                name=name, cpf=cpf, email=f"{login}@{DOMAIN}", password=PASSWORD,
                email_proof=User.EmailProof.LINK, email_proven_at=world.at,
                cpf_proof=User.CpfProof.CERTIFICATE, cpf_proven_at=world.at,
            )  # fmt: skip
            _grant(user, office, level, world)
            if has_left:
                deactivate(user, by=by)
        found[login] = user
    return found


def _grant(user: User, office: Company, level: str, world: World) -> None:
    grant_access(
        user, office, level=level, scopes=SCOPES if level != Grant.Level.CONSULT else [SERVICE],
        source_key="demo", by=world.people["admin"], at=world.at,
    )  # fmt: skip


def _clients(office: Company, world: World) -> list[OfficeClient]:
    today = timezone.localdate(world.at)
    return [
        OfficeClient.objects.create(
            office=office, name=name, tax_id=with_check_digits(body),
            ended_on=None if ended is None else today - timedelta(days=ended),
        )
        for name, body, ended in CLIENTS
    ]  # fmt: skip


def _access(
    plan: Plan, office: Company, clients: Sequence[OfficeClient], world: World,
    key: rsa.RSAPrivateKey,
) -> Proxy:  # fmt: skip
    served = [clients[number] for number in plan.clients]
    holder = (office.tax_id, office.name) if plan.holder == OFFICE else _of(served[0])
    data = life.ProxyData(
        agency=Agency.objects.get(name=plan.agency), kind=plan.kind, name=plan.name,
        holder=holder[0], holder_name=holder[1], clients=served,
    )  # fmt: skip
    by = world.people["carla"]
    proxy = life.register(office, data, _values(plan, holder, world, key), by=by, at=world.at)
    _move_back(proxy, plan, world)
    _end(proxy, plan, world)
    return proxy


def _of(client: OfficeClient) -> tuple[str, str]:
    return client.tax_id, client.name


def _values(
    plan: Plan, holder: tuple[str, str], world: World, key: rsa.RSAPrivateKey
) -> life.NewValues:
    if plan.kind == CERTIFICATE:
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        said = _certificate(plan, holder, world, key)
        chain = "".join(c.public_bytes(Encoding.PEM).decode() for c in demo_ca().chain)
        return life.NewValues(secrets={"key": der}, certificate=said, chain=chain)
    text = f"{plan.answer}-{plan.name.casefold().replace(' ', '-')}".encode()
    if plan.kind == "code":
        return life.NewValues(secrets={"code": text}, lasts_to=_last_day(plan, world))
    secrets = {"login": holder[0].encode(), "password": text}
    return life.NewValues(secrets=secrets, lasts_to=_last_day(plan, world))


def _last_day(plan: Plan, world: World) -> date | None:
    return None if plan.days is None else timezone.localdate(world.at) + timedelta(days=plan.days)


def _certificate(
    plan: Plan, holder: tuple[str, str], world: World, key: rsa.RSAPrivateKey
) -> CertificateRecord:
    """Of the demonstration's authority; valid to noon of the plan's day, a year long."""
    end = world.at + timedelta(days=plan.days or 0)
    carla = world.people["carla"]
    issued = issue(
        key.public_key(), common_name=f"{holder[1].upper()[:49]}:{holder[0]}",
        names=company_names(
            cnpj=holder[0], responsible=carla.name.upper(), cpf=carla.cpf or ""
        ),
        email=f"certificado@{DOMAIN}", not_before=end - timedelta(days=365), not_after=end,
    )  # fmt: skip
    return read_uploaded_certificate(issued.public_bytes(Encoding.DER))


def _move_back(proxy: Proxy, plan: Plan, world: World) -> None:
    """As if its value had been set so many days ago."""
    then = world.at - timedelta(days=plan.age)
    day = timezone.localdate(then)
    ends_on = proxy.ends_on if plan.days is not None else proxy.agency.look_at_on(day)
    Proxy.objects.filter(pk=proxy.pk).update(value_set_on=day, ends_on=ends_on, created_at=then)
    proxy.events.update(at=then)
    proxy.values.update(set_at=then)
    proxy.refresh_from_db()


def _end(proxy: Proxy, plan: Plan, world: World) -> None:
    by, at, why = world.people["carla"], world.at, REASONS.get(plan.becomes, "")
    if plan.becomes == "expired":
        life.expire(proxy, by=by, at=at)
    elif plan.becomes == "refused":
        life.refuse(proxy, why, by=None, at=at)
    elif plan.becomes == "destroyed":
        life.destroy(proxy, why, by=by, at=at)
    elif plan.becomes == "revoked":
        advance(proxy, to=Proxy.Status.REVOKED, status_note=why, by=by, at=at, note=why)


def _note_who_saw(made: dict[str, Proxy], people: dict[str, User], world: World) -> None:
    for login, name, days, act, reason in SEEN:
        proxy = made[name]
        at: datetime = world.at - timedelta(days=days)
        Disclosure.objects.create(
            proxy=proxy, field=proxy.main_field, version=1, act=act, user=people[login],
            reason=reason, at=at,
        )  # fmt: skip
