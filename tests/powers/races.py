"""What is done with powers of attorney at the same moment; see ``tests/proxies/races``."""

from django.utils import timezone

from portal.transitions import IllegalTransition
from proxies.powers.models import Power
from proxies.powers.services import granting, life, sealing
from tests.factories import Cast
from tests.factories.powers import make_draft_power, make_power, with_e_cnpj, with_e_cpf
from tests.racing import Race, Work

_S = "proxies.powers.services"
_WRITES = {f"{_S}.steps.note", f"{_S}.telling._mail"}


def _confirm(cast: Cast) -> Work:
    by = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    pk = make_draft_power(cast, by=by).pk

    def work() -> None:
        granting.confirm(Power.objects.get(pk=pk), by=by, at=timezone.now())

    return work


def _accept(cast: Cast) -> Work:
    pk, by = make_power(cast).pk, with_e_cpf(cast.carla)
    return lambda: life.accept(Power.objects.get(pk=pk), by=by, at=timezone.now())


def _revoke(cast: Cast) -> Work:
    by = with_e_cnpj(cast.bruno, cast.company_b.tax_id)
    pk = make_power(cast, by=by).pk
    return lambda: life.revoke(Power.objects.get(pk=pk), by=by, at=timezone.now())


def _seal(cast: Cast) -> Work:
    step = make_power(cast).steps.get().pk
    return lambda: sealing.seal(step)


_ONE_STEP = {"powers.PowerStep": 1}
RACES = [
    Race(name="confirm-power", prepare=_confirm, services=_WRITES, told=(IllegalTransition, granting.CannotGrant),
         leaves=_ONE_STEP),
    Race(name="accept-power", prepare=_accept, services=_WRITES, told=(IllegalTransition,),
         leaves={**_ONE_STEP, "accounts.Grant": 1}),
    Race(name="revoke-power", prepare=_revoke, services=_WRITES, told=(IllegalTransition,), leaves=_ONE_STEP),
    Race(name="seal-step", prepare=_seal, services={f"{_S}.sealing.seal"}, leaves={"outbox.Entry": 1}),
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {
    "every draft is one of its own, which its person confirms or throws away; the form is answered once": {
        f"{_S}.drafting.draft",
    },
}
