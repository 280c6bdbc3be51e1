"""Incidents of a round, played on a console: each begins with the clock running and ends so, unless the round is over.

Orders and pauses are those of PROTOCOL.md ("A bout, in order"): gam-jeoms mostly while the clock stands, injury time
hidden before or when it runs out, a challenge that is closed after it was answered.
"""

from __future__ import annotations

from restrike_lab.pss.streams import TimeOut
from restrike_lab.simulate.console import Console
from restrike_lab.simulate.plan import Frequencies, Incident
from restrike_lab.simulate.recorder import Recorder
from restrike_lab.simulate.scoring import GAP, opponent

__all__ = ["play_incident"]


def play_incident(recorder: Recorder, incident: Incident, frequencies: Frequencies) -> None:
    """Play an incident and write down what it changed."""
    console = recorder.console
    match incident.kind:
        case "gam-jeom":
            _gam_jeom(recorder, incident)
        case "injury":
            _injury(recorder, incident)
        case "challenge":
            _challenge(recorder, incident, frequencies)
        case "clock-correction":
            _clock_correction(console, incident)
        case "time-out":
            _time_out(console, incident)
        case "rsc":
            _contest_stopped(recorder, incident)
        case "stop":
            console.stop_clock()
            console.wait(incident.draw.randint(2_000, 40_000))
            console.start_clock()


def _gam_jeom(recorder: Recorder, incident: Incident) -> None:
    draw, console = incident.draw, recorder.console
    standing = draw.random() < 0.7
    if standing:
        console.stop_clock()
        console.wait(draw.randint(1_500, 8_000))
    recorder.gam_jeom(incident.athlete)
    if standing and not console.score.over:
        console.wait(draw.randint(1_000, 5_000))
        console.start_clock()


def _injury(recorder: Recorder, incident: Incident) -> None:
    draw = incident.draw
    runs_out, shown_ms = draw.random() < 0.15, draw.randint(3_000, 55_000)
    recorder.injury(None if runs_out else shown_ms)
    recorder.console.wait(draw.randint(500, 8_000))
    recorder.console.start_clock()


def _challenge(recorder: Recorder, incident: Incident, frequencies: Frequencies) -> None:
    """Play a challenge in one of the forms seen or described: cancelled, rejected, accepted, won or lost."""
    draw, athlete, console = incident.draw, incident.athlete, recorder.console
    console.stop_clock()
    console.wait(draw.randint(1_000, 5_000))
    at = console.challenge(athlete)
    console.wait(draw.randint(2_000, 6_000))
    outcome = draw.choices(("cancelled", "rejected", "accepted", "won", "lost"), (5, 15, 30, 25, 25))[0]
    if outcome == "rejected":
        console.challenge(athlete, 0)
    elif outcome != "cancelled":
        console.challenge(athlete, 1)
    if outcome in ("won", "lost"):
        console.wait(draw.randint(8_000, 45_000))
        console.challenge(athlete, 1, int(outcome == "won"))
    if outcome == "won" and draw.random() < frequencies.correction_share:
        console.wait(draw.randint(500, 4_000))
        _correction(recorder, incident)
        console.wait(draw.randint(500, 3_000))
    console.challenge(athlete, -1)
    recorder.challenged(at, athlete, outcome)
    console.wait(draw.randint(1_000, 5_000))
    console.start_clock()


def _correction(recorder: Recorder, incident: Incident) -> None:
    """Take back what the challenge was won against: a gam-jeom of the challenger, or the opponent's last point.

    Scores only fall by hand here. A console may also raise one without ``pt`` [doc], which no listener can tell from a
    lost message.
    """
    score, truth = recorder.console.score, recorder.truth
    number, mine, other = recorder.console.round, incident.athlete, opponent(incident.athlete)
    lead = score.points[mine - 1] - score.points[other - 1]
    if score.gam_jeoms[mine - 1] and lead + 1 < GAP and incident.draw.random() < 0.5:
        recorder.take_back_gam_jeom(mine)
        return
    scored = [point.points for point in truth.points if (point.round, point.athlete) == (number, other)]
    fallen = any((fall.round, fall.athlete) == (number, other) for fall in truth.corrections)
    if scored and not fallen and lead + scored[-1] < GAP:
        recorder.correct_score(other, -scored[-1])


def _clock_correction(console: Console, incident: Incident) -> None:
    """Give seconds back: the clock shows more than before [older]."""
    console.stop_clock()
    console.wait(incident.draw.randint(2_000, 20_000))
    most = console.clock.total_ms // 1000 - 1
    console.correct_clock(min(most, console.clock.shown + incident.draw.randint(1, 8)))
    console.wait(incident.draw.randint(1_000, 5_000))
    console.start_clock()


def _time_out(console: Console, incident: Incident) -> None:
    """Play a time-out of para-taekwondo, counted down from a minute and stopped on the way [older]."""
    console.stop_clock()
    console.wait(incident.draw.randint(500, 3_000))
    left = 60
    console.say(TimeOut(athlete=incident.athlete, time_ms=left * 1000, action="start"))
    for _ in range(incident.draw.randint(3, 50)):
        console.wait(1_000)
        left -= 1
        console.say(TimeOut(athlete=incident.athlete, time_ms=left * 1000))
    console.say(TimeOut(athlete=incident.athlete, time_ms=left * 1000, action="stop"))
    console.wait(incident.draw.randint(500, 3_000))
    console.start_clock()


def _contest_stopped(recorder: Recorder, incident: Incident) -> None:
    """Stop the contest for an athlete who cannot go on, often after injury time has run out."""
    if incident.draw.random() < 0.5:
        recorder.injury(None)
    recorder.console.end_round_early()
