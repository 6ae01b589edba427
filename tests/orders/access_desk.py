"""Who may use the addresses of the desk's staff; see ``access``."""

from typing import Any

from orders.models import Order, OrderBatch, OrderDocument
from tests.factories import Cast
from tests.factories.orders import make_order
from tests.kept import a_row

VIEW, CHANGE, VALIDATE = "orders.view_order", "orders.change_order", "orders.validate_order"
VERIFY, REFUND, EXPORT = "orders.verify_order", "orders.refund_order", "orders.export_order"
IMPORT = "orders.import_order"
# Acts on one order, by the permission that they need beside seeing it.
ACTS = {
    **dict.fromkeys(
        [
            "desk_pend", "desk_resume", "desk_validate", "desk_refuse", "desk_issuing",
            "desk_issued", "desk_failed", "desk_deliver", "desk_revoke", "desk_add_document", "desk_code",
        ],
        VALIDATE,
    ),
    **dict.fromkeys(["desk_verify", "desk_return"], VERIFY),
    **dict.fromkeys(["desk_authorize", "desk_cancel", "desk_reopen", "desk_holder"], CHANGE),
    "desk_refund": REFUND,
}  # fmt: skip
OF_ONE = {"desk_order", *ACTS}


def arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    """Ana's order, with a document in its dossier."""
    order = make_order(holder=cast.ana, status=Order.Status.AWAITING_VALIDATION)
    document = a_row(OrderDocument, order=order, file_key="orders/x.pdf", sha256="0" * 64)
    batch = OrderBatch.objects.create(name="Pedidos")
    number = {"number": order.number}
    return {
        **{f"orders:{name}": number for name in OF_ONE},
        **{f"orders:{name}": {"pk": batch.pk} for name in BATCH},
        "orders:batch_template": {"extension": "csv"},
        "orders:desk_document": {**number, "pk": document.pk},
        "orders:desk_renewal_file": {**number, "name": "pedido.json"},
    }


BATCH = {
    "batch", "batch_progress", "batch_rows", "batch_errors", "batch_apply", "batch_undo",
    "batch_discard", "batch_go_on", "batch_stop",
}  # fmt: skip
STAFF = {
    **{f"orders:{name}": IMPORT for name in (*BATCH, "batches", "batch_new", "batch_template")},
    "orders:desk": VIEW, "orders:desk_order": VIEW, "orders:desk_document": VIEW,
    "orders:desk_renewal_file": VIEW,
    "orders:desk_new": "orders.add_order", "orders:desk_csv": EXPORT, "orders:desk_xlsx": EXPORT,
    **{f"orders:{name}": permission for name, permission in ACTS.items()},
}  # fmt: skip
