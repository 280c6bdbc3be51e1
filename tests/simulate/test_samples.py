"""The captures in data/ are what this version makes, and hold what is said of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from restrike_lab.pss import Recognizer, parse
from restrike_lab.simulate.capture import read_capture
from restrike_lab.simulate.samples import SAMPLES, write_samples
from restrike_lab.simulate.truth import read_truth
from tests.conftest import REPOSITORY
from tests.simulate.checks import contradictions

DATA = REPOSITORY / "data"
COMPRESSED = [f"{name}{ending}" for name in SAMPLES for ending in (".tsv.gz", ".truth.jsonl.gz")]
PLAIN = ["bout-sample.tsv", "bout-sample.truth.json", "oddities.tsv", "oddities.truth.json"]


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the samples made anew."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


def content(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw


@pytest.mark.parametrize("name", PLAIN + COMPRESSED)
def test_a_sample_is_what_this_version_makes(again: Path, name: str) -> None:
    assert content(DATA / name) == content(again / name)


def test_the_samples_are_small_and_all_named() -> None:
    files = [path for path in DATA.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in files if path.name not in readme and path.name != "README.md"] == []


@pytest.mark.parametrize("name", ["bout-sample.tsv", *(f"{name}.tsv.gz" for name in SAMPLES)])
def test_a_sample_is_marked_synthetic_and_contains_no_contradiction(name: str) -> None:
    capture = read_capture(DATA / name)
    assert capture.errors == []
    assert b"synthetic" in content(DATA / name).splitlines()[2]
    assert contradictions(capture.messages) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_tournaments_truth_names_its_curve_and_its_bouts(name: str) -> None:
    header, *bouts = read_truth(DATA / f"{name}.truth.jsonl.gz")
    assert header["synthetic"] is True
    assert header["curve"]["slope"] > 0
    assert sum(bout["status"] == "fought" for bout in bouts) == SAMPLES[name].bouts


def test_the_scripted_session_is_recognized_and_counts_as_its_truth_says() -> None:
    capture = read_capture(DATA / "bout-sample.tsv")
    truth = json.loads((DATA / "bout-sample.truth.json").read_bytes())
    found = [one for timed in capture.messages for one in Recognizer().recognize(timed.payload)]
    assert {one.status for one in found} == {"recognized"}
    assert len(found) == truth["datagrams"]
    streams = [one.stream for one in found]
    totals = truth["totals"]
    assert (streams.count("pre"), streams.count("pt"), streams.count("hl"), streams.count("win")) == (
        totals["loads"],
        totals["points"],
        totals["hits"],
        totals["fought"],
    )


def test_the_scripted_session_has_every_stream_of_the_real_one(live_messages: list[tuple[int, bytes]]) -> None:
    def streams(payloads: list[bytes]) -> set[tuple[str, object]]:
        messages = [message for payload in payloads for message in parse(payload)]
        return {(message.stream, getattr(message, "action", None)) for message in messages}

    scripted = [timed.payload for timed in read_capture(DATA / "bout-sample.tsv").messages]
    assert streams([payload for _, payload in live_messages]) <= streams(scripted)


def test_the_oddities_are_made_of_the_streams_that_are_stated() -> None:
    capture = read_capture(DATA / "oddities.tsv")
    cases = json.loads((DATA / "oddities.truth.json").read_bytes())["cases"]
    assert capture.errors == []
    for timed, case in zip(capture.messages, cases, strict=True):
        messages = parse(timed.payload)
        assert [message.stream for message in messages] == case["streams"], case["what"]
        assert b"".join(message.raw for message in messages) == timed.payload
