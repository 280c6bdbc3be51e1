"""The report on a bout: one HTML page that needs nothing else, to be opened, mailed and printed.

``facts`` gathers what the record knows of a match, archive and live rows alike; ``drawing`` makes the timeline as SVG;
``page`` puts both into a page with ``report.css``. All text from outside is escaped where it enters the page.
"""

from restrike_lab.client.report.facts import BoutFacts, ReportError, gather
from restrike_lab.client.report.page import page

__all__ = ["BoutFacts", "ReportError", "gather", "page"]
