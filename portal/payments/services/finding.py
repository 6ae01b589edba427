"""Finding charges: by payer, number, line, amount; how many stand how."""

from contextlib import suppress
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet

from portal.money import parse_cents
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.lines import barcode_of
from portal.payments.models import Charge, Payer, Slip
from portal.taxid import is_cnpj, is_cpf, normalise
from portal.ui import search as bounded
from portal.ui.search import SearchCriterion

NEWEST = ("-due_on", "-pk")
OWED = (Charge.Status.OPEN, Charge.Status.PARTLY)
LATE = "late"
_MOST_DIGITS = 18  # what a whole number of the database holds


def search(charges: QuerySet[Charge], text: str) -> QuerySet[Charge]:
    """Those of a payer (name, CPF, CNPJ), a slip (number, line, bar code) or an amount; of a common
    name the first few hundred."""
    if "," in text:
        try:
            return charges.filter(amount_cents=parse_cents(text))
        except ValidationError:
            return charges.none()
    keys = bounded.search(charges.order_by(), charge_criteria(text), bounded.MOST).keys
    return charges.filter(pk__in=keys)


def charge_criteria(text: str) -> list[SearchCriterion]:
    """What a text means of a charge: its own number, a slip of it, its payer."""
    digits = _digits(text)
    own = [SearchCriterion(Q(pk=int(digits)))] if 0 < len(digits) <= _MOST_DIGITS else []
    return [*own, *_of_charges(text, "pk"), *_of_payers(text, "payer")]


def money_criteria(text: str) -> list[SearchCriterion]:
    """What a text means of a settlement or a difference: a slip of its charge, its payer."""
    return [*_of_charges(text, "charge"), *_of_payers(text, "charge__payer")]


def slip_criteria(text: str) -> list[SearchCriterion]:
    """What a text means of a slip: its number, line or bar code, or the CPF or CNPJ of its payer."""
    bare = normalise(text)
    if is_cpf(bare) or is_cnpj(bare):
        payers = Payer.objects.filter(tax_id=bare)
        return [SearchCriterion(Q(payer__in=payers.values("pk")))]
    digits = _digits(text)
    if len(digits) == 47:
        with suppress(SlipDataError):
            digits = barcode_of(digits)
    if len(digits) == 44:
        return [SearchCriterion(Q(barcode=digits))]
    found = [SearchCriterion(Q(number_text=text.strip()))]
    if 0 < len(digits) <= _MOST_DIGITS:
        found.append(SearchCriterion(Q(our_number=int(digits))))
    return found


def payer_criteria(text: str) -> list[SearchCriterion]:
    """What a text means of a payer: CPF or CNPJ, or words of the name."""
    bare = normalise(text)
    if is_cpf(bare) or is_cnpj(bare):
        return [SearchCriterion(Q(tax_id=bare))]
    return [SearchCriterion(Q(name__words=text))] if any(c.isalpha() for c in text) else []


def of_slips(text: str, way: str) -> list[SearchCriterion]:
    """Rows whose slip, at the end of ``way``, the text means."""
    return [
        SearchCriterion(Q(**{f"{way}__in": Slip.objects.filter(one.where).values("pk")}))
        for one in slip_criteria(text)
    ]


def _of_charges(text: str, way: str) -> list[SearchCriterion]:
    """Rows whose charge, at the end of ``way``, has a slip that the text means."""
    return [
        SearchCriterion(Q(**{f"{way}__in": Slip.objects.filter(one.where).values("charge")}))
        for one in slip_criteria(text)
    ]


def _of_payers(text: str, way: str) -> list[SearchCriterion]:
    """Rows whose payer, at the end of ``way``, the text means."""
    return [
        SearchCriterion(Q(**{f"{way}__in": Payer.objects.filter(one.where).values("pk")}))
        for one in payer_criteria(text)
    ]


def _digits(text: str) -> str:
    """The digits of a text without letters."""
    return "" if any(c.isalpha() for c in text) else "".join(c for c in text if c in "0123456789")


def late(charges: QuerySet[Charge], *, today: date) -> QuerySet[Charge]:
    """Owed, and past the due date."""
    return charges.filter(status__in=OWED, due_on__lt=today)


def counts(*, today: date) -> list[tuple[str, int]]:
    """How many charges wait, are late, or were paid too little or too much."""
    found = Charge.objects.exclude(status__in=[Charge.Status.SETTLED, Charge.Status.WITHDRAWN])
    by_status = dict(found.order_by().values_list("status").annotate(Count("pk")))
    numbers = [(str(status), by_status.get(status, 0)) for status in ("open", "partly", "over")]
    return [(LATE, late(Charge.objects.all(), today=today).count()), *numbers]
