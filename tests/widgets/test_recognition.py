"""The panel about recognition: it tells rules and all beside them, and answers the page that decided something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.widgets import Recognition
from restrike_lab.widgets.live import watch_of
from tests.widgets.conftest import Line
from tests.widgets.fake_lab import FakeBatch, event
from tests.widgets.fake_recognition import FakeDefinitions, FakeRecognitionLab
from tests.widgets.test_unknown import THRUST, asked, until

Page = Callable[[Any, dict[str, Any]], None]


class FakeRules:
    def __init__(self) -> None:
        self.decisions: list[tuple[Any, ...]] = []
        self.reads = 0

    def rows(self) -> list[dict[str, Any]]:
        self.reads += 1
        return [{"rule_id": "hl.level.range", "active": True, "failed": len(self.decisions)}]

    def courts(self) -> list[dict[str, str]]:
        return [{"court": "1", "version": "2.3-live"}]

    def fields(self) -> dict[str, list[str]]:
        return {"hl": ["level"]}

    def failed_events(self, rule_id: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
        return [{"seq": 1, "rule_id": rule_id}]

    def revisions(self, rule_id: str) -> list[dict[str, Any]]:
        return [{"revision": 1}]

    def add(self, rule_id: str, **rule: Any) -> int:
        if rule.get("kind") != "range":
            raise CommandError("there is no kind of rule like that", hint="kinds: range")
        self.decisions.append((rule_id, rule))
        return 1

    def switch(self, rule_id: str, active: bool, why: str) -> None:
        self.decisions.append((rule_id, active, why))


class OwnStreams(FakeDefinitions):
    def rows(self) -> list[dict[str, Any]]:
        return [{"name": name, "toml": toml} for name, toml in self.held.items()]


class Lab(FakeRecognitionLab):
    def __init__(self) -> None:
        super().__init__()
        self.rules = FakeRules()
        self.definitions = OwnStreams()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.applied: list[str] = []

    def command(self, name: str, /, timeout: float = 1.0, **args: Any) -> Any:
        self.sent.append((name, args))
        return [{"run_id": number} for number in range(30)] if name == "recognition.runs" else {}

    def recognize(self, dry_run: bool = True, *, why: str = "") -> Any:
        if not dry_run:
            self.applied.append(why)
        return SimpleNamespace(
            changed=2, events=9, is_empty=False, run_id=None, text=lambda examples: "2 events change"
        )


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setattr("restrike_lab.widgets.recognition.EVERY_S", 0.05)
    lab = Lab()
    yield lab
    watch_of(lab).close()


@pytest.fixture
def panel(lab: Lab, line: Line, page: Page) -> Iterator[Recognition]:
    panel = Recognition(lab)
    page(panel, {"type": "hello"})
    until(lambda: line.of("rules"))
    yield panel
    panel.close()


def test_a_page_gets_rules_courts_streams_and_the_last_runs(panel: Recognition, line: Line) -> None:
    (sent,) = line.of("rules")
    assert (sent["courts"], sent["definitions"]) == ([{"court": "1", "version": "2.3-live"}], [])
    assert (len(sent["runs"]), "2.3-live" in sent["versions"], "range" in sent["kinds"]) == (20, True, True)


def test_a_message_that_breaks_a_rule_leads_to_another_look_and_one_that_holds_to_none(
    panel: Recognition, lab: Lab
) -> None:
    before = lab.rules.reads
    lab.publish(event(1))
    assert lab.rules.reads == before
    lab.publish(event(2, status="partial"))
    until(lambda: lab.rules.reads > before + 1)  # the hub counts a moment later


def test_a_rule_is_added_and_only_what_belongs_to_it_is_sent_on(
    panel: Recognition, lab: Lab, line: Line, page: Page
) -> None:
    rule = {"rule_id": "strong", "stream": "hl", "kind": "range", "why": "noise", "active": False, "who": "nobody"}
    assert asked(panel, line, page, "add", rule=rule)["revision"] == 1
    assert lab.rules.decisions == [("strong", {"stream": "hl", "kind": "range", "why": "noise"})]
    refused = asked(panel, line, page, "add", rule={**rule, "kind": "odd"})
    assert (refused["ok"], refused["error"]["hint"]) == (False, "kinds: range")


def test_a_rule_is_switched_with_its_reason_and_the_rules_are_told_anew(
    panel: Recognition, lab: Lab, line: Line, page: Page
) -> None:
    assert asked(panel, line, page, "switch", rule_id="hl.level.range", active=False, why="no")["ok"]
    assert lab.rules.decisions == [("hl.level.range", False, "no")]
    until(lambda: len(line.of("rules")) == 2)


def test_a_rule_is_told_with_what_broke_it_and_what_it_was(panel: Recognition, line: Line, page: Page) -> None:
    answer = asked(panel, line, page, "rule", rule_id="hl.level.range")
    assert (answer["events"], answer["revisions"]) == ([{"seq": 1, "rule_id": "hl.level.range"}], [{"revision": 1}])


def test_the_past_is_tried_applied_and_taken_back(panel: Recognition, lab: Lab, line: Line, page: Page) -> None:
    found = asked(panel, line, page, "try")["difference"]
    assert (found["changed"], found["differs"], found["text"]) == (2, True, "2 events change")
    assert lab.applied == []
    asked(panel, line, page, "apply", why="the rule was wrong")
    assert lab.applied == ["the rule was wrong"]
    assert asked(panel, line, page, "undo", run_id=7, why="it was right")["run"] == 8
    assert lab.undone == [(7, "it was right")]


def test_a_stream_is_checked_put_and_dropped(panel: Recognition, lab: Lab, line: Line, page: Page) -> None:
    wrong = asked(panel, line, page, "check", toml=THRUST.replace("codes", "cods"), source="own.toml")
    assert wrong["error"]["message"].startswith("own.toml:")
    assert asked(panel, line, page, "check", toml=THRUST)["names"] == ["thrust"]
    assert asked(panel, line, page, "put", toml=THRUST, why="shared")["names"] == ["thrust"]
    assert asked(panel, line, page, "drop", name="thrust", why="a test")["names"] == ["thrust"]
    assert lab.definitions.decisions == [("put", "thrust", "shared"), ("drop", "thrust", "a test")]


def test_a_court_gets_another_version_through_the_hub(panel: Recognition, lab: Lab, line: Line, page: Page) -> None:
    assert asked(panel, line, page, "court", court="1", version="2.3", why="an old console")["ok"]
    ((_, sent),) = [each for each in lab.sent if each[0] == "protocol.set"]
    assert (sent["court"], sent["version"], sent["why"]) == ("1", "2.3", "an old console")


def test_the_caches_are_told_when_they_change(panel: Recognition, lab: Lab, line: Line) -> None:
    figures = {"caches": {"athletes": {"rate": 0.5, "looked_up": 2}}}
    for _ in range(3):
        lab.live.deliver(FakeBatch(metrics=figures))
    assert [each["caches"] for each in line.of("caches")] == [figures["caches"]]
