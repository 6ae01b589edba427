"""Who may use the addresses of powers of attorney."""

from typing import Any

from proxies.powers.models import CHANGE, VIEW
from tests.access import Access, Own
from tests.factories import Cast
from tests.powers.rows import power_row

ONE = {"powers:power", "powers:evidence", "powers:record"}
NOT_THERE_YET = {"powers:pdf"}
ANSWER = {"powers:accept", "powers:decline"}
# In a session of the company's e-CNPJ alone, which none of these roles has: test_granting.
DRAFT = {"powers:draft", "powers:confirm", "powers:sign", "powers:discard"}


def _arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    """Of Carla's office, which she administers, to Ana."""
    waiting = {"code": power_row(cast.office, cast.ana).code}
    active = {"code": power_row(cast.office, cast.ana, status="active").code}
    draft = {"code": power_row(cast.office, cast.ana, status="draft").code}
    return {
        **dict.fromkeys(ONE | NOT_THERE_YET | ANSWER, waiting),
        **dict.fromkeys(DRAFT, draft),
        **dict.fromkeys(
            ("powers:renounce", "powers:revoke", "powers:renew", "powers:desk_revoke",
             "powers:verify_code"), active,
        ),
    }  # fmt: skip


ACCESS = Access(
    public={"powers:grant", "powers:verify", "powers:verify_code"},
    member={"powers:granted", "powers:received"},
    staff={"powers:desk": VIEW, "powers:desk_revoke": CHANGE},
    own=[
        Own(ONE | NOT_THERE_YET, owners=["carla", "ana"], opens=ONE, readers=["agente", "admin"]),
        Own(ANSWER, owners=["ana"], opens=ANSWER),
        Own({"powers:renounce"}, owners=["ana"], opens={"powers:renounce"}),
        Own({"powers:revoke"}, owners=["carla"], opens={"powers:revoke"}),
        # Carla sees it, and is told that only a session of the e-CNPJ renews it.
        Own({"powers:renew"}, readers=["carla"]),
        Own(DRAFT),
    ],
    arguments=_arguments,
)
