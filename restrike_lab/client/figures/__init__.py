"""Pictures of the results of ``restrike_lab.analysis``, as plotly figures: a function for each kind of result.

Every figure takes a result, never a table: what is drawn is what was calculated, with its uncertainty. They can be
printed and told apart without colours: blue and red have markers, dashes and patterns of their own, scored and missed
hits a pattern, heat maps their numbers. Axes have titles with units. Nothing is loaded from anywhere: JupyterLab shows
figures itself, and ``page`` makes a file of one that opens offline.

=================  ============================================================================================
``levels``         ``level_distribution`` by outcome
``curves``         ``curve`` with its band, ``windows``: what the choice of the window changes
``agreement``      ``reliability`` of a curve, ``roc``
``cuts``           ``thresholds`` by stratum beside those of the console
``people``         ``athletes`` with their intervals, ``rounds`` as heat map athlete x round
``bouts``          ``bout_timeline`` with hits, points and gam-jeoms
``flow``           ``following``: what follows what, as Sankey diagram
=================  ============================================================================================
"""

from restrike_lab.client.figures.agreement import reliability, roc
from restrike_lab.client.figures.bouts import bout_timeline
from restrike_lab.client.figures.curves import curve, windows
from restrike_lab.client.figures.cuts import thresholds
from restrike_lab.client.figures.flow import following
from restrike_lab.client.figures.levels import level_distribution
from restrike_lab.client.figures.look import page
from restrike_lab.client.figures.people import athletes, rounds

__all__ = [
    "athletes",
    "bout_timeline",
    "curve",
    "following",
    "level_distribution",
    "page",
    "reliability",
    "roc",
    "rounds",
    "thresholds",
    "windows",
]
