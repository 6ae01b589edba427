"""The filter of a client's list of orders."""

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Order
from orders.models.orders import OrderQuerySet


class ClientFilter(forms.Form):
    """Beside each state that the person has orders in stands how many: ``show_counts``."""

    status = forms.ChoiceField(label=pgettext_lazy("certificate", "Status"), required=False)
    q = forms.CharField(label=_("Number, product or holder"), required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer(list(Order.Status.choices))

    def show_counts(self, counts: dict[str, int]) -> None:
        """``Entregue (2)``: as many as the list has when that state is chosen."""
        chosen = self.cleaned_data.get("status")
        self._offer([
            (value, f"{label} ({counts.get(value, 0)})")
            for value, label in Order.Status.choices
            if value in counts or value == chosen
        ])  # fmt: skip

    def _offer(self, choices: list[Any]) -> None:
        self.fields["status"].choices = [("", _("— Any status —")), *choices]  # type: ignore[attr-defined]

    def search(self, orders: OrderQuerySet) -> OrderQuerySet:
        """Those with this number, or these words in product or names. What is filled in wrongly
        matches nothing."""
        if self.errors:
            return orders.none()
        for word in self.cleaned_data["q"].split():
            words = Q(product_name__icontains=word) | Q(holder_name__icontains=word)
            words |= Q(company_name__icontains=word)
            number = word.lstrip("#").replace(".", "")
            if number.isascii() and number.isdigit() and len(number) < 10:
                words |= Q(number=int(number))
            orders = orders.filter(words)
        return orders

    def in_status(self, orders: OrderQuerySet) -> OrderQuerySet:
        word = "" if self.errors else self.cleaned_data["status"]
        return orders.filter(status=word) if word else orders


def counts_of(orders: OrderQuerySet) -> dict[str, int]:
    """How many orders stand in each state."""
    return dict(orders.order_by().values_list("status").annotate(Count("pk")))
