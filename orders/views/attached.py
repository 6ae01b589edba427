"""The file of a form that is refused: it is kept, and the form comes back with it."""

from django.forms import BaseForm
from django.http import HttpRequest

from orders.forms.documents import file_of
from orders.models import Order
from orders.services import uploads
from portal.accounts.limits import limited
from portal.accounts.scope import scope_of


def take_up(request: HttpRequest, order: Order, form: BaseForm) -> None:
    """Have the form take up the file that this person left in it, for this order."""
    file_of(form).holder = f"order:{order.pk}:user:{scope_of(request).user.pk}"


def keep_file(request: HttpRequest, form: BaseForm) -> None:
    """Store the file that the refused form accepted, and show it there. Outside of transactions.

    Past a limit of each person nothing is kept, and the form says so.
    """
    field = file_of(form)
    file = field.accepted
    if file is None:
        return
    is_new = not isinstance(file, uploads.StoredFile)
    if is_new and limited(request, "order-files-kept", str(scope_of(request).user.pk)):
        field.not_kept = file.name
        return
    field.show_kept(uploads.store_file(file))
