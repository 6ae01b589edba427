"""The Celery application. Tasks are a wake-up call; what must be done is a row in the outbox."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# A request that wakes a worker must not wait for a broker that is gone.
app.conf.broker_transport_options = {
    **(app.conf.broker_transport_options or {}),
    "socket_connect_timeout": 1.0,
    "socket_timeout": 10.0,
    "retry_on_timeout": False,
}
app.conf.broker_connection_timeout = 1.0
app.autodiscover_tasks()
