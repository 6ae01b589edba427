"""The tests' settings with one more app: all that installing a desk takes."""

from tests.settings import *
from tests.settings import INSTALLED_APPS, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.sixth"]
# As in tests: the names of files need no hash.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
