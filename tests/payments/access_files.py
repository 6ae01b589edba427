"""Who may use the pages of return files, differences, the statement and remessas: staff."""

from datetime import date
from typing import Any

from django.utils import timezone

from portal.payments.models import BankFile, Difference, Remittance
from tests.factories import Cast
from tests.factories.payments import make_agreement

RETURN = {
    f"payments:bank_file{act}"
    for act in ("", "_rows", "_progress", "_apply", "_undo", "_discard", "_go_on", "_stop")
}
DIFFERENCE = {
    f"payments:difference{act}"
    for act in ("", "_accept", "_refund", "_assign", "_take_back", "_reopen")
}
REMITTANCE = {f"payments:remittance{act}" for act in ("", "_file", "_sent", "_rejected")}
_LISTS = {
    "payments:remittances", "payments:remittance_new", "payments:remittance_due",
    "payments:remittance_by_hand",
}  # fmt: skip
STAFF = {
    **dict.fromkeys(
        [*RETURN, "payments:bank_files", "payments:bank_file_new"], "payments.import_bankfile"
    ),
    **dict.fromkeys([*DIFFERENCE, "payments:differences"], "payments.resolve_difference"),
    **dict.fromkeys(REMITTANCE | _LISTS, "payments.send_remittance"),
    **dict.fromkeys(["payments:statement", "payments:statement_file"], "payments.view_settlement"),
}


def arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    """One object of each kind."""
    agreement, now = make_agreement(), timezone.now()
    file = BankFile.objects.create(
        name="retorno.ret", created_by=cast.faturista, status="applied", agreement=agreement,
        bank="001", written_on=date(2026, 3, 20),
    )  # fmt: skip
    difference = Difference.objects.create(
        kind="advance", agreement=agreement, number="42", cents=100, noted_at=now
    )
    remittance = Remittance.objects.create(
        agreement=agreement, number=1, layout="BB 2017", content="x", sha256="0" * 64,
        instructions=0, created_by=cast.faturista, created_at=now,
    )  # fmt: skip
    return {
        **{name: {"pk": file.pk} for name in RETURN},
        **{name: {"pk": difference.pk} for name in DIFFERENCE},
        **{name: {"pk": remittance.pk} for name in REMITTANCE},
        "payments:remittance_new": {"agreement": agreement.pk},
        "payments:remittance_by_hand": {"agreement": make_agreement("237").pk},
        "payments:statement_file": {"extension": "csv"},
    }
