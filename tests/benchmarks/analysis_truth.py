"""How often the intervals of the analysis hold the truth, over many tournaments of different sizes and curves.

    python -m tests.benchmarks.analysis_truth [TOURNAMENTS]     (default 10000 for each line)

The seed is drawn and printed. Small tournaments show where intervals begin to fail their promise.
"""

from __future__ import annotations

import secrets
import sys

import numpy as np

from restrike_lab.analysis.counts import Counts
from restrike_lab.analysis.curve import logistic
from restrike_lab.analysis.roc_curve import roc
from restrike_lab.simulate.model import Curve
from tests.analysis.light import Light, tally
from tests.benchmarks.bench import headline, say

KINDS: dict[str, Light] = {
    "60 bouts, everyone fights once": Light(),
    "60 bouts, 12 athletes a class": Light(roster=12),
    "240 bouts, 12 athletes a class": Light(bouts=240, roster=12),
    "15 bouts, everyone fights once": Light(bouts=15),
    "60 bouts, flat curve (slope 0.02)": Light(curve=Curve(slope=0.02)),
    "60 bouts, steep curve (slope 0.25)": Light(curve=Curve(slope=0.25)),
    "60 bouts, high threshold (+55)": Light(curve=Curve(offset=55.0)),
}


def held(light: Light, runs: int, generator: np.random.Generator) -> dict[str, float]:
    truth, best_cut = light.truth(), light.best_cut()

    def ask(plain: Counts, relative: Counts) -> dict[str, bool]:
        curve, area = logistic(relative), roc(plain)
        return {
            "slope": curve.clustered.covers(light.curve.slope),
            "profile": curve.profile.covers(light.curve.slope),
            "AUC": area.auc.covers(truth.auc),
            "half": curve.half.covers(light.curve.offset),
            "Youden": curve.youden.covers(best_cut),
        }

    return {name: count / runs for name, count in tally(light, ask, runs, generator).items()}


def main(argv: list[str]) -> None:
    runs = int(argv[1]) if len(argv) > 1 else 10_000
    seed = secrets.randbits(32)
    headline(f"95 % intervals that held the truth, {runs} tournaments a line, seed {seed}")
    generator = np.random.default_rng(seed)
    for place, (name, light) in enumerate(KINDS.items()):
        shares = held(light, runs, generator)
        if not place:
            say(f"   {'':36}" + "".join(f"{each:>10}" for each in shares))
        say(f"   {name:36}" + "".join(f"{100 * share:9.2f}%" for share in shares.values()))


if __name__ == "__main__":
    main(sys.argv)
