"""A user's rules are refused with the reason or asked beside the predefined ones, and counted exactly."""

import json

import pytest

from restrike_lab.pss import Recognizer, RuleTally, Table
from restrike_lab.pss.errors import RuleError
from restrike_lab.pss.user_rules import USER_KINDS, UserRule


def rule(stream: str, field: str, asks: str, rule_id: str = "mine", **parameters: object) -> UserRule:
    return UserRule(rule_id, stream, field, asks, parameters)


HOLDING = [
    (rule("pt", "points", "range", low=1, high=2), b"pt1;2", b"pt1;3"),
    (rule("pt", "athlete", "enumeration", choices=[1]), b"pt1;2", b"pt2;2"),
    (rule("hl", "level", "range", low=20), b"hl1;20", b"hl1;19"),
    (rule("clk", "time_ms", "range", high=120_000), b"clk;02:00", b"clk;02:01"),
    (rule("clk", "action", "required"), b"clk;02:00;stop", b"clk;02:00"),
    (rule("at", "blue_country", "format", format="[A-Z]{3}"), b"at1;a;b;CRO;at2;c;d;GER", b"at1;a;b;Cro;at2;c;d;GER"),
    (rule("mch", "number", "type", kind="integer"), b"mch;101", b"mch;245.A"),
    (rule("win", "winner", "enumeration", choices=["BLUE", "RED"]), b"win;RED", b"win;TIE"),
    (rule("sc", "", "expression", expression="blue + red <= 40"), b"sc1;20;sc2;20", b"sc1;20;sc2;21"),
    (rule("in", "hint", "enumeration", choices=["inlb"]), b"inlb", b"insl"),
]


@pytest.mark.parametrize(("own", "good", "bad"), HOLDING, ids=lambda case: getattr(case, "kind", ""))
def test_a_rule_of_every_kind_holds_and_fails(own: UserRule, good: bytes, bad: bytes) -> None:
    recognizer = Recognizer(rules=[own])
    assert not [failure for failure in recognizer.recognize(good)[0].failed if failure.rule_id == "mine"]
    (failed,) = [failure for failure in recognizer.recognize(bad)[0].failed if failure.rule_id == "mine"]
    assert (failed.revision, bool(failed.text)) == (1, True)


def test_a_failed_rule_of_the_user_makes_a_message_partial_and_says_so() -> None:
    own = UserRule("mine", "pt", "points", "range", {"high": 2}, message="nobody kicks heads here")
    (recognition,) = Recognizer(rules=[own]).recognize(b"pt1;3")
    assert (recognition.status, recognition.confidence) == ("partial", 0.7)
    assert json.loads(recognition.errors) == ["nobody kicks heads here"]
    assert Recognizer().recognize(b"pt1;3")[0].status == "recognized"


def test_rules_that_are_off_or_of_another_version_are_not_asked() -> None:
    off = UserRule("mine", "pt", "points", "range", {"high": 2}, active=False)
    other = UserRule("yours", "pt", "points", "range", {"high": 2}, versions=("2.3",))
    assert Recognizer(rules=[off, other]).recognize(b"pt1;3")[0].status == "recognized"
    assert Recognizer("2.3", rules=[other]).recognize(b"pt1;3")[0].status == "partial"


def test_predefined_rules_can_be_switched_off() -> None:
    assert Recognizer().recognize(b"pt1;9")[0].status == "partial"
    assert Recognizer(switched_off=["pt.points.range"]).recognize(b"pt1;9")[0].status == "recognized"


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (rule("zz", "points", "required"), "there is no stream 'zz'"),
        (rule("pt", "level", "required"), "no field 'level'"),
        (rule("pt", "points", "colour"), "no kind of rule 'colour'"),
        (rule("pt", "points", "cross"), "no kind of rule 'cross'"),
        (rule("pt", "points", "range"), "needs low, high or both"),
        (rule("pt", "points", "range", low=3, high=1), "no value can be 3 or more and 1 or less"),
        (rule("pt", "points", "range", low="a"), "'a' is not a number"),
        (rule("pt", "points", "range", low=True), "True is not a number"),
        (rule("pt", "points", "range", lowest=1), "no parameter 'lowest'"),
        (rule("win", "winner", "range", low=1), "has no range"),
        (rule("pt", "points", "format", format="a"), "has no form"),
        (rule("win", "winner", "format", format="(a+)+"), "groups are not taken"),
        (rule("win", "winner", "format"), "needs the parameter format"),
        (rule("win", "winner", "enumeration"), "needs choices"),
        (rule("win", "winner", "enumeration", choices=[1]), "1 is no value of winner"),
        (rule("pt", "points", "enumeration", choices=["1"]), "'1' is no value of points"),
        (rule("pt", "points", "type", kind="number"), "no kind 'number'"),
        (rule("pt", "points", "expression", expression="points.x > 1"), "not part of the language"),
        (rule("pt", "", "required"), "no field ''"),
        (rule("pt", "points", "required", "1 2"), "its id is not"),
        (rule("pt", "points", "required", "pt.points.range"), "there is a rule of this id already"),
        (UserRule("mine", "pt", "points", "required", versions=("9",)), "no protocol version '9'"),
        (UserRule("mine", "pt", ["points"], "required"), "its field is no text"),  # type: ignore[arg-type]
        (UserRule("mine", "pt", "points", "range", [1]), "its parameters are no table"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_rule_is_refused_at_once_with_the_reason(own: UserRule, reason: str) -> None:
    with pytest.raises(RuleError) as refusal:
        Table.of().with_rules([own])
    assert reason in refusal.value.message
    assert own.rule_id in refusal.value.message


def test_every_kind_of_rule_is_tried_here() -> None:
    assert {own.kind for own, _, _ in HOLDING} == set(USER_KINDS)


def test_each_rule_is_counted_as_often_as_it_was_asked_remembered_or_not() -> None:
    recognizer = Recognizer(rules=[rule("pt", "points", "range", low=1, high=2)])
    tally = RuleTally(recognizer.table)
    for datagram in [b"pt1;2"] * 5 + [b"pt1;3"] * 3 + [b"clk;02:00", b"zz;1"]:
        tally.add(recognizer.recognize(datagram))
    counts = {count.rule_id: count[2:] for count in tally.take()}
    assert counts["mine"] == (8, 5, 3)
    assert counts["pt.points.range"] == (8, 8, 0)
    assert counts["clk.time_ms.type"] == (1, 1, 0)
    assert "hl.level.range" not in counts
    assert tally.take() == []
