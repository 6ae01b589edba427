"""Which values of an access a check sends, and what is remembered of those that were refused.

``CheckState.values`` names the agency and the versions: what one agency refused says nothing of
another one, and nothing of newer values.
"""

from datetime import datetime

from django.db import transaction

from proxies.models import Kind, Proxy, SecretValue
from proxies.models.checks import CheckState
from proxies.services.values import current_values

KINDS = (Kind.LOGIN, Kind.CODE)


def values_to_send(proxy: Proxy) -> dict[str, SecretValue] | None:
    """The login, and the password or the code; None where one is missing."""
    values = current_values(proxy)
    needed = [proxy.main_field]
    if proxy.kind == Kind.LOGIN:
        needed.insert(0, SecretValue.Field.LOGIN)
    return {name: values[name] for name in needed} if set(needed) <= set(values) else None


def named(proxy: Proxy, values: dict[str, SecretValue]) -> str:
    """The agency and the versions, as ``CheckState.values`` keeps them."""
    versions = " ".join(f"{name}:{value.version}" for name, value in sorted(values.items()))
    return f"{proxy.agency_id} {versions}"


@transaction.atomic
def remember_refusal(proxy: Proxy, *, at: datetime) -> None:
    """A person says that the agency refused the values in use: no check sends them any more."""
    found = _state(proxy, at=at)
    if found is None:
        return
    state, name = found
    if state.is_refused and state.values == name:
        return  # a check found it so: that is not a person's to take back
    if state.values != name:
        state.values, state.unclear = name, 0
    state.is_refused = state.is_said = True
    state.save(update_fields=["values", "unclear", "is_refused", "is_said"])


@transaction.atomic
def take_back_refusal(proxy: Proxy) -> None:
    """A person says that they were right: what a person refused may be sent again."""
    Proxy.objects.select_for_update(no_key=True).get(pk=proxy.pk)
    CheckState.objects.filter(proxy=proxy, is_refused=True, is_said=True).update(
        is_refused=False, is_said=False
    )


def _state(proxy: Proxy, *, at: datetime) -> tuple[CheckState, str] | None:
    """Its row, locked, and the name of the values in use; None where nothing is ever sent."""
    proxy = Proxy.objects.select_for_update(no_key=True).get(pk=proxy.pk)
    values = values_to_send(proxy) if proxy.kind in KINDS else None
    if values is None:
        return None
    CheckState.objects.get_or_create(proxy=proxy, defaults={"next_run": at})
    return CheckState.objects.select_for_update().get(proxy=proxy), named(proxy, values)
