"""``%restrike unknown|quality|rules|definitions``, without a shell and in a real kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from restrike_lab.client.errors import NoHubError, QueryError
from restrike_lab.kernel.commands import SUBCOMMANDS, Session
from restrike_lab.kernel.complete import arguments_of
from restrike_lab.kernel.config import RestrikeLab
from restrike_lab.kernel.notes import UsageProblem
from restrike_lab.kernel.recognition import USAGES, next_words
from restrike_lab.pss.errors import DefinitionError
from tests.browser.bout import load
from tests.client.recording import say

from .conftest import CellError, Kernel

Start = Callable[..., Kernel]
KICKS = [f"kds1;{speed};head" for speed in range(11, 31)]
THRUST = '[stream.thrust]\ndescription = "A push"\nexample = "thr1"\ncodes = ["thr1"]\n'


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    data_dir = tmp_path_factory.mktemp("magics") / "data"
    session = Session(RestrikeLab(data_dir=str(data_dir), port=0, ws_port=0, bind="127.0.0.1"), {})
    session.run("start")
    say(session.opened(), [*KICKS, *load()])
    yield session
    session.close()


def test_each_of_them_is_in_the_help_with_its_usage(session: Session) -> None:
    for name, usage in USAGES.items():
        assert SUBCOMMANDS[name].usage == usage
        assert f"%restrike {name}" in session.run("help")


def test_without_a_lab_each_says_how_to_get_one() -> None:
    for name in USAGES:
        with pytest.raises(NoHubError):
            Session(RestrikeLab(), {}).run(name)


def test_unknown_lists_explains_proposes_and_notes(session: Session) -> None:
    assert session.run("unknown")["shape"].tolist() == ["kds1;int;word"]
    assert session.run("unknown kds1").pattern["occurrence_count"] == 20
    assert session.run("unknown propose kds1").startswith("[stream.kds1]")
    assert "Noted" in session.run('unknown note kds1 "a new sensor"')
    assert session.run("unknown")["notes"].tolist() == ["a new sensor"]
    with pytest.raises(QueryError):
        session.run("unknown nothing")


def test_quality_tells_of_the_last_match_of_one_and_of_all(session: Session) -> None:
    assert session.run("quality").title.startswith("Match 101")
    assert session.run("quality 21").match_id == 21
    assert session.run("quality all")["match_id"].tolist() == [21]


def test_rules_are_listed_added_switched_and_their_failures_shown(session: Session) -> None:
    told = session.run('rules add strong hl.level range low=30 "weak hits are noise"')
    assert told == "Rule strong, revision 1, counts from the next event on."
    say(session.opened(), ["hl1;5"])
    assert session.run("rules failures strong")["raw"].tolist() == [b"hl1;5"]
    assert session.run("rules off strong no use").startswith("Rule strong is off")
    assert session.run("rules on strong try again").startswith("Rule strong is on")
    assert session.run("rules add both sc expression expression='blue + red < 99' never seen").startswith("Rule both")
    frame = session.run("rules")
    assert frame[frame["rule_id"] == "strong"]["why"].tolist() == ["try again"]
    assert len(session.run("rules failures")) == 1
    assert session.run("rules show strong")["why"].tolist() == ["try again", "no use", "weak hits are noise"]


def test_definitions_are_put_from_a_file_or_a_cell_checked_exported_and_dropped(
    session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "a file.toml"
    path.write_text(THRUST)
    assert session.run(f"definitions check '{path}'") == "Well formed: thrust (thr1)."
    assert session.run(f"definitions put '{path}' found in the manual") == "Defined: thrust."
    assert session.run(f"definitions put seen again\n{THRUST}") == "Defined: thrust."
    assert session.run("definitions")["name"].tolist() == ["thrust"]
    assert str(tmp_path) in session.run(f"definitions export '{tmp_path / 'shared.toml'}'")
    assert "counts no more" in session.run("definitions drop thrust wrong")
    with pytest.raises(DefinitionError, match=r"^cell:2:"):
        session.run(f"definitions check\n{THRUST.replace('description', 'descripton')}")
    with pytest.raises(UsageProblem, match="cannot be read"):
        session.run("definitions check nothing.toml")


def test_the_past_is_recognized_anew_and_taken_back(session: Session) -> None:
    session.run(f"definitions put seen\n{THRUST}")
    say(session.opened(), ["thr1"])
    session.run("definitions drop thrust for now")
    assert "recognized -> unknown" in session.run("recognize")
    assert "recognized -> unknown" in session.run("recognize apply to see it")
    runs = session.run("recognize runs")
    assert runs["why"].tolist()[0] == "to see it"
    assert "was taken back" in session.run(f"recognize undo {runs['run_id'].iloc[0]} enough seen")
    assert session.run("recognize court 1 2.3") == "Court 1 is judged by 2.3 from the next event on."
    session.run("recognize court 1 2.3-live")


def test_a_status_is_set_by_hand(session: Session) -> None:
    seq = say(session.opened(), ["hl1;44"])
    assert session.run(f"mark {seq} partial a loose sensor") == f"Event {seq} is partial; what it was is kept."
    assert session.opened().event(seq)["status"] == "partial"  # type: ignore[index]


@pytest.mark.parametrize(
    "line",
    [
        *("recognize apply", "recognize undo x y", "recognize court 1", "mark 1 partial", "mark x partial why"),
        *("unknown propose", "unknown note kds1", "unknown a b c", "quality x", "rules on strong", "rules add x hl"),
        *("rules add x hl.level range low=1", 'rules "open', "definitions put", "definitions drop x", "definitions z"),
    ],
)
def test_what_cannot_be_understood_is_answered_with_the_usage(session: Session, line: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        session.run(line)
    assert f"%restrike {line.split()[0]} {USAGES[line.split()[0]]}" in refused.value.hint


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%restrike unknown ", (["unknown"], "")),
        ("%restrike rules off st", (["rules", "off"], "st")),
        ("%restrike unknown", None),
        ("x = 'restrike unknown ", None),
        ("%restrike rules off 'st", None),
    ],
)
def test_the_words_before_the_cursor_are_found(line: str, expected: tuple[list[str], str] | None) -> None:
    assert arguments_of(line) == expected


def test_what_may_come_next_is_offered(session: Session) -> None:
    lab: Any = session.opened()
    assert next_words(lab, ["unknown"])[:3] == ["note", "propose", "kds1"]
    assert "21" in next_words(lab, ["quality"])
    assert "pt.points.range" in next_words(lab, ["rules", "off"])
    assert next_words(lab, ["definitions"]) == ["check", "drop", "export", "put"]
    assert next_words(lab, ["status"]) == []


def test_in_a_kernel_they_show_complete_and_refuse(start_kernel: Start) -> None:
    kernel = start_kernel()
    kernel.run("%load_ext restrike_lab")
    assert "quality" in kernel.complete("%restrike q")
    assert kernel.complete("%restrike rules o") == ["off", "on"]
    assert kernel.complete("%restrike rules off pt.points.ra") == ["pt.points.range"]
    assert "Defined: thrust" in kernel.run(f"%%restrike definitions put from the manual\n{THRUST}")
    assert kernel.complete("%restrike definitions drop ") == ["thrust"]
    with pytest.raises(CellError, match=r"(?s)no use of.*%restrike quality"):
        kernel.run("%restrike quality x")
    with pytest.raises(CellError, match="nothing has been recorded"):
        kernel.run("%restrike quality")
