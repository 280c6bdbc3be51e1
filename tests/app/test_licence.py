"""``restrike-lab licence``: an issuer makes a key and files, a lab installs them, with a hub and without."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.app.test_main import lab


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an issuer's key beside a lab that trusts it; return the directory of both."""
    place = tmp_path_factory.mktemp("licence")
    done = lab("licence", "key", "issuer.pem", cwd=place)
    assert done.returncode == 0, done.stderr
    assert lab("settings", "set", "licence.issuer_key", done.stdout.split()[-1], cwd=place).returncode == 0
    return place


def test_a_licence_is_issued_installed_and_shown(place: Path) -> None:
    if os.name == "posix":
        assert stat.S_IMODE((place / "issuer.pem").stat().st_mode) == 0o600
    done = lab("licence", "issue", "a.lic", "--key", "issuer.pem", "--holder", "Club", "--feature", "obs", cwd=place)
    assert done.returncode == 0, done.stderr
    done = lab("licence", "install", "a.lic", cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Licence: valid" in done.stdout
    view = json.loads(lab("licence", "--json", cwd=place).stdout)
    assert (view["state"], view["licence"]["holder"], view["licence"]["features"]) == ("valid", "Club", ["obs"])


def test_a_licence_for_this_machine_counts_and_one_for_another_does_not(place: Path) -> None:
    here = json.loads(lab("licence", "--json", cwd=place).stdout)["machine"]
    if here is None:
        pytest.skip("this system does not tell machines apart")
    make = ("--key", "issuer.pem", "--holder", "Club")
    lab("licence", "issue", "here.lic", *make, "--machine", here, cwd=place)
    lab("licence", "issue", "there.lic", *make, "--machine", "0000-0000-0000-0000", cwd=place)
    assert lab("licence", "install", "here.lic", cwd=place).returncode == 0
    refused = lab("licence", "install", "there.lic", cwd=place)
    assert refused.returncode == 1
    assert here in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["issue", "x.lic"], "holder and a key"),
        (["issue", "x.lic", "--holder", "C", "--key", "nothing.pem"], "cannot be read"),
        (["issue", "x.lic", "--holder", "C", "--key", "issuer.pem", "--feature", "flying"], "no feature"),
        (["issue", "x.lic", "--holder", "C", "--key", "issuer.pem", "--valid-until", "2020-01-01"], "before the first"),
        (["issue", "x.lic", "--holder", "C", "--key", "issuer.pem", "--valid-from", "soon"], "no day"),
        (["issue", "issuer.pem", "--holder", "C", "--key", "issuer.pem"], "cannot be written"),
        (["key", "issuer.pem"], "cannot be written"),
        (["install", "issuer.pem"], "not as the issuer signed it"),
        (["install", "nothing.lic"], "cannot be read"),
        (["check"], "nothing to ask"),
        (["dance"], "usage"),
    ],
)
def test_what_cannot_be_done_says_why(place: Path, arguments: list[str], words: str) -> None:
    done = lab("licence", *arguments, cwd=place)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr
