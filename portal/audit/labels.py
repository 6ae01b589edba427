"""What a person reads in place of the audit's machine words: its actions, targets and chains."""

from collections.abc import Mapping

from django.apps import apps
from django.db.models import Model
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import desks

PORTAL = "portal"
_COMPANY = "company:"


def changes_of(*models: type[Model]) -> dict[str, desks.Label]:
    """Labels of what ``AuditedAdmin`` records of these models, for ``Desk.audit_words``."""
    verbs = {
        "created": gettext_lazy("Added"), "changed": gettext_lazy("Changed"),
        "deleted": gettext_lazy("Deleted"),
    }  # fmt: skip
    return {
        f"{model._meta.model_name}.{what}": format_lazy("{}: {}", verb, model._meta.verbose_name)
        for model in models
        for what, verb in verbs.items()
    }


def action_label(action: str, words: Mapping[str, desks.Label] | None = None) -> str:
    """What was done. Gives back an action that no installed desk knows any more.

    ``words``: ``desks.merged("audit_words")``, for who asks many times.
    """
    return str((words or desks.merged("audit_words")).get(action, action))


def target_label(target: str) -> str:
    """``invoices.document:12`` as "Document 12"; as it is when its model is gone."""
    label, _colon, key = target.partition(":")
    try:
        name = apps.get_model(label)._meta.verbose_name
    except (LookupError, ValueError):
        return target
    return f"{capfirst(str(name))} {key}"


def chain_label(chain: str) -> str:
    """``company:3`` as "Company 3"; the portal's own chain as such."""
    if chain == PORTAL:
        return _("The portal")
    return _("Company %(key)s") % {"key": chain.removeprefix(_COMPANY)}


def targets_called(text: str) -> list[str]:
    """The targets that ``target_label`` may have shown as ``text``."""
    name, _space, key = text.strip().rpartition(" ")
    return [
        f"{model._meta.label_lower}:{key}"
        for model in apps.get_models()
        if str(model._meta.verbose_name).lower() == name.lower()
    ]
