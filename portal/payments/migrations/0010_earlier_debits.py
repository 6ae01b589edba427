from datetime import date

from django.db import migrations
from django.db.models import Sum
from django.utils import timezone


def note_earlier(apps, schema_editor):
    """What left the account before debits were noted, and who may look at them."""
    from portal.accounts.groups import add_permissions
    from portal.permissions import ADMINISTRATION, BILLING

    using = schema_editor.connection.alias
    for name in (BILLING, ADMINISTRATION):
        add_permissions(name, ["payments.view_debit"], apps=apps, using=using)
    _reversals(apps, using)
    _refunds(apps, using)


def _reversals(apps, using):
    found = apps.get_model("payments", "Difference").objects.using(using).filter(kind="reversed")
    seen = set()
    for difference in found.exclude(status="undone").exclude(row=None).select_related("row"):
        row, values = difference.row, difference.row.values
        paid, day = values["paid"] or values["face"], values["credited_on"]
        event = (difference.agreement_id, row.number, values["movement"], day, paid, row.ordinal)
        if not (paid and day) or event in seen:
            continue
        seen.add(event)
        _make(
            apps, using, difference, kind="reversed", bank_file_id=difference.bank_file_id,
            movement=values["movement"], ordinal=row.ordinal, debited_on=date.fromisoformat(day),
            paid_cents=paid, net_cents=values["net"] or paid, fee_cents=values["fee"],
            created_at=difference.noted_at,
        )  # fmt: skip


def _refunds(apps, using):
    found = apps.get_model("payments", "Difference").objects.using(using).filter(status="refunded")
    for difference in found.select_related("settlement"):
        cents = abs(difference.cents)
        if difference.kind == "short" and difference.settlement:
            cents = difference.settlement.counted_cents
        at = difference.resolved_at or difference.noted_at
        if cents:
            _make(
                apps, using, difference, kind="refund", paid_cents=cents, net_cents=cents,
                debited_on=difference.refunded_on or timezone.localtime(at).date(), created_at=at,
            )  # fmt: skip
    _refunds_of_no_difference(apps, using)


def _make(apps, using, difference, **values):
    apps.get_model("payments", "Debit").objects.using(using).create(
        agreement_id=difference.agreement_id, charge_id=difference.charge_id,
        difference_id=difference.pk, number=difference.number,
        created_by_id=difference.resolved_by_id, **values,
    )  # fmt: skip


def _refunds_of_no_difference(apps, using):
    """What else was given back of a charge, on the day of its last refund."""
    debits = apps.get_model("payments", "Debit").objects.using(using)
    charges = apps.get_model("payments", "Charge").objects.using(using)
    for charge in charges.filter(refunded_cents__gt=0):
        its_own = debits.filter(charge_id=charge.pk, kind="refund").aggregate(s=Sum("paid_cents"))
        left = charge.refunded_cents - (its_own["s"] or 0)
        event = charge.events.filter(kind="refunded").order_by("-at").first()
        if left > 0 and event:
            debits.create(
                kind="refund", agreement_id=charge.agreement_id, charge_id=charge.pk,
                debited_on=timezone.localtime(event.at).date(), paid_cents=left, net_cents=left,
                created_by_id=event.user_id, created_at=event.at,
            )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0009_debits"),
        ("accounts", "0002_groups"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(note_earlier, migrations.RunPython.noop)]
