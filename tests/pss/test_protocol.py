"""Tables: one per version, never changed, and exact about what was added and taken away."""

import pytest

from restrike_lab.pss import STREAMS, VERSIONS, Recognizer, Table, load_definitions, parse
from restrike_lab.pss.errors import ProtocolError
from restrike_lab.pss.streams import PortNotice, Superiority, TimeOut, Unknown
from restrike_lab.pss.user_rules import UserRule

OWN = '[stream.own]\ndescription = "d"\nexample = "own;1"\n[[stream.own.field]]\nname = "n"\nkind = "integer"\n'


@pytest.mark.parametrize("version", VERSIONS)
def test_the_table_of_a_version_is_one_object_with_every_stream(version: str) -> None:
    assert Table.of(version) is Table.of(version)
    assert Table.of(version).streams == STREAMS
    assert Table.of(version).version == version


def test_streams_taken_away_come_out_as_unknown_by_name_or_by_code() -> None:
    table = Table.of().without("sup", "to1", "udp")
    assert not {Superiority, TimeOut, PortNotice} & set(table.streams)
    for datagram in (b"sup;1", b"to2;01:00", b"Udp Port 8888 connected;"):
        (message,) = parse(datagram, table)
        assert isinstance(message, Unknown)
        assert Recognizer(table=table).recognize(datagram)[0].status == "unknown"
    assert parse(b"pt1;3;sup;1", table)[0].extra == ("sup", "1")
    assert isinstance(parse(b"sup;1")[0], Superiority)


def test_taking_away_what_is_not_there_is_refused() -> None:
    with pytest.raises(ProtocolError, match="no stream 'nope'"):
        Table.of().without("nope")


def test_definitions_and_rules_can_be_added_and_taken_away_in_any_order() -> None:
    own = load_definitions(OWN)
    rule = UserRule("mine", "own", "n", "range", {"high": 5})
    table = Table.of().with_definitions(own).with_rules([rule], ["pt.points.range"])
    assert [each.rule_id for each in table.all_rules()][-1] == "mine"
    assert Recognizer(table=table).recognize(b"own;6")[0].status == "partial"
    assert Recognizer(table=table).recognize(b"pt1;9")[0].status == "recognized"
    less = table.without("own", "sup")
    assert (less.definitions, less.user_rules) == ((), ())
    assert less.with_definitions(own).stream("own") is own[0].stream
    assert Recognizer(table=table.without("sup")).recognize(b"own;6")[0].status == "partial"


def test_definitions_of_other_versions_are_left_out() -> None:
    own = load_definitions(OWN.replace("[[", 'versions = ["older"]\n[[', 1))
    assert Table.of("2.3").with_definitions(own).definitions == ()
    assert Table.of("older").with_definitions(own).definitions == own


def test_a_recognizer_takes_a_version_with_definitions_and_rules_or_a_table() -> None:
    own = load_definitions(OWN)
    rule = UserRule("mine", "own", "n", "range", {"high": 5})
    by_parts = Recognizer("2.3-live", definitions=own, rules=[rule], switched_off=["own.n.required"])
    by_table = Recognizer(table=Table.of().with_definitions(own).with_rules([rule], ["own.n.required"]))
    for datagram in (b"own;5", b"own;6", b"own;", b"own;x", b"clk;02:00;start"):
        one, other = by_parts.recognize(datagram)[0], by_table.recognize(datagram)[0]
        assert (one.status, one.errors, one.fields) == (other.status, other.errors, other.fields)
    assert by_table.recognize(b"own;")[0].status == "recognized"
