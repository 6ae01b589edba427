"""\"Dúvidas\": who answers what, and a form that reaches them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.forms.release import QuestionForm
from invoices.models import Document
from invoices.services.questions import ask
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.provider.models import ContactDesk
from portal.ui.once import Done, once

ACTION = "invoices-question"


@require_http_methods(["GET", "HEAD", "POST"])
@once
def questions(request: HttpRequest) -> HttpResponse:
    user = scope_of(request).user
    visible = Document.objects.visible_to(user, at=timezone.now())
    form = QuestionForm(request.POST or None, initial=_initial(request), visible=visible)
    if request.method == "POST" and form.is_valid():
        if limited(request, ACTION, str(user.pk)):
            return too_many(request, ACTION)
        values = form.cleaned_data
        document = values["document"]
        taken = ask(user, values["topic"], document, values["message"])
        text = _("Your question was sent. The answer comes to your e-mail.")
        # Who took it up shows on the document's page how it stands.
        to = document.get_absolute_url() if taken else reverse("invoices:questions")
        return Done(request, to, text)
    desks = ContactDesk.objects.order_by("topic")
    context = {"form": form, "desks": desks, "about": form.about()}
    return render(request, "invoices/questions.html", context)


def _initial(request: HttpRequest) -> dict[str, str]:
    """What the page one comes from already knows."""
    topic = request.GET.get("topic", "")
    known = topic if topic in ContactDesk.Topic.values else ContactDesk.Topic.ACCESS
    pk = request.GET.get("document", "")
    return {"topic": known, "document": pk if pk.isdecimal() else ""}
