"""Finding charges: by payer, number, line, amount; how many stand how."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet

from portal.money import parse_cents
from portal.payments.models import Charge, Slip
from portal.taxid import is_cnpj, is_cpf, normalise

NEWEST = ("-due_on", "-pk")
OWED = (Charge.Status.OPEN, Charge.Status.PARTLY)
LATE = "late"


def search(charges: QuerySet[Charge], text: str) -> QuerySet[Charge]:
    """Those of a payer (name, CPF, CNPJ), a slip (number, line, bar code) or an amount."""
    text = text.strip()
    bare = normalise(text)
    if is_cpf(bare) or is_cnpj(bare):
        return charges.filter(payer__tax_id=bare)
    if "," in text:
        try:
            return charges.filter(amount_cents=parse_cents(text))
        except ValidationError:
            return charges.none()
    digits = "".join(c for c in text if c.isdecimal())
    if digits and not any(c.isalpha() for c in text):
        slips = Slip.objects.filter(_number(text, digits))
        return charges.filter(Q(pk__in=slips.values("charge")) | Q(pk=_small(digits)))
    return charges.filter(payer__name__icontains=text)


def _number(text: str, digits: str) -> Q:
    if len(digits) == 47:
        return Q(line=digits)
    if len(digits) == 44:
        return Q(barcode=digits)
    return Q(number_text=text) | Q(our_number=_small(digits))


def _small(digits: str) -> int:
    """A number that fits the database's integers; 0, which nothing has, for a longer one."""
    return int(digits) if len(digits) <= 18 else 0


def late(charges: QuerySet[Charge], *, today: date) -> QuerySet[Charge]:
    """Owed, and past the due date."""
    return charges.filter(status__in=OWED, due_on__lt=today)


def counts(*, today: date) -> list[tuple[str, int]]:
    """How many charges wait, are late, or were paid too little or too much."""
    found = Charge.objects.exclude(status__in=[Charge.Status.SETTLED, Charge.Status.WITHDRAWN])
    by_status = dict(found.order_by().values_list("status").annotate(Count("pk")))
    numbers = [(str(status), by_status.get(status, 0)) for status in ("open", "partly", "over")]
    return [(LATE, late(Charge.objects.all(), today=today).count()), *numbers]
