"""A made-up session told by hand: one court, every case of the wire that a live console has shown, and some more.

It stands in for a capture of a real console where none is at hand. Each case is a few lines below; what follows from
them is in the truth that is recorded on the way.
"""

from __future__ import annotations

from restrike_lab.simulate.athletes import UNKNOWN_COUNTRY, WEIGHT_CLASSES, Athlete, WeightClass
from restrike_lab.simulate.console import Console, new_console
from restrike_lab.simulate.model import Curve
from restrike_lab.simulate.pairing import pair
from restrike_lab.simulate.recorder import Recorder
from restrike_lab.simulate.timed import Timed
from restrike_lab.simulate.truth import BoutTruth

__all__ = ["scripted_session"]

PORT = 6000
SLOW, FAST = (13, 15), (2, 2)
"""ms between the messages of a load burst, as two loggers saw them."""

_W67, _W_OVER, _M68 = (
    next(one for one in WEIGHT_CLASSES if one.name == name) for name in ("W -67kg", "W +67kg", "M -68kg")
)


def scripted_session() -> tuple[list[Timed], list[BoutTruth]]:
    """Return the datagrams of the session and the truth of each load."""
    console = new_console("scripted session")
    session = _Session(console)
    console.port_notice(PORT, "connected")
    console.wait(4_000)
    console.port_notice(PORT, "connected")
    _loads_without_a_bout(session)
    _points_superiority_and_injury(session)
    _port_trouble(console)
    _challenges_and_a_stopped_contest(session)
    _nobody_wins(session)
    _withdrawal_in_the_break(session)
    session.load("901", "Final", _M68, _person("Zoé Lefèvre", "FRA"), _person("Awa Koné", "CIV"), spacing=SLOW)
    console.wait(60_000)
    console.port_notice(PORT, "disconnected")
    return [Timed(at, payload) for at, payload in console.line.drain()], session.truths


