"""What the staff's part adds to the desk of certificate orders: see ``orders.desk``."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orders.models import Product
from orders.models.orders import SERVICE
from orders.services import ending
from orders.services.forgetting import TYPED, forget_person
from orders.services.personal import personal_orders
from orders.views import cards, finding
from portal import desks
from portal.reminders.registry import Watch

CARDS = [cards.client_card, cards.staff_card]
PERSONAL_DATA = {gettext_noop("Certificate orders"): personal_orders}
ON_ERASURE = [forget_person]
TYPED_TEXTS = TYPED
KEPT_ON_ERASURE = [
    _(
        "Certificate orders with their number, product, dates and payment, for the figures and the "
        "law of accounts: without your name, CPF and contacts. Of the documents in their dossiers "
        "the hashes stay, and the files are removed."
    ),
    _(
        "Appointments with place, day and what became of them, tied to the order that names nobody; "
        "one that is still ahead is cancelled."
    ),
    _(
        "Fiscal notes as they were issued, with the name and the CPF or CNPJ of who took the service: "
        "the law has them kept."
    ),
]
# What a grant of a company must open; its administrators see the company's orders.
SERVICE_OF_GRANTS = desks.Service(name=SERVICE, label=_("Certificate orders"))
SEARCH = desks.SearchSource(
    label=_("Certificate orders"), icon="key", order=15, find=finding.find,
    list_url=finding.list_url, visible=finding.may_find,
)  # fmt: skip
FIRST_STEP = desks.FirstStep(
    label=_("Catalogue of certificates"), order=60,
    text=_("What clients may order: kind, medium, years and price of each certificate."),
    url_name="admin:orders_product_changelist", permission="orders.add_product",
    is_done=Product.objects.filter(is_active=True).exists,
)  # fmt: skip
# Staff are not told: it is the holder who orders anew.
WATCHES = [
    Watch(
        name="issued-certificates", label=_("Certificates from orders"), due=ending.due,
        recipients=ending.recipients, visible_to=ending.visible_to, list_url="orders:list",
    ),
]  # fmt: skip
AUDIT_WORDS = {
    "order.registered": _("Registered a certificate order for somebody"),
    "order.corrected": _("Corrected the holder of a certificate order"),
    "order.renewed": _("Confirmed a renewal with the certificate"),
    "order.code": _("Made a code with which a certificate is issued"),
    "product.created": _("Added a certificate to the catalogue"),
    "product.changed": _("Changed a certificate of the catalogue"),
    "product.deleted": _("Deleted a certificate of the catalogue"),
}
JOB_WORDS = {
    "orders.check_batch": _("Check a spreadsheet of orders"),
    "orders.apply_batch": _("Bring in a spreadsheet of orders"),
    "orders.undo_batch": _("Undo an import of orders"),
    "orders.ask_authority": _("Ask the certification authority about a certificate"),
}
