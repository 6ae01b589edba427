"""Settings that exclude each other, or that nothing can work with: refused at start-up.

Knows no Django, because ``portal.settings`` asks it.
"""

import os
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

# EMAIL_TOKEN_BY -> what it needs besides.
_TOKEN_NEEDS = {
    "client": ["URL", "CLIENT_ID", "SECRET"], "refresh": ["CLIENT_ID", "SECRET", "REFRESH"],
    "service": ["KEY_FILE"],
}  # fmt: skip
_CONFIRMATIONS = ("session", "signature")  # of powers of attorney
_MOST_SECONDS = 240  # that a check of an access may take
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def address_of(text: str) -> str:
    """The bare address of ``Portal <portal@example.com>``; "" where there is no valid one.

    Mail shows the provider's short name beside it, so a name given here is left out.
    """
    _name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    broken = not (local and at and domain) or any(c in address for c in ' <>",\r\n')
    return "" if broken else address


def contradictions(values: Mapping[str, Any]) -> list[str]:
    """One sentence for each problem. ``values``: the settings by name."""
    prefix, s3 = str(values["PRIVATE_ACCEL_PREFIX"]), values["S3_BUCKET"]
    found = []
    if not values["DEFAULT_FROM_EMAIL"]:
        found.append(
            "DEFAULT_FROM_EMAIL holds no e-mail address. Write portal@example.com.br, or "
            '"Portal <portal@example.com.br>" in quotes.'
        )
    if prefix and s3:
        found.append(
            "S3_BUCKET and PRIVATE_ACCEL_PREFIX exclude each other: nginx has no files to send "
            "when they are in the bucket. Leave one of them out."
        )
    if prefix and not (prefix.startswith("/") and prefix.endswith("/")):
        found.append("PRIVATE_ACCEL_PREFIX must begin and end with a slash, as in /privado/.")
    found += _lacking_for_tokens(values)
    found += _wrong_for_checks(values)
    if values["POWERS_CONFIRMED_BY"] not in _CONFIRMATIONS:
        found.append(f"POWERS_CONFIRMED_BY must be one of {', '.join(_CONFIRMATIONS)}.")
    if values["EMBEDDED"]:
        return found
    url = urlsplit(str(values["BASE_URL"]))
    if url.scheme == "https" and not values["TRUSTED_PROXIES"]:
        found.append(
            "BASE_URL is https and TRUSTED_PROXIES is 0: the portal would believe nobody that a "
            "page came by https and redirect for ever. With nginx in front set TRUSTED_PROXIES=1."
        )
    host = url.hostname or ""
    if host not in _LOOPBACK and not _answers(host, values["ALLOWED_HOSTS"]):
        found.append(
            f"ALLOWED_HOSTS does not name {host}, the host of BASE_URL: every page would "
            "be refused."
        )
    return found


def _lacking_for_tokens(values: Mapping[str, Any]) -> list[str]:
    way = values["EMAIL_TOKEN_BY"]
    if not way:
        return []
    if way not in _TOKEN_NEEDS:
        return [f"EMAIL_TOKEN_BY must be one of {', '.join(_TOKEN_NEEDS)}."]
    names = [f"EMAIL_TOKEN_{part}" for part in _TOKEN_NEEDS[way]]
    return [f"{name} must be set with EMAIL_TOKEN_BY={way}." for name in names if not values[name]]


def _wrong_for_checks(values: Mapping[str, Any]) -> list[str]:
    """Of the checks of accesses at agencies."""
    found = []
    if not 1 <= values["PROXY_CHECK_SECONDS"] <= _MOST_SECONDS:
        found.append(
            f"PROXY_CHECK_SECONDS must be from 1 to {_MOST_SECONDS}: after five minutes another "
            "worker would take the check for dead."
        )
    file = values["PROXY_CHECK_CA_FILE"]
    # The demonstration makes its own once it runs.
    if file and not values["DEMO"] and not os.access(file, os.R_OK):
        found.append("PROXY_CHECK_CA_FILE names a file that is not there or cannot be read.")
    return found


def _answers(host: str, allowed: Sequence[str]) -> bool:
    """Whether Django would answer for this host."""
    return any(
        name == "*" or name.strip("[]").lower() == host
        or (name.startswith(".") and f".{host}".endswith(name.lower()))
        for name in allowed
    )  # fmt: skip
