"""Line 21: CPU of a slip as PDF against bare, warm WeasyPrint of the same page.

Bare: the same HTML and style sheet handed to WeasyPrint as its manual shows, one font configuration
for all. Ours starts from the row: codes, bars, template and layout.
"""

import time
from collections.abc import Callable

import ground
import paper

ROUNDS, TIMES = 9, 4


def cpu(work: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        start = time.process_time()
        for _ in range(TIMES):
            work()
        return (time.process_time() - start) * 1000 / TIMES

    return measure


def main() -> None:
    paper.start()
    import weasyprint
    from django.template.loader import render_to_string
    from django.utils import timezone
    from weasyprint.text.fonts import FontConfiguration

    from portal.payments import paper as slips
    from portal.payments.services.slips import issue_slip
    from tests.factories.payments import make_agreement, make_charge

    agreement = make_agreement("341", late_days=30)
    slip = issue_slip(make_charge(agreement=agreement), at=timezone.now())
    html = render_to_string(
        "payments/print/slip.html", slips.slip_context(slip, timezone.localdate())
    )
    fonts = FontConfiguration()
    css = weasyprint.CSS(string=slips._CSS.read_text(), font_config=fonts)

    def floor() -> object:
        return weasyprint.HTML(string=html).write_pdf(font_config=fonts, stylesheets=[css])

    ours, bare, _ratio = ground.median_of_pairs(
        cpu(lambda: slips.render_slip(slip)), cpu(floor), ROUNDS
    )
    ground.report(21, "a bank slip as PDF, CPU ms", ours, bare, "<= 1.2")


if __name__ == "__main__":
    main()
