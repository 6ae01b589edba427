"""Line 4: the administration's lists, searches and last pages with many documents against few.

.venv/bin/python bench/line_04_admin_scale.py [--few 10000] [--many 200000] [--rounds 7]
"""

import argparse
from hashlib import md5

import ground

HASH = md5(b"x77").hexdigest() + md5(b"xb77").hexdigest()
LIST = "/admin/invoices/document/"
PLACES = {
    "documents": {
        "": LIST,
        "search by number": f"{LIST}?q=x77",
        "search by hash": f"{LIST}?q={HASH}",
        "search by the code of a unit": f"{LIST}?q=U1",
        "search by a client's name": f"{LIST}?q=Empresa+7",
        "search by number in a unit": f"{LIST}?q=U1+o1",
        "search for nothing": f"{LIST}?q=zzz",
        "pending": f"{LIST}?release__exact=pending",
        "released": f"{LIST}?release__exact=released",
        "contested": f"{LIST}?release__exact=contested",
        "withdrawn": f"{LIST}?status__exact=withdrawn",
        "on hold": f"{LIST}?legal_hold__exact=1",
        "of a type": f"{LIST}?type__id__exact=2",
        "last page": f"{LIST}?{ground.LAST_PAGE}",
        "released, last page": f"{LIST}?release__exact=released&{ground.LAST_PAGE}",
    },
    "tombstones": {
        "": "/admin/invoices/tombstone/",
        "search by number": "/admin/invoices/tombstone/?q=t77",
        "search by the code of a unit": "/admin/invoices/tombstone/?q=U1",
        "last page": f"/admin/invoices/tombstone/?{ground.LAST_PAGE}",
    },
    "purge runs": {"": "/admin/invoices/purgerun/"},
    "batches": {"": "/admin/invoices/batch/", "search": "/admin/invoices/batch/?q=Lote+7"},
    "drafts": {
        "": "/admin/invoices/invoicedraft/",
        "search": "/admin/invoices/invoicedraft/?q=d7",
        "last page": f"/admin/invoices/invoicedraft/?{ground.LAST_PAGE}",
    },
    "audit": {
        "": "/admin/audit/auditevent/",
        "of an action": "/admin/audit/auditevent/?action=account.login",
        "of 30 days": "/admin/audit/auditevent/?days=30",
        "search by target": "/admin/audit/auditevent/?q=invoices.document:77",
        "search by chain": "/admin/audit/auditevent/?q=portal",
        "search by person": "/admin/audit/auditevent/?q=admin@bench.example",
        "last page": f"/admin/audit/auditevent/?{ground.LAST_PAGE}",
    },
    "companies": {
        "": "/admin/accounts/company/",
        "search": "/admin/accounts/company/?q=Empresa+7",
        "last page": f"/admin/accounts/company/?{ground.LAST_PAGE}",
    },
    "units": {
        "": "/admin/accounts/unit/",
        "search by code": "/admin/accounts/unit/?q=U1",
        "search by name": "/admin/accounts/unit/?q=Unidade",
        "last page": f"/admin/accounts/unit/?{ground.LAST_PAGE}",
    },
    "people": {
        "": "/admin/accounts/user/",
        "search by name": "/admin/accounts/user/?q=Pessoa+7",
        "search by e-mail": "/admin/accounts/user/?q=pessoa7@bench.example",
        "staff": "/admin/accounts/user/?is_staff__exact=1",
        "last page": f"/admin/accounts/user/?{ground.LAST_PAGE}",
    },
    "grants": {
        "": "/admin/accounts/grant/",
        "search": "/admin/accounts/grant/?q=Pessoa+7",
        "last page": f"/admin/accounts/grant/?{ground.LAST_PAGE}",
    },
    "requests": {
        "": "/admin/accounts/accessrequest/",
        "search": "/admin/accounts/accessrequest/?q=Pessoa+7",
        "that wait": "/admin/accounts/accessrequest/?status__exact=pending",
    },
    "known certificates": {"": "/admin/certificates/knowncertificate/"},
    "index": {"": "/admin/"},
}
PAGES = {
    f"admin: {table}{', ' * bool(what)}{what}": (path, "admin")
    for table, places in PLACES.items()
    for what, path in places.items()
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    ground.compare_sizes(4, "≤ 1.5", PAGES, **vars(options))


if __name__ == "__main__":
    main()
