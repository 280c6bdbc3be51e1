"""``restrike-lab flags`` and ``restrike-lab annotate`` with a hub that runs, and without one; the same in a cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from restrike_lab.app.main import main
from restrike_lab.client.flags import Flag
from restrike_lab.client.lab import Lab
from restrike_lab.kernel import desk
from restrike_lab.pss.errors import RestrikeError
from tests.client.recording import hosted


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with hosted(tmp_path) as lab:
        yield lab


def said(lab: Lab, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words, f"--data-dir={lab.data_dir}"]) == 0
    return capsys.readouterr().out.strip()


def test_flags_are_looked_up_and_mapped_from_a_shell(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(lab, capsys, "flags", "HRV").startswith("CRO: Croatia (ISO 3166-1 code of three letters; picture:")
    assert said(lab, capsys, "flags", "XQX") == "XQX: unknown (no table knows it; no picture)"
    assert said(lab, capsys, "flags", "map", "XQX", "AIN", "as", "told") == "XQX means AIN from now on."
    assert said(lab, capsys, "flags", "XQX").startswith("AIN: Individual Neutral Athletes (decided by hand")
    assert "as told" in said(lab, capsys, "flags", "history")


def test_notes_are_written_and_listed_from_a_shell(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(lab, capsys, "annotate", "now", "power", "cut") == "Noted: annotation 1."
    assert "power cut" in said(lab, capsys, "annotate")


def test_without_a_hub_the_way_out_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["annotate", "now", "power cut", f"--data-dir={tmp_path}"]) != 0
    assert "hub" in capsys.readouterr().err


def test_cells_say_the_same(lab: Lab) -> None:
    flag = desk.flags(lab, "CRO")
    assert isinstance(flag, Flag)
    assert str(desk.flags(lab, "map XQX CRO 'as told'")) == "XQX means CRO from now on."
    assert str(desk.annotate(lab, "now court 1 '#power cut'")) == "Tagged: annotation 1."
    assert isinstance(desk.annotate(lab, ""), pd.DataFrame)
    with pytest.raises(RestrikeError, match="mean nothing"):
        desk.annotate(lab, "event")
