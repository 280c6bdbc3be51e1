"""``up`` and ``demo``: one address with its token, parts that live on without each other, nothing left over."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from restrike_lab.hub.ownership import read_address
from tests.app.running import Running, alive, wait_until
from tests.app.test_main import lab

SCREEN = re.compile(r"http://127\.0\.0\.1:\d+/voila/render/operator\.ipynb\?token=\S+")


def browser() -> urllib.request.OpenerDirector:
    """Return something that keeps cookies as a browser does."""
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def status_of(opener: urllib.request.OpenerDirector, address: str) -> tuple[int, str]:
    try:
        with opener.open(address, timeout=30) as answer:
            return answer.status, answer.url
    except urllib.error.HTTPError as refusal:
        return refusal.code, address


class Demo(Running):
    """A running demo that has printed its address."""

    def __init__(self, cwd: Path, *arguments: str, command: str = "demo") -> None:
        super().__init__(command, "--no-browser", "--ws-port", "0", *arguments, cwd=cwd)
        self.address = self.line("Operator screen: ").removeprefix("Operator screen: ")
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.address))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    place = tmp_path_factory.mktemp("demo")
    with Demo(place, "--data-dir", "data", "--port", "0") as demo:
        yield demo
        family = demo.family()
        assert demo.interrupt() == 0
        assert not any(alive(process) for process in family)


@pytest.fixture(scope="module")
def data_dir(demo: Demo) -> Path:
    return Path(demo.line("Listening: ").partition("Data: ")[2])


def test_exactly_one_address_is_printed(demo: Demo) -> None:
    assert [bool(SCREEN.search(line)) for line in demo.out] == [True]
    assert not any("token=" in line for line in demo.err)


def test_the_screen_s_token_opens_the_screen_and_nothing_of_jupyterlab(demo: Demo) -> None:
    opener = browser()
    assert status_of(opener, demo.address)[0] == 200
    for path in ("/lab", "/tree", "/api/kernels", "/voila/render/unknown_events.ipynb"):
        status, address = status_of(opener, demo.origin + path)
        assert status == 403 or "/login" in address, path


def test_the_owner_s_page_opens_jupyterlab_and_is_readable_by_the_owner_alone(demo: Demo, data_dir: Path) -> None:
    page = Path(demo.line("JupyterLab, for you alone: open ").partition("open ")[2])
    assert page.parent == data_dir
    assert os.name == "nt" or page.stat().st_mode & 0o077 == 0
    found = re.search(r"url=([^\"]+)", page.read_text())
    assert found is not None
    status, address = status_of(browser(), found[1])
    assert (status, "/login" in address) == (200, False)


@pytest.mark.parametrize("path", ["/voila/render/operator.ipynb", "/lab", "/voila"])
def test_no_page_opens_without_the_token(demo: Demo, path: str) -> None:
    status, address = status_of(browser(), demo.origin + path)
    assert status == 403 or "/login" in address


def test_a_wrong_token_opens_nothing(demo: Demo) -> None:
    status, address = status_of(browser(), f"{demo.origin}/lab?token=wrong")
    assert status == 403 or "/login" in address


def test_a_bout_begins_at_once(demo: Demo, data_dir: Path) -> None:
    question = "SELECT count(*) AS n FROM clk WHERE action = 'start'"

    def fought() -> bool:
        done = lab("query", question, "--format=json", "--data-dir", str(data_dir), cwd=data_dir)
        return done.returncode == 0 and json.loads(done.stdout)[0]["n"] > 0

    wait_until(fought)


def test_jupyter_dies_and_comes_back_at_its_address_while_the_hub_goes_on(demo: Demo, data_dir: Path) -> None:
    before = read_address(data_dir)
    assert before is not None
    demo.child("restrike_lab.app.jupyter_process").kill()
    demo.line("The Jupyter server ended")
    wait_until(lambda: answers(demo.address), 60)
    assert read_address(data_dir) == before


def test_the_screen_uses_the_template_that_needs_no_internet(demo: Demo) -> None:
    with browser().open(demo.address, timeout=30) as answer:
        page = answer.read().decode()
    assert 'rlPage = "voila"' in page
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//(?!127\.0\.0\.1)[^"']+""", page) == []


def answers(address: str) -> bool:
    try:
        return status_of(browser(), address)[0] == 200
    except OSError:
        return False


def test_a_demo_without_a_data_directory_leaves_none_and_no_process_when_it_ends(tmp_path: Path) -> None:
    with Demo(tmp_path) as demo:
        directory = Path(demo.line("Listening: ").partition("Data: ")[2])
        assert directory.is_dir()
        assert status_of(browser(), demo.address)[0] == 200  # a kernel of the screen runs now, too
        family = demo.family()
        assert demo.interrupt() == 0
    assert not any(alive(process) for process in family)
    assert not directory.exists()
    assert not (tmp_path / "restrike-data").exists()


def test_nothing_is_left_over_when_up_is_killed(tmp_path: Path) -> None:
    with Demo(tmp_path, "--port", "0", "--bind", "127.0.0.1", command="up") as up:
        family = up.family()
        assert len(family) >= 3
        up.process.kill()
        wait_until(lambda: not any(alive(process) for process in family))


def test_up_beside_serve_uses_its_hub_and_replaces_it_when_it_ends(tmp_path: Path) -> None:
    with Running("serve", "--port", "0", "--bind", "127.0.0.1", "--ws-port", "0", cwd=tmp_path) as serve:
        serve.line("Listening: ")
        first = read_address(tmp_path / "restrike-data")
        assert first is not None
        with Demo(tmp_path, "--port", "0", "--bind", "127.0.0.1", command="up") as up:
            up.line("Using what is there: ")
            assert read_address(tmp_path / "restrike-data") == first
            assert serve.interrupt() == 0
            wait_until(lambda: (now := read_address(tmp_path / "restrike-data")) is not None and now.pid != first.pid)


def test_a_jupyter_port_that_is_taken_is_told_with_the_way_out(tmp_path: Path, demo: Demo) -> None:
    taken = urlsplit(demo.address).port
    done = lab("up", "--no-browser", "--port=0", "--ws-port=0", f"--jupyter-port={taken}", cwd=tmp_path)
    assert done.returncode == 1
    assert f"TCP port {taken} is in use" in done.stderr
    assert "--jupyter-port" in done.stderr
