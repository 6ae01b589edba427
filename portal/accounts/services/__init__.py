"""What is done to people and their access. Each service is atomic and leaves an audit event."""

from portal.accounts.services.grants import (
    NewAccess,
    check_may_hold,
    end_every_access,
    grant_access,
    revoke_grant,
)
from portal.accounts.services.keepers import sensitive_of, tell_of_grant, tell_of_reset
from portal.accounts.services.links import (
    invite,
    open_link,
    redeem,
    request_recovery,
    send_recovery,
)
from portal.accounts.services.passwords import (
    end_sessions,
    end_sessions_of,
    issue_provisional_password,
    set_password,
    spend_provisional,
)
from portal.accounts.services.people import activate, create_user, deactivate, tell_login_changed
from portal.accounts.services.requests import (
    accept_request,
    refuse_request,
    refuse_requests,
    request_access,
)

__all__ = [
    "NewAccess",
    "accept_request",
    "activate",
    "check_may_hold",
    "create_user",
    "deactivate",
    "end_every_access",
    "end_sessions",
    "end_sessions_of",
    "grant_access",
    "invite",
    "issue_provisional_password",
    "open_link",
    "redeem",
    "refuse_request",
    "refuse_requests",
    "request_access",
    "request_recovery",
    "revoke_grant",
    "send_recovery",
    "sensitive_of",
    "set_password",
    "spend_provisional",
    "tell_login_changed",
    "tell_of_grant",
    "tell_of_reset",
]