class _Session:
    """Load matches one after the other and keep their truths."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.truths: list[BoutTruth] = []

    def load(
        self,
        number: str,
        phase: str,
        weight_class: WeightClass,
        blue: Athlete,
        red: Athlete,
        *,
        spacing: tuple[int, int],
    ) -> Recorder:
        pairing = pair(blue, red, number=number, phase=phase, division="Seniors", weight_class=weight_class)
        truth = pairing.blank_truth(bout=len(self.truths) + 1, court="1", curve=Curve())
        self.truths.append(truth)
        self.console.wait(20_000)
        recorder = Recorder(self.console, truth)
        recorder.load(pairing.fixture, spacing)
        return recorder


def _person(long: str, country: str) -> Athlete:
    given, _, family = long.partition(" ")
    return Athlete(f"{given[0]}. {family}", long, country, strength=0.0, aggression=0.0)


def _loads_without_a_bout(session: _Session) -> None:
    """Load a match, replace it, repeat it, and abort it while its clock runs."""
    console = session.console
    session.load("101", "Semifinals", _M68, _person("Luka Novak", "SLO"), _person("Uwe Groß", "GER"), spacing=FAST)
    people = _person("Ana Četvrtić", "CRO"), _person("Łukasz Zając", "POL")
    session.load("245.A", "Round of 128", _W67, *people, spacing=SLOW)
    session.load("245.A", "Round of 128", _W67, *people, spacing=SLOW)
    console.wait(5_000)
    aborted = session.load("245.A", "Round of 128", _W67, *people, spacing=SLOW)
    console.wait(9_000)
    aborted.start_round()
    console.run_clock_to(4_200)
    aborted.hit(1, 31)
    console.run_clock_to(6_600)
    aborted.point(2, 2, 77)
    console.run_clock_to(8_350)
    aborted.note_round()
    aborted.truth.status = "aborted"


def _points_superiority_and_injury(session: _Session) -> None:
    """Fight three rounds: won by superiority at a tie, by the fifth gam-jeom, by a 12-point gap."""
    console = session.console
    blue, red = _person("Đurđa Šarić", "CRO"), _person("서연 이", "KOR")
    bout = session.load("246", "Quarterfinals", _W67, blue, red, spacing=SLOW)
    console.wait(31_000)
    bout.start_round()
    console.run_clock_to(5_300)
    bout.hit(1, 22)
    console.run_clock_to(6_100)
    bout.point(2, 3)  # a head point without a hit level, superiority first
    console.run_clock_to(9_450)
    bout.hit(2, 48)
    console.run_clock_to(10_020)
    bout.point(1, 2, 99)
    console.run_clock_to(12_871)
    bout.injury(6_100)
    console.wait(3_200)
    bout.injury(None)  # runs out: two hides
    console.wait(1_400)
    console.start_clock()
    for elapsed in (30_000, 30_215, 30_430):  # three head points within 0.43 s are genuine
        console.run_clock_to(elapsed)
        bout.point(1, 3, 88)
    console.run_clock_to(41_000)
    bout.point(2, 4, 71)
    console.run_clock_to(52_500)
    bout.hit(2, 19)
    console.run_clock_to(53_400)
    bout.point(2, 4, 64)  # 11:11, superiority by technical points: sup;0 and sup;2
    console.end_round()
    bout.note_round()
    console.wait(5_400)
    bout.confirm_round(rest=True)
    console.end_break()
    _lost_by_gam_jeoms(bout)
    _won_by_gap(bout)


def _lost_by_gam_jeoms(bout: Recorder) -> None:
    """Let red lose a round that she leads by her fifth gam-jeom, then skip the break."""
    console = bout.console
    console.next_round()
    console.wait(6_000)
    bout.start_round()
    console.run_clock_to(3_900)
    bout.gam_jeom(2)  # while the clock runs
    console.run_clock_to(9_000)
    bout.point(2, 5, 93)
    console.run_clock_to(15_000)
    bout.point(2, 1)
    for elapsed in (20_000, 24_000, 31_000, 44_400):
        console.run_clock_to(elapsed)
        console.stop_clock()
        console.wait(3_000)
        if elapsed == 31_000:
            bout.gam_jeom(1)  # both in the same stop
            console.wait(900)
        bout.gam_jeom(2)
        if not console.score.over:
            console.wait(2_000)
            console.start_clock()
    bout.note_round()
    console.wait(20_000)
    bout.confirm_round(rest=True)
    console.wait(17_200)
    console.next_round()


def _won_by_gap(bout: Recorder) -> None:
    """Let blue win a round with twelve points ahead: the winning score comes behind the stop of the clock."""
    console = bout.console
    console.wait(2_500)
    bout.start_round()
    for elapsed, points, level in ((8_000, 5, 97), (13_100, 4, 66), (21_050, 3, None)):
        console.run_clock_to(elapsed)
        bout.point(1, points, level)
    bout.note_round()
    console.wait(4_000)
    bout.confirm_round(rest=False)
    console.wait(9_000)
    bout.end_match(1, "PTG")


def _port_trouble(console: Console) -> None:
    """Close the port and open it again within a few ms."""
    console.wait(30_000)
    console.port_notice(PORT, "disconnected")
    console.port_notice(PORT, "connected")


def _challenges_and_a_stopped_contest(session: _Session) -> None:
    """Show every form of a challenge, corrections of score and clock, and a contest stopped by the referee."""
    console = session.console
    blue, red = _person("Νίκος Ξένου", "GRE"), _person("Ari Marin", UNKNOWN_COUNTRY)
    bout = session.load("247", "Bronze medal contest", _W_OVER, blue, red, spacing=FAST)
    console.wait(12_000)
    bout.start_round()
    console.run_clock_to(7_000)
    bout.point(2, 2, 54)
    console.run_clock_to(11_000)
    console.stop_clock()
    at = _request(console, 1)
    console.challenge(1, 1)
    console.wait(15_000)
    console.challenge(1, 1, 1)
    console.wait(1_500)
    bout.correct_score(2, -2)
    console.challenge(1, -1)
    bout.challenged(at, 1, "won")
    console.wait(2_000)
    console.correct_clock(console.clock.shown + 3)
    console.wait(2_000)
    console.start_clock()
    for elapsed, athlete, state, outcome in (
        (26_000, 2, 0, "rejected"),
        (40_000, 1, 1, "accepted"),
        (55_000, 0, None, "cancelled"),
    ):
        console.run_clock_to(elapsed)
        console.stop_clock()
        at = _request(console, athlete)
        if state is not None:
            console.challenge(athlete, state)
        console.challenge(athlete, -1)
        bout.challenged(at, athlete, outcome)
        console.wait(1_000)
        console.start_clock()
    console.run_clock_to(70_000)
    console.stop_clock()
    at = _request(console, 2)
    console.challenge(2, 1)
    console.wait(9_000)
    console.challenge(2, 1, 0)
    console.challenge(2, -1)
    bout.challenged(at, 2, "lost")
    bout.gam_jeom(1)
    console.wait(800)
    bout.take_back_gam_jeom(1)
    console.start_clock()
    console.end_round()
    bout.note_round(referees=2)  # 0:0 and nothing to tell them apart
    console.wait(3_000)
    bout.confirm_round(rest=True)
    console.wait(8_000)
    console.next_round()
    console.wait(3_000)
    bout.start_round()
    console.run_clock_to(33_300)
    bout.point(1, 3, 100)
    bout.injury(None)
    console.end_round_early()
    bout.note_round(stopped_for=2)
    console.wait(10_000)
    bout.confirm_round(rest=False)
    console.wait(6_000)
    bout.end_match(1, "RSC")


def _request(console: Console, athlete: int) -> int:
    console.wait(1_500)
    at = console.challenge(athlete)
    console.wait(3_178)
    return at


def _nobody_wins(session: _Session) -> None:
    """End a bout in its first round without a winner."""
    console = session.console
    bout = session.load(
        "248", "Semifinals", _M68, _person("محمد حداد", "EGY"), _person("健太 髙橋", "JPN"), spacing=SLOW
    )
    console.wait(15_000)
    bout.start_round()
    console.run_clock_to(14_071)
    console.stop_clock()
    console.wait(40_000)
    console.end_round_early()
    bout.note_round()
    bout.truth.rounds[-1].how, bout.truth.rounds[-1].winner = "withdrawn", 0
    console.wait(10_000)
    bout.end_match(0, "WDR")


def _withdrawal_in_the_break(session: _Session) -> None:
    """Let the winner of the first round withdraw while the break is counted down."""
    console = session.console
    bout = session.load(
        "249", "Semifinals", _M68, _person("Jörg Weiß", "AUT"), _person("José Muñoz", "MEX"), spacing=SLOW
    )
    console.wait(15_000)
    bout.start_round()
    console.run_clock_to(119_985)
    bout.point(1, 2, 37)  # in the last second, its messages reach beyond the end
    console.end_round()
    bout.note_round()
    console.wait(1_200)
    bout.confirm_round(rest=True)
    console.wait(9_100)
    bout.end_match(2, "WDR")
