"""The acts of staff on an order: what each is called, who may do it, and in which states."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certificates.issuing import current_authority
from orders.forms.desk import IssuedForm, NoteForm, PendForm, ReasonForm, RefundForm
from orders.models import Order
from orders.models.orders import CHANGE, REFUND, VALIDATE, VERIFY

Status = Order.Status
Text = str | Promise


def _always(_order: Order, _user: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Act:
    """``states``: those in which it is possible. ``effects``: what the page that asks says of it.
    ``is_main``: a button of its own; others are under "More". ``also``: what else must be true.
    """

    url_name: str
    label: Text
    icon: str
    permission: str
    states: tuple[Order.Status, ...]
    effects: Text
    done: Text
    form: type[forms.Form] = NoteForm
    is_main: bool = False
    is_danger: bool = False
    also: Callable[[Order, Any], bool] = _always

    def is_offered(self, order: Order, user: Any) -> bool:
        may: bool = order.status in self.states and user.has_perm(self.permission)
        return may and self.also(order, user)


def _not_the_validator(order: Order, user: Any) -> bool:
    """Whom the constraint would refuse is not offered the button."""
    return order.validated_by_id != int(user.pk)


def _not_refunded(order: Order, _user: Any) -> bool:
    return order.refunded_at is None


def _money_waits(order: Order, _user: Any) -> bool:
    return order.money_waits


def _issued_online(order: Order, _user: Any) -> bool:
    return order.is_renewal and current_authority() is not None


ACTS: tuple[Act, ...] = (
    Act(
        url_name="orders:desk_authorize", label=_("Authorise"), icon="check-circle",
        permission=CHANGE, states=(Status.AWAITING_AUTHORIZATION,), is_main=True,
        effects=_(
            "The public body's authorisation takes the place of the payment. The client is told."
        ),
        done=_("Authorised."),
    ),
    Act(
        url_name="orders:desk_validate", label=_("Validate"), icon="check-circle",
        permission=VALIDATE, states=(Status.AWAITING_VALIDATION,), is_main=True,
        effects=_(
            "You say that you have seen the documents and the holder, and that they agree with the "
            "order. Another agent verifies it then."
        ),
        done=_("Validated. Another agent verifies it now."),
    ),
    Act(
        url_name="orders:desk_resume", label=_("Nothing is missing any more"), icon="check-circle",
        permission=VALIDATE, states=(Status.PENDING_DOCUMENTS,), is_main=True,
        effects=_(
            "Its pendencies are closed, and it waits for validation. Where its appointment was "
            "cancelled or missed it waits for another one first, and the client is told."
        ),
        done=_("Its pendencies are closed."),
    ),
    Act(
        url_name="orders:desk_verify", label=_("Verify and approve"), icon="shield-check",
        permission=VERIFY, states=(Status.AWAITING_VERIFICATION,), is_main=True,
        also=_not_the_validator,
        effects=_(
            "You say that you have looked through the dossier. The certificate may be issued then."
        ),
        done=_("Approved."),
    ),
    Act(
        url_name="orders:desk_return", label=_("Return to validation"), icon="arrow-left",
        permission=VERIFY, states=(Status.AWAITING_VERIFICATION,), form=ReasonForm,
        also=_not_the_validator,
        effects=_("The first agent looks at it again. The client is not mailed."),
        done=_("It waits for validation again."),
    ),
    Act(
        url_name="orders:desk_code", label=_("Make a new code"), icon="envelope",
        permission=VALIDATE, states=(Status.APPROVED,), form=ReasonForm,
        also=_issued_online,
        effects=_(
            "Make sure first that it is the holder who asks. The code before is worth nothing; the "
            "second part of the new one is mailed to the holder."
        ),
        done=_("A new code was made, and mailed to the holder."),
    ),
    Act(
        url_name="orders:desk_issuing", label=_("Is being issued"), icon="clock",
        permission=VALIDATE, states=(Status.APPROVED,),
        effects=_("The request went to the authority, and the certificate has not come yet."),
        done=_("It is being issued."),
    ),
    Act(
        url_name="orders:desk_issued", label=_("The certificate was issued"), icon="check-circle",
        permission=VALIDATE, states=(Status.APPROVED, Status.ISSUING), form=IssuedForm,
        is_main=True, effects=_("The client is told, and confirms to have received it."),
        done=_("Issued."),
    ),
    Act(
        url_name="orders:desk_failed", label=_("It was not issued"), icon="x-circle",
        permission=VALIDATE, states=(Status.ISSUING,), form=ReasonForm,
        effects=_("It is approved still, and may be issued again. The client is told the reason."),
        done=_("It may be issued again."),
    ),
    Act(
        url_name="orders:desk_deliver", label=_("The holder has it"), icon="check-circle",
        permission=VALIDATE, states=(Status.ISSUED,), is_main=True,
        effects=_("Where the holder did not confirm it in the portal."), done=_("Delivered."),
    ),
    Act(
        url_name="orders:desk_pend", label=_("Ask for what is missing"), icon="question-circle",
        permission=VALIDATE, form=PendForm,
        states=(
            Status.AWAITING_VALIDATION, Status.PENDING_DOCUMENTS, Status.AWAITING_VERIFICATION,
        ),
        effects=_("The client is told, and answers in the portal, in words or with a file."),
        done=_("The client was asked."),
    ),
    Act(
        url_name="orders:desk_reopen", label=pgettext_lazy("certificate", "Open again"), icon="arrow-counterclockwise",
        permission=CHANGE, states=(Status.REFUSED, Status.CANCELLED), form=ReasonForm,
        is_main=True, also=_not_refunded,
        effects=_(
            "What was refused is validated again. What was cancelled goes on, or begins anew where "
            "nothing was paid. The client is told."
        ),
        done=_("It is open again."),
    ),
    Act(
        url_name="orders:desk_refund", label=_("Money was given back"), icon="arrow-counterclockwise",
        permission=REFUND, states=(Status.REFUSED, Status.CANCELLED), form=RefundForm,
        is_main=True, also=_money_waits,
        effects=_("The payer is told. It cannot be opened again then."),
        done=_("Noted; the payer is told."),
    ),
    Act(
        url_name="orders:desk_revoke", label=_("The certificate was revoked"), icon="x-circle",
        permission=VALIDATE, states=(Status.ISSUED, Status.DELIVERED), form=ReasonForm,
        is_danger=True, effects=_("The authority revoked it. This is for good; the client is told."),
        done=_("Revoked."),
    ),
    Act(
        url_name="orders:desk_refuse", label=_("Refuse"), icon="x-circle", permission=VALIDATE,
        states=(
            Status.AWAITING_AUTHORIZATION, Status.AWAITING_VALIDATION, Status.PENDING_DOCUMENTS,
            Status.AWAITING_VERIFICATION, Status.APPROVED,
        ),
        form=ReasonForm, is_danger=True,
        effects=_("The client is told the reason. What was paid waits for a decision."),
        done=_("Refused."),
    ),
    Act(
        url_name="orders:desk_cancel", label=_("Cancel the order"), icon="x-circle",
        permission=CHANGE,
        states=(
            Status.INCOMPLETE, Status.AWAITING_PAYMENT, Status.AWAITING_AUTHORIZATION,
            Status.PAYMENT_REVIEW, Status.AWAITING_APPOINTMENT, Status.AWAITING_VALIDATION,
            Status.PENDING_DOCUMENTS, Status.APPROVED,
        ),
        form=ReasonForm, is_danger=True,
        effects=_(
            "An open slip is withdrawn. What was paid waits for a decision. The client is told."
        ),
        done=_("Cancelled."),
    ),
)  # fmt: skip
BY_NAME = {act.url_name: act for act in ACTS}


def offered_to(order: Order, user: Any) -> list[Act]:
    """The acts that this person may do now."""
    return [act for act in ACTS if act.is_offered(order, user)]
