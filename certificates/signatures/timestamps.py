"""Time stamps from an authority over HTTP (RFC 3161)."""

import asyncio
import base64
import ssl
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, set_tsp_headers

from certificates.icp.reading import UNPARSABLE

TIMEOUT = 10
_MAX_ANSWER = 64 * 1024
_GRANTED = ("granted", "granted_with_mods")
SILENT = _(
    "The time-stamp authority did not answer. Nothing was signed. Try again in a few minutes."
)
NOT_SECURE = _(
    "The time-stamp authority's own certificate could not be verified, so it was not asked. Nothing"
    " was signed. Tell whoever administers the portal."
)
NOT_LET_IN = _(
    "The time-stamp authority did not accept the portal's user and password. Nothing was signed."
    " Tell whoever administers the portal."
)
BROKEN = _(
    "The time-stamp authority answered with an error. Nothing was signed. Try again in a few minutes."
)
REFUSED = _(
    "The time-stamp authority refused to issue the time stamp. Nothing was signed. Try again in a"
    " few minutes; if it goes on, tell whoever administers the portal."
)
NOT_OURS = _(
    "What the time-stamp authority sent is not the time stamp that was asked for. Nothing was"
    " signed. Tell whoever administers the portal."
)
BAD_ADDRESS = _(
    "The address of the time-stamp authority in the portal's settings is not a web address. Nothing"
    " was signed. Tell whoever administers the portal."
)


class TimestampFailed(Exception):
    """The time-stamp authority did not answer, or refused: why, for staff."""


class TimestampProblem(TimestampRequestError):
    """What went wrong, for the log; ``said`` is what staff read."""

    def __init__(self, reason: str, said: Promise) -> None:
        super().__init__(reason)
        self.said = said


class _Answer(core.Sequence):  # type: ignore[misc]
    """What the authority answers: a refusal has no time stamp, which asn1crypto asks for."""

    _fields: ClassVar[list[Any]] = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", core.Any, {"optional": True}),
    ]


class HTTPTimeStamper(TimeStamper):
    """A client of one authority; ``user`` and ``password`` go by HTTP Basic."""

    def __init__(self, url: str, *, user: str = "", password: str = "") -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if not url.startswith(("http://", "https://")):
            raise TimestampFailed(str(BAD_ADDRESS))
        self._url = url
        self._headers = set_tsp_headers({})
        if user:
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over exactly this digest; raises TimestampRequestError for any other answer:
        TimestampProblem, or pyHanko's own where the authority refuses."""
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            info = token["content"]["encap_content_info"]["content"].parsed
            stamped = info["message_imprint"]["hashed_message"].native
        except TimestampRequestError:
            raise
        except UNPARSABLE as error:  # pyHanko stumbles over a wrong nonce where it means to say so
            raise TimestampProblem("not the time stamp asked for", NOT_OURS) from error
        if stamped != message_digest:
            raise TimestampProblem("the time stamp is of something else", NOT_OURS)
        return token

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return await asyncio.to_thread(self._ask, req.dump())

    def _ask(self, body: bytes) -> tsp.TimeStampResp:
        request = urllib.request.Request(self._url, data=body, headers=self._headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                data = answer.read(_MAX_ANSWER + 1)
        except (OSError, HTTPException) as error:
            raise TimestampProblem(repr(error), _cause(error)) from error
        try:
            status = _Answer.load(data, strict=True)["status"]["status"].native
            if status in _GRANTED:
                return tsp.TimeStampResp.load(data, strict=True)
        except UNPARSABLE as error:
            raise TimestampProblem("the answer is not a time stamp", BROKEN) from error
        raise TimestampProblem(f"refused: {status}", REFUSED)


def _cause(error: Exception) -> Promise:
    """What staff read when the authority could not be asked."""
    if isinstance(error, urllib.error.HTTPError):
        return NOT_LET_IN if error.code in {401, 403} else BROKEN
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return NOT_SECURE if isinstance(cause, ssl.SSLCertVerificationError) else SILENT


def timestamper() -> HTTPTimeStamper | None:
    """The configured authority's client, if there is one."""
    if not settings.TSA_URL:
        return None
    return HTTPTimeStamper(
        settings.TSA_URL, user=settings.TSA_USERNAME, password=settings.TSA_PASSWORD
    )
