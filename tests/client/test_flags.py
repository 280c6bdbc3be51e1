"""``lab.flags`` with a real hub: pictures, the venue's folder, decisions and their history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.bout.countries import COUNTRIES
from restrike_lab.client.errors import CommandError
from restrike_lab.client.flag_words import obey
from restrike_lab.client.flags import Flag
from restrike_lab.client.lab import Lab

from .recording import hosted
from .test_feed import until

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><script>alert(1)</script></svg>'


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with hosted(tmp_path) as lab:
        yield lab


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "flags"
    folder.mkdir()
    return folder


def test_a_code_has_a_picture_and_a_stranger_its_letters(lab: Lab) -> None:
    flag = lab.flags["CRO"]
    assert (flag.name, flag.mime, flag.origin) == ("Croatia", "image/svg+xml", "openmoji")
    assert flag.data.startswith(b"<svg")
    assert flag.uri.startswith("data:image/svg+xml;base64,")
    assert lab.flags["<b>"] == Flag("<b>")
    assert "&lt;b&gt;" in lab.flags["<b>"]._repr_html_()
    assert lab.flags["AIN"].name == "Individual Neutral Athletes"
    assert lab.flags["AIN"].data == b""


def test_every_committee_has_a_picture(lab: Lab) -> None:
    listed = lab.flags()
    committees = listed[listed["kind"] == "committee"]
    assert len(committees) == 206
    assert [code for code in committees["code"] if not lab.flags[code].data] == []
    assert set(listed["code"]) == set(COUNTRIES)


def test_own_pictures_are_found_by_name_and_go_before_the_others(lab: Lab, folder: Path) -> None:
    (folder / "WTR.svg").write_bytes(SVG)
    (folder / "Flag of Croatia.png").write_bytes(PNG)
    (folder / "holiday.png").write_bytes(PNG)
    (folder / "notes.txt").write_text("no picture")
    (folder / "KOR.svg").write_text("no picture either")
    assert lab.flags.scan() == {"pictures": 3, "recognized": 2}
    files = lab.flags.files().set_index("file")
    assert files["code"].fillna("").to_dict() == {"Flag of Croatia.png": "CRO", "WTR.svg": "WTR", "holiday.png": ""}
    assert 0 < files.loc["Flag of Croatia.png", "confidence"] < 1
    assert lab.flags["HRV"].origin == "own:Flag of Croatia.png"
    assert lab.flags["WTR"].data == SVG
    assert lab.flags["KOR"].origin == "openmoji"


def test_a_file_that_went_is_noted_and_its_picture_no_longer_shown(lab: Lab, folder: Path) -> None:
    picture = folder / "CRO.png"
    picture.write_bytes(PNG)
    lab.flags.scan()
    picture.unlink()
    lab.flags.scan()
    assert lab.flags["CRO"].origin == "openmoji"
    assert lab.sql("SELECT gone_ns IS NOT NULL AS gone FROM flags")["gone"].tolist() == [True]


def test_files_and_codes_are_corrected_by_hand_with_history_and_taken_back(lab: Lab, folder: Path) -> None:
    (folder / "holiday.png").write_bytes(PNG)
    lab.flags.scan()
    lab.flags.assign("holiday.png", "CLB", "our club's")
    lab.flags.map("our club", "CLB", "so the console says")
    assert lab.flags["our club"].data == PNG
    lab.flags.map("our club", None, "no more")
    assert lab.flags["our club"].code is None
    history = lab.flags.history()
    assert history[["text", "revision", "code"]].fillna("").values.tolist() == [
        ["holiday.png", 1, "CLB"],
        ["our club", 1, "CLB"],
        ["our club", 2, ""],
    ]
    assert history["why"].tolist() == ["our club's", "so the console says", "no more"]


def test_what_is_no_code_and_no_file_is_refused(lab: Lab, folder: Path) -> None:
    with pytest.raises(CommandError, match="is no code"):
        lab.flags.map("x", "<script>")
    (folder.parent / "secret.png").write_bytes(PNG)
    for name in ("../secret.png", "nothing.png", "/etc/passwd"):
        with pytest.raises(CommandError, match="no picture"):
            lab.flags.assign(name, "CRO")


def test_other_screens_hear_of_a_decision(lab: Lab) -> None:
    heard: list[dict[str, object]] = []
    lab.live.subscribe(lambda batch: heard.extend(batch.desk))
    lab.flags.map("XQX", "CRO")
    until(lambda: any(frame["type"] == "flags" for frame in heard))


def test_words_do_the_same(lab: Lab) -> None:
    assert obey(lab.flags, ["map", "XQX", "CRO", "as", "told"]) == "XQX means CRO from now on."
    assert obey(lab.flags, ["XQX"]).name == "Croatia"
    assert obey(lab.flags, ["scan"]) == "0 pictures in the folder, 0 of them recognized."
    assert len(obey(lab.flags, [])) >= 300
    with pytest.raises(CommandError, match="mean nothing"):
        obey(lab.flags, ["map", "XQX"])
