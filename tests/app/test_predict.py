"""``predict``: a model from the stored bouts, listed, chosen, and words for what it cannot do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.app.test_main import lab

ROOT = Path(__file__).resolve().parents[2]


def predict(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return lab("predict", *words, "--data-dir", str(data_dir), cwd=data_dir)


@pytest.fixture(scope="module")
def tournament(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("tournament")
    done = lab("import", str(ROOT / "data" / "tournament-large.tsv.gz"), "--data-dir", str(data_dir), cwd=data_dir)
    assert done.returncode == 0, done.stderr
    return data_dir


def test_a_model_is_trained_listed_and_chosen(tournament: Path) -> None:
    for number in (1, 2):
        done = predict(tournament, "train")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"Model {number}, trained on ")
        assert "favourite won" in done.stdout
    assert "used: Model 2" in predict(tournament, "models").stdout
    assert predict(tournament, "use", "1").returncode == 0
    assert "used: Model 1" in predict(tournament, "models").stdout
    assert predict(tournament, "use", "newest").returncode == 0
    assert "used: Model 2" in predict(tournament, "models").stdout
    first, second = ((tournament / "prediction" / f"model-000{number}.json").read_text() for number in (1, 2))
    cut = '"bouts"'
    assert first[first.index(cut) :] == second[second.index(cut) :]


def test_a_small_record_is_not_enough(tmp_path: Path) -> None:
    done = lab("import", str(ROOT / "data" / "bout-sample.tsv"), "--data-dir", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = predict(tmp_path, "train")
    assert done.returncode != 0
    assert "not enough data" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("trian",), "did you mean train?"),
        (("use", "first"), "give its number, or newest"),
        (("use", "7"), "Models: none."),
        (("now",), "no hub"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_way_out(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = predict(tmp_path, *words)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
