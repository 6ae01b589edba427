"""Checking a power of attorney by its code, by whoever holds a copy of it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise

from portal.accounts.models import Grant
from portal.public_codes import clean_code
from portal.taxid import format_tax_id
from proxies.powers.models import TONES, Power, State
from proxies.powers.services import records


@dataclass(frozen=True)
class PublicFacts:
    """What anybody who has the code may read. CPFs show their middle alone."""

    code: str
    state: State
    tone: str
    grantor: str
    cnpj: str
    grantee: str
    grantee_cpf: str
    office_cnpj: str
    whole_company: bool
    units: list[str]
    services: list[str | Promise]
    level: str
    starts_on: date
    ends_on: date
    granted_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    means: str
    record_sha256: str
    pdf_sha256: str

    @property
    def is_in_force(self) -> bool:
        """Whether the grantee may act for the grantor on this day."""
        return self.state in (State.ACTIVE, State.ENDING)


def find(code: str) -> Power | None:
    """The power with this code, as somebody typed it; None where there is none. Drafts are none."""
    known = clean_code(code)
    if not known:
        return None
    found = Power.objects.select_related("company").exclude(status=Power.Status.DRAFT)
    return found.filter(code=known).first()


def verify_facts(power: Power, on: date) -> PublicFacts:
    """What strangers may read of it on this civil day."""
    places = records.read(power.record)["places"]
    units = [f"{unit['code']} – {unit['name']}" for unit in places["units"]]
    state = power.state(on)
    return PublicFacts(
        code=power.shown_code, state=state, tone=TONES[state], grantor=power.grantor_name,
        cnpj=power.shown_cnpj, grantee=power.grantee_name, grantee_cpf=power.masked_grantee_cpf,
        office_cnpj=format_tax_id(power.office_cnpj), whole_company=places["whole_company"], units=units,
        services=power.service_labels, level=str(Grant.Level(power.level).label),
        starts_on=power.starts_on, ends_on=power.ends_on, granted_at=power.granted_at,
        accepted_at=power.accepted_at, ended_at=power.ended_at,
        means=power.get_means_display(), record_sha256=power.record_sha256,
        pdf_sha256=power.pdf_sha256,
    )  # fmt: skip
