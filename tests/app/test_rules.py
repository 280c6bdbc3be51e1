"""``rules``, ``definitions`` and ``mark``: the same decisions with a hub that runs and without one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from restrike_lab.simulate.timed import Timed
from tests.app.test_main import lab
from tests.hub.helpers import port_of, running_hub, send, settled, wait_until
from tests.hub.recorded import record, run

Ask = Callable[..., subprocess.CompletedProcess[str]]

THRUST = """\
[stream.thrust]
description = "A push"
example = "thr1;40"
codes = { thr1 = 1, thr2 = 2 }

[[stream.thrust.field]]
name = "force"
kind = "integer"
"""
SENT = ("hl1;57", "hl2;12", "hl1;130", "thr1;40")


@pytest.fixture(params=["with a hub", "without a hub"])
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ask]:
    """Run a sub-command on a record of four messages."""

    def run_it(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return lab(arguments[0], "--data-dir", str(tmp_path), *arguments[1:], cwd=tmp_path, given=given)

    if request.param == "with a hub":
        with running_hub(tmp_path) as hub:
            send(port_of(hub), [each.encode() for each in SENT])
            settled(hub, len(SENT))
            wait_until(lambda: run(tmp_path, "SELECT seq FROM accounting")[0][0] == len(SENT))
            yield run_it
    else:
        record(tmp_path, [Timed(at, message.encode()) for at, message in enumerate(SENT)])
        assert run_it("recognize", "--yes").returncode == 0  # counts what was recorded
        yield run_it


def test_the_rules_are_listed_with_what_they_ask(ask: Ask) -> None:
    done = ask("rules")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("rnd.number.range"))
    assert "rnd.number range low=1 high=3 / low=1 high=4" in line
    rows = json.loads(ask("rules", "--json").stdout)
    assert {"rule_id", "versions", "active", "asks"} <= set(rows[0])


def test_a_rule_is_added_switched_and_shown_with_its_revisions(ask: Ask) -> None:
    done = ask("rules", "add", "strong", "hl.level", "range", "low=30", "--why", "weak hits are noise")
    assert (done.returncode, done.stdout) == (0, "strong, revision 1, counts from the next event on.\n")
    assert ask("rules", "off", "strong", "--why", "they are not").returncode == 0
    shown = json.loads(ask("rules", "show", "strong", "--json").stdout)
    assert [(each["revision"], each["active"], each["why"]) for each in shown] == [
        (2, False, "they are not"),
        (1, True, "weak hits are noise"),
    ]
    assert "off" in ask("rules", "off", "strong", "--why", "again").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "strong", "hl.level", "range", "low=9", "high=3", "--why", "w"), "no value can be 9 or more"),
        (("add", "strong", "hl.levle", "range", "low=9", "--why", "w"), "has no field 'levle'"),
        (("add", "strong", "hl.level", "range", "low=9"), "a decision needs a reason"),
        (("add", "strong", "hl.level"), "the rule is incomplete"),
        (("off", "nobody", "--why", "w"), "there is no rule 'nobody'"),
        (("show", "nobody"), "there is no rule 'nobody'"),
        (("shwo",), "there is nothing called 'shwo' here"),
    ],
)
def test_a_mistake_is_refused_with_the_reason(ask: Ask, words: tuple[str, ...], said: str) -> None:
    done = ask("rules", *words)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert done.stderr.count("\n") <= 2


def test_a_definition_is_checked_put_listed_exported_and_dropped(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "thrust.toml"
    file.write_text(THRUST)
    assert ask("definitions", "check", str(file)).stdout == "Well formed: thrust (thr1, thr2).\n"
    assert "1 of 1 stored message would change: 1 unknown → recognized." in ask("definitions", "try", str(file)).stdout
    assert ask("definitions", "put", str(file)).stderr.startswith("error: a decision needs a reason")
    done = ask("definitions", "put", str(file), "--why", "the maker told us")
    assert done.stdout == "Defined from the next event on: thrust (thr1, thr2).\n"
    assert "thr1, thr2  force" in ask("definitions").stdout
    shared = tmp_path / "shared.toml"
    assert ask("definitions", "export", str(shared)).returncode == 0
    assert ask("definitions", "export", "-").stdout.rstrip() == shared.read_text().rstrip()
    assert ask("definitions", "drop", "thrust", "--why", "it was a test").returncode == 0
    assert json.loads(ask("definitions", "--json").stdout) == []
    assert ask("definitions", "put", "-", "--why", "shared", given=shared.read_text()).returncode == 0
    assert [each["name"] for each in json.loads(ask("definitions", "--json").stdout)] == ["thrust"]


def test_what_was_not_understood_is_listed_and_proposed_as_a_definition_that_can_be_put(ask: Ask) -> None:
    done = ask("definitions", "unknown")
    assert (done.returncode, "thr1;int" in done.stdout, "(1 row)" in done.stdout) == (0, True, True), done.stderr
    proposed = ask("definitions", "propose", "thr1")
    assert proposed.stdout.startswith("[stream.")
    assert "thr1" in proposed.stderr
    assert ask("definitions", "put", "-", "--why", "as proposed", given=proposed.stdout).returncode == 0
    assert "there is no unknown pattern 'nobody'" in ask("definitions", "propose", "nobody").stderr


def test_a_wrong_definition_is_refused_with_its_line_and_column(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(THRUST.replace('kind = "integer"', 'kind = "integre"'))
    for words in (("check", str(file)), ("try", str(file)), ("put", str(file), "--why", "w")):
        done = ask("definitions", *words)
        assert done.returncode == 1
        assert f"{file}:8:8: there is no kind 'integre'" in done.stderr


def test_a_status_set_by_hand_is_kept_with_who_and_why(ask: Ask, tmp_path: Path) -> None:
    done = ask("mark", "3", "recognized", "--why", "this sensor goes on to 200")
    assert done.stdout == "Event 3 is recognized; it was partial, which is kept.\n"
    kept = run(
        tmp_path, "SELECT seq, why, json_extract(before, '$.recognition_status') FROM pss_event_recognition_history"
    )
    assert kept == [(3, "this sensor goes on to 200", "partial")]
    assert "a decision needs a reason" in ask("mark", "3", "partial").stderr
    assert "there is no status 'fine'" in ask("mark", "3", "fine", "--why", "w").stderr
    assert "there is no event 99" in ask("mark", "99", "partial", "--why", "w").stderr


def test_where_nothing_is_recorded_a_definition_can_be_checked_and_rules_not_be_listed(tmp_path: Path) -> None:
    file = tmp_path / "thrust.toml"
    file.write_text(THRUST)
    elsewhere = str(tmp_path / "nothing")
    assert lab("definitions", "check", str(file), "--data-dir", elsewhere, cwd=tmp_path).returncode == 0
    done = lab("rules", "--data-dir", elsewhere, cwd=tmp_path)
    assert (done.returncode, "there is no record in" in done.stderr) == (1, True)
    assert not Path(elsewhere).exists()
