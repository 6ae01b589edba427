"""Who may use the addresses of the service-order desk."""

from tests.access import Access

REPORT = "tickets.report_ticket"
REPORTS = {
    "tickets:reports", "tickets:report_figures_csv", "tickets:report_figures_xlsx",
    "tickets:report_orders_csv", "tickets:report_orders_xlsx",
}  # fmt: skip

ACCESS = Access(
    service="tickets",
    staff={**dict.fromkeys(REPORTS, REPORT)},
)
