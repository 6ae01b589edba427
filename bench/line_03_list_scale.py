"""Line 3: every list and counter with many documents in the portal against the same with few.

    .venv/bin/python bench/line_03_list_scale.py [--few 10000] [--many 200000] [--rounds 7]

``--many 5000000`` takes minutes to fill (``filling``). Both databases are on one PostgreSQL; each
page is asked of both in turns; CPU of the process and of its database connection together.
Companies, units, people, grants, audit, outbox, tombstones, drafts and requests grow with the
documents; the administration's lists are in line 4.
"""

import argparse
from datetime import date
from hashlib import md5

import ground

TODAY = date.today()  # noqa: DTZ011
MONTH = f"{TODAY:%m/%Y}"
SPAN = f"period={TODAY.month:02}/{TODAY.year - 1}&until={MONTH}"
CODE = md5(b"x77").hexdigest()[:16].upper().translate(str.maketrans("01", "GH"))
PAGES = {
    "list of a month": (f"/faturas/?period={MONTH}", "ana"),
    "list, newest month": ("/faturas/", "ana"),
    "list, all months waiting": ("/faturas/?release=pending", "ana"),
    "list of one unit, a year": (f"/faturas/?unit=U1&{SPAN}", "ana"),
    "list of all units, a year": (f"/faturas/?{SPAN}", "ana"),
    "reports": ("/relatorios/", "ana"),
    "export, CSV of a month": (f"/documentos/exportar.csv?period={MONTH}", "ana"),
    "export, XLSX of a year": (f"/documentos/exportar.xlsx?{SPAN}", "ana"),
    "dashboard": ("/painel/", "ana"),
    "certificates": ("/certificados/", "ana"),
    "reminders": ("/lembretes/", "ana"),
    "my data": ("/conta/meus-dados/", "ana"),
    "choice of company": ("/conta/empresa/", "ana"),
    "verification of a document": (f"/verificar/{CODE}/", ""),
    "staff: list, newest month": ("/faturas/", "admin"),
    "staff: list, all units, a year": (f"/faturas/?{SPAN}", "admin"),
    "staff: list, contested": ("/faturas/?release=contested", "admin"),
    "staff: list, contested, a year": (f"/faturas/?release=contested&{SPAN}", "admin"),
    "staff: list, pending": ("/faturas/?release=pending", "admin"),
    "staff: list, released, a year": (f"/faturas/?release=released&{SPAN}", "admin"),
    "staff: list of one unit": ("/faturas/?unit=U1", "admin"),
    "staff: reports": ("/relatorios/", "admin"),
    "staff: dashboard": ("/painel/", "admin"),
    "staff: choice of company": ("/conta/empresa/", "admin"),
    "staff: publish one": ("/equipe/faturas/publicar/", "admin"),
    "staff: units to choose from": ("/conta/procurar/unidades/?q=X77", "admin"),
    "staff: batches": ("/equipe/lotes/", "admin"),
    "staff: a batch": ("/equipe/lotes/1/", "admin"),
    "staff: lines of a batch": ("/equipe/lotes/1/linhas/", "admin"),
    "staff: drafts": ("/equipe/faturas/rascunhos/", "admin"),
    "staff: a new draft": ("/equipe/faturas/rascunhos/novo/", "admin"),
    "staff: purge runs": ("/equipe/expurgo/", "admin"),
    "staff: a purge run": ("/equipe/expurgo/1/", "admin"),
    "staff: outbox": ("/equipe/saida/", "admin"),
    "staff: outbox, given up": ("/equipe/saida/?status=failed", "admin"),
    "staff: outbox, of one person": ("/equipe/saida/?recipient=pessoa7@bench.example", "admin"),
    "staff: outbox, jobs": ("/equipe/saida/?kind=job", "admin"),
    "staff: outbox, waiting": ("/equipe/saida/?status=pending", "admin"),
    "staff: requests that wait": ("/equipe/acessos/", "admin"),
    "staff: requests accepted": ("/equipe/acessos/?status=accepted", "admin"),
    "staff: erasures": ("/equipe/exclusoes/", "admin"),
    "staff: certificates": ("/certificados/", "admin"),
    "staff: certificate only": ("/equipe/somente-certificado/", "admin"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    ground.compare_sizes(3, "≤ 1.2", PAGES, **vars(options))


if __name__ == "__main__":
    main()
