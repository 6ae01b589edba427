"""What is over is deleted every night; what is not stays."""

from datetime import timedelta

import pytest
from captcha.models import CaptchaStore
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from portal.accounts import jobs, tasks
from portal.accounts.models import AccessLink
from tests.factories import make_user
from tests.portal.entrance import code


@pytest.mark.django_db
def test_codes_sessions_and_links_that_are_over_go_and_the_others_stay() -> None:
    now, user = timezone.now(), make_user("Ana Souza")
    for lifetime in (timedelta(seconds=-1), timedelta(hours=1)):
        code()
        CaptchaStore.objects.filter(pk=CaptchaStore.objects.latest("pk").pk).update(
            expiration=now + lifetime
        )
        store = SessionStore()
        store.create()
        Session.objects.filter(session_key=store.session_key).update(expire_date=now + lifetime)
    for age in (31, 29, 0):
        AccessLink.issue(user, "recovery", hours=0, at=now - timedelta(days=age))
    AccessLink.issue(user, "invitation", hours=48, at=now)
    done = jobs.housekeeping(at=now)
    assert (done["codes"], done["sessions"], done["links"]) == (1, 1, 1)
    assert (CaptchaStore.objects.count(), Session.objects.count(), AccessLink.objects.count()) == (
        1,
        1,
        3,
    )
    tasks.housekeeping()
    assert AccessLink.objects.count() == 3
