"""Administration of people, companies and access. No secret is shown, every change is audited."""

from portal.accounts.admin import companies, groups, requests, users, waiting  # noqa: F401
