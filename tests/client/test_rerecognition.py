"""Recognizing the past anew from Python: shown, applied, taken back, accepted."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.client.importing import Importer, find
from restrike_lab.client.lab import Lab
from restrike_lab.hub.config import HubConfig
from restrike_lab.hub.rerecognition.stage import staged
from restrike_lab.store.writer import Writer
from tests.client.test_feed import until
from tests.hub.recorded import SPEED, bouts, everything, record, run, with_speeds

CAPTURE = Path(__file__).resolve().parents[2] / "data" / "tournament-small.tsv.gz"


def settings(data_dir: Path) -> HubConfig:
    return HubConfig(data_dir=str(data_dir), port=0, bind="127.0.0.1", ws_port=0)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab over a record with a stream that no table knows, everything counted."""
    last = record(tmp_path, with_speeds(bouts(1, round_seconds=30)))
    with Lab(config=settings(tmp_path)) as lab:
        until(lambda: run(tmp_path, "SELECT seq FROM accounting") == [(last,)])
        yield lab


def speeds(lab: Lab) -> dict[str, int]:
    frame = lab.sql(
        "SELECT recognition_status AS status, count(*) AS n FROM events WHERE decode(raw) LIKE 'spd%' GROUP BY 1"
    )
    return dict(zip(frame["status"], frame["n"], strict=True))


def test_a_dry_run_is_the_default(lab: Lab) -> None:
    lab.definitions.put(SPEED, "they measure speed")
    before = everything(lab.data_dir)
    difference = lab.recognize()
    assert difference.run_id is None
    assert difference.statuses == {"unknown -> recognized": difference.changed}
    assert list(pd.DataFrame(difference.rows()).columns) == ["what", "before", "after", "count"]
    assert everything(lab.data_dir) == before
    assert not list(lab.data_dir.glob("recognition-*"))


def test_queries_see_what_was_applied_and_what_was_taken_back(lab: Lab) -> None:
    before = speeds(lab)
    lab.definitions.put(SPEED, "they measure speed")
    done = lab.recognize(dry_run=False, why="the sensors are new")
    assert done.run_id == 1
    assert speeds(lab) == {"recognized": done.changed}
    assert lab.undo(1, why="not yet") == 2
    assert speeds(lab) == before


def test_accepting_a_definition_recognizes_the_past(lab: Lab) -> None:
    done = lab.accept(SPEED, "they measure speed")
    assert done.run_id == 1
    assert speeds(lab) == {"recognized": done.changed}
    assert list(lab.definitions()["name"]) == ["spd"]
    assert len(lab.unknown()) == 0


def test_a_definition_that_is_refused_changes_nothing(lab: Lab) -> None:
    before = everything(lab.data_dir)
    with pytest.raises(CommandError):
        lab.accept(SPEED.replace("spd1", "clk"), "a known code")
    assert everything(lab.data_dir) == before
    assert len(lab.runs()) == 0


def test_runs_are_listed_newest_first_with_stable_types(lab: Lab) -> None:
    empty = lab.runs()
    lab.accept(SPEED, "they measure speed")
    lab.undo(1)
    runs = lab.runs()
    assert list(runs["run_id"]) == [2, 1]
    assert list(runs["undoes"]) == [1, pd.NA]
    assert runs["why"].iloc[1] == "they measure speed"
    assert dict(runs.dtypes) == dict(empty.dtypes)


def test_a_run_that_is_not_there_is_refused(lab: Lab) -> None:
    with pytest.raises(CommandError, match="no run 7"):
        lab.undo(7)


def test_a_lab_without_the_database_has_the_hub_do_it(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    address = lab.live.address
    assert address is not None
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with Lab(elsewhere, url=address.url, token=address.token, start="never") as far:
        shown = far.recognize()
        assert shown.changed == 0
        done = far.accept(SPEED, "they measure speed")
        assert done.changed > 0
        assert not list(lab.data_dir.glob("recognition-*"))
        far.undo(1)


def test_progress_is_told(lab: Lab) -> None:
    told: list[tuple[int, int]] = []
    lab.recognize(progress=lambda done, every: told.append((done, every)))
    assert told
    assert told[-1][0] == told[-1][1]


def test_imported_files_are_walked_as_they_were_imported(tmp_path: Path) -> None:
    record(tmp_path, with_speeds(bouts(1, round_seconds=30)))
    lines = gzip.decompress(CAPTURE.read_bytes()).splitlines(keepends=True)
    middle = len(lines) // 2
    for number, part in enumerate((lines[:middle], lines[middle + 37 :: 1], lines[:middle:3])):
        path = tmp_path / str(number) / "capture.tsv"  # one name, so one court
        path.parent.mkdir()
        path.write_bytes(b"".join(part))
        writer = Writer.open(tmp_path)
        assert Importer(writer, time.time_ns).take(find([path])[0]).state == "imported"
        writer.close()
    last = run(tmp_path, "SELECT max(seq) FROM pss_events")
    with Lab(config=settings(tmp_path)) as lab:
        until(lambda: run(tmp_path, "SELECT seq FROM accounting") == last)
        assert lab.recognize().is_empty, lab.recognize().text()
    with staged(tmp_path) as (_stage, difference):
        assert difference.is_empty, difference.text()
