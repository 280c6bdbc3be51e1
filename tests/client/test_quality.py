"""``lab.quality``: reports in words, for any match, from the stored events."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.bout.findings import Check, DataQuality, Finding
from restrike_lab.bout.loss_rate import loss_rate
from restrike_lab.client.errors import QueryError
from restrike_lab.client.lab import Lab
from restrike_lab.client.quality import MatchQuality
from restrike_lab.client.quality_words import loss_words, place_words, share, sure_words, verdict
from restrike_lab.store.errors import StoreError
from tests.browser.bout import load

from .recording import hosted, say
from .test_feed import until


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with hosted(tmp_path) as lab:
        yield lab


def finding(severity: str = "error", kind: str = "point", status: str = "reported", count: int = 1) -> Finding:
    return Finding(
        id="1.point.1",
        kind=kind,  # type: ignore[arg-type]
        match_id=1,
        round=2,
        clock_ms=72_000,
        athlete=2,
        points=3,
        streams=("pt",),
        count=count,
        text="head point of red at 1:12 of round 2: message missing",
        certainty=0.92,
        reason="the score rose and neither pt nor wg came",
        severity=severity,  # type: ignore[arg-type]
        evidence=(7, 9),
        from_ns=1,
        until_ns=2,
        status=status,  # type: ignore[arg-type]
    )


def report(*findings: Finding, whole: bool = True, heard: int = 40, lost_ticks: int = 0) -> DataQuality:
    counts: dict[str, int] = {}
    for one in findings:
        if one.status != "withdrawn":
            counts[one.kind] = counts.get(one.kind, 0) + one.count
    checks = (Check("loads of a match that came whole", 1, 1),)
    return DataQuality(1, whole, findings, counts, loss_rate(lost_ticks, 30), loss_rate(lost_ticks, heard), checks)


def test_a_match_of_which_nothing_is_missing_is_told_plainly() -> None:
    assert verdict(report()) == (
        "good",
        "Nothing is missing",
        "All 40 messages came whose absence would show. 1 of 1 comparisons agree.",
    )
    assert verdict(report(finding(status="withdrawn"))).level == "good"


def test_what_was_heard_in_part_is_never_called_whole() -> None:
    assert verdict(report(whole=False)).level == "info"
    assert "in the middle" in verdict(report(whole=False)).text
    assert verdict(report(heard=0)).headline == "Nothing to check yet"


@pytest.mark.parametrize("severity", ["info", "warning", "error"])
def test_the_worst_finding_decides_the_verdict(severity: str) -> None:
    level, headline, text = verdict(report(finding("info", "tick", count=2), finding(severity)))
    assert (level, headline) == (severity, "3 messages missing")
    assert text.startswith("2 seconds of the clock and 1 point. ")


def test_a_gap_is_no_count_of_messages() -> None:
    assert verdict(report(finding("error", "gap", count=0))).headline == "Nobody listened for a while"


def test_losses_come_with_their_interval() -> None:
    assert loss_words(loss_rate(3, 264), "seconds") == (
        "1.1 % lost, between 0.39 % and 3.3 % (95 %): 3 of 264 seconds did not come"
    )
    assert loss_words(loss_rate(0, 264), "seconds") == "0 % lost, at most 1.4 % (95 %): all 264 seconds came"
    assert loss_words(loss_rate(0, 0), "seconds") == "No seconds were due yet, so the loss cannot be estimated."
    assert [share(each) for each in (0, 0.00123, 0.0123, 0.123, 1)] == ["0 %", "0.12 %", "1.2 %", "12 %", "100 %"]


def test_a_finding_says_where_and_how_sure() -> None:
    assert (place_words(finding()), sure_words(finding())) == ("round 2, 1:12", "92 % sure")
    assert sure_words(finding(status="confirmed")).endswith("confirmed by what came later")


def test_a_report_shows_itself_in_words_and_escapes_what_came_off_the_wire(lab: Lab) -> None:
    say(lab, load(blue="<script>x</script>"))
    shown = lab.quality()
    assert isinstance(shown, DataQuality)
    assert "<script>" in str(shown)
    assert "&lt;script&gt;" in shown._repr_html_()
    assert "<script>" not in shown._repr_html_()


def test_a_lost_point_is_reported_live_and_from_the_stored_events_alike(lab: Lab) -> None:
    say(lab, load())
    say(lab, ["clk;02:00;start", "clk;01:59", "sc1;3;sc2;0", "s11;3;s21;0;s12;0;s22;0;s13;0;s23;0"])
    until(lambda: len(lab.findings()) == 1)
    (live,) = lab.findings().to_dict("records")
    assert (live["kind"], live["athlete"], live["points"]) == ("point", 1, 3)
    again = lab.quality(int(live["match_id"]))
    assert [one.text for one in again.findings] == [live["text"]]
    assert (again.court, again.title) == ("1", "Match 101, Marko HORVAT – KIM Tae-hun")
    plain = again.plain()
    assert plain["verdict"]["level"] == "error"
    assert plain["findings"][0]["sure"].endswith("sure")
    assert lab.quality.running()["1"] == again
    (shown,) = lab.quality.overview()
    assert (shown["lost"], shown["level"], shown["running"]) == (1, "error", True)


def test_evidence_comes_in_the_form_of_the_live_feed(lab: Lab) -> None:
    last = say(lab, load())
    assert [each["raw_data"] for each in lab.quality.evidence([last, 1, 99_999])] == [
        "pre;FightLoaded",
        "rdy;FightReady",
    ]
    assert lab.quality.evidence([]) == []


def test_what_the_machine_itself_dropped_is_told_with_the_match(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    say(lab, load())
    say(lab, ["clk;02:00;start"])
    rows = [("3 datagrams dropped by the kernel: the receive buffer was full", 10, 500_000_010)]
    reader = lab.quality._read()
    ask = reader.query
    monkeypatch.setattr(
        reader,
        "query",
        lambda sql, *p: ask(sql, *p)._replace(rows=rows) if "gaps WHERE court =" in sql else ask(sql, *p),
    )
    assert lab.quality().losses == ("3 datagrams dropped by the kernel: the receive buffer was full, within 0.5 s",)


def test_a_match_that_is_not_in_the_record_is_refused_with_the_way_out(lab: Lab) -> None:
    with pytest.raises(QueryError, match="nothing has been recorded"):
        lab.quality()
    with pytest.raises(QueryError) as refused:
        lab.quality(7)
    assert "lab.matches()" in refused.value.hint


def test_a_report_that_was_let_go_is_drawn_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restrike_lab.client.audits.MAX_REPORTS", 1)
    for _ in range(3):
        say(lab, load())
    first = lab.quality(1)
    assert (first.match_id, first.findings) == (1, ())


def test_a_closed_lab_lets_go_of_the_file(tmp_path: Path) -> None:
    with hosted(tmp_path) as lab:
        say(lab, load())
        quality = lab.quality
        assert quality(1).match_id == 1
    assert quality._reader is None


def test_without_a_database_the_reason_is_told(tmp_path: Path) -> None:
    from restrike_lab.client.quality import Quality

    with pytest.raises(StoreError, match="no database"):
        Quality(tmp_path)()


def test_the_report_is_a_data_quality_with_names() -> None:
    assert issubclass(MatchQuality, DataQuality)
