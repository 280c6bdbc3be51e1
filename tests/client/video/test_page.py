"""The page with the player: whole, true, and deaf to what hostile names try."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import apsw
import pytest

from restrike_lab.client.video import Videos
from restrike_lab.client.video.page import address_of
from tests.client.video.filmed import Filmed, videos_of

PAYLOAD = "</title></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e\x1b[2J"


class Tags(HTMLParser):
    """What a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.texts: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag = self.inside[-1] if self.inside else ""
        self.texts[tag] = self.texts.get(tag, "") + data


def read(path: Path) -> Tags:
    tags = Tags()
    tags.feed(path.read_text("utf-8"))
    return tags


def links(tags: Tags) -> list[dict[str, str | None]]:
    return [attrs for tag, attrs in tags.tags if tag == "a"]


def test_every_mark_leads_to_its_place_in_each_video(videos: Videos, filmed: Filmed, tmp_path: Path) -> None:
    video = videos("101")
    tags = read(video.page(tmp_path / "p.html"))
    positions = video.events.set_index(["seq", "instance"])["position_ms"]
    of_point = [each for each in links(tags) if str(each["title"]).startswith(f"event {filmed.point},")]
    assert len(of_point) == 3  # two recordings and a replay
    wanted = float(positions[filmed.point, "wide"]) / 1000
    found = min(of_point, key=lambda each: abs(float(each["data-at"] or 0) - wanted))
    assert float(found["data-at"] or 0) == pytest.approx(wanted, abs=0.001)
    sources = json.loads(re.findall(r'id="videos">(.*?)</script>', (tmp_path / "p.html").read_text("utf-8"), re.S)[0])
    source = sources[int(found["data-video"] or 0)]
    assert found["href"] == f"{source['uri']}#t={found['data-at']}"
    assert source["uri"] == Path(source["file"]).as_uri()
    assert Path(source["file"]).is_file()
    assert "Round 1" in tags.texts["h2"]


def test_the_page_allows_its_own_script_and_style_and_nothing_else(videos: Videos, tmp_path: Path) -> None:
    path = videos("101").page(tmp_path / "p.html")
    tags, text = read(path), path.read_text("utf-8")
    policy = next(attrs["content"] for tag, attrs in tags.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert policy.startswith("default-src 'none'; media-src file: blob:; ")
    for tag in ("script", "style"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)
    assert not [attrs for _tag, attrs in tags.tags if any(name.startswith("on") for name in attrs)]


def test_hostile_names_stay_text(copied: Path, tmp_path: Path) -> None:
    with apsw.Connection(str(copied / "restrike.sqlite")) as db:
        db.execute("UPDATE pss_athletes SET short_name = ?", (PAYLOAD,))
        db.execute("UPDATE pss_matches SET number = 'x', phase = ?, division = ?", (PAYLOAD, PAYLOAD))
        db.execute("UPDATE obs_recordings SET instance = ?, late = 1 WHERE instance = 'wide'", (PAYLOAD,))
        db.execute("UPDATE obs_recording_files SET instance = ?, path = ? WHERE instance = 'wide'",
                   (PAYLOAD, f"/rec/{PAYLOAD}.mkv"))  # fmt: skip
    with videos_of(copied) as videos:
        video = videos("x")
        path = video.page(tmp_path / "p.html")
        assert "<script>" not in video._repr_html_()
    text, tags = path.read_text("utf-8"), read(path)
    assert text.count("<script") == 2
    assert not [tag for tag, _attrs in tags.tags if tag == "img"]
    assert "<script>alert(1)</script>" in tags.texts["h1"]
    assert "\x1b" not in text
    names = [each["name"] for each in json.loads(re.findall(r'id="videos">(.*?)</script>', text, re.S)[0])]
    assert any("onerror" in name for name in names)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/rec/a b#1?.mkv", "file:///rec/a%20b%231%3F.mkv"),
        ("C:\\Videos\\é.mkv", "file:///C:/Videos/%C3%A9.mkv"),
        ("D:/rec/a.mkv", "file:///D:/rec/a.mkv"),
        ("\\\\nas\\rec\\a.mkv", "file://nas/rec/a.mkv"),
    ],
)
def test_a_file_of_any_system_has_an_address(path: str, address: str) -> None:
    assert address_of(path) == address
