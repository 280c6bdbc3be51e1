"""``run.py``: what counts as a good run of the suite, and when the environment is made anew."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="passes"/>
<testcase classname="a" name="fails"><failure message="no"/></testcase>
<testcase classname="a" name="breaks"><error message="no"/></testcase>
<testcase classname="a" name="waits"><skipped type="pytest.skip" message="no camera"/></testcase>
<testcase classname="a" name="known"><skipped type="pytest.xfail" message="known"/></testcase>
</testsuite></testsuites>"""

WRITE = "import sys, pathlib; pathlib.Path(sys.argv[-1].partition('=')[2]).write_text({report!r}); sys.exit({status})"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "find_chromium", lambda: "/usr/bin/chromium")
    monkeypatch.delenv("CI", raising=False)
    return module


def one_step(run: ModuleType, report: str, status: int) -> object:
    command = [sys.executable, "-c", WRITE.format(report=report, status=status)]
    return lambda _arguments: [run.Step("tests", command, counted=True)]


def test_a_report_is_counted_and_every_skip_is_named(run: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    counts, skipped = run.read_report(tmp_path / "report.xml")
    assert counts == {"passed": 2, "failed": 2, "skipped": 1}
    assert skipped == ["a::waits: no camera"]
    assert run.read_report(tmp_path / "none.xml") == ({"passed": 0, "failed": 0, "skipped": 0}, [])


@pytest.mark.parametrize(
    ("report", "status", "ci", "expected"),
    [
        ('<testsuite><testcase classname="a" name="passes"/></testsuite>', 0, "", 0),
        ('<testsuite><testcase classname="a" name="passes"/></testsuite>', 0, "true", 0),
        ('<testsuite><testcase classname="a" name="w"><skipped/></testcase></testsuite>', 0, "", 0),
        ('<testsuite><testcase classname="a" name="w"><skipped/></testcase></testsuite>', 0, "true", 1),
        ("<testsuite></testsuite>", 1, "", 1),
    ],
)
def test_a_skip_is_a_failure_in_ci_alone(
    run: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    report: str,
    status: int,
    ci: str,
    expected: int,
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(run, "steps", one_step(run, report, status))
    assert run.run_suite([]) == expected
    last = capfd.readouterr().out.splitlines()[-1]
    assert last.endswith(" skipped")
    assert last.split(" passed, ")[0].isdigit()


def test_every_room_has_its_tests_run(run: ModuleType) -> None:
    commanded = [argument for step in run.steps([]) for argument in step.command if argument.startswith("tests/")]
    assert sorted(commanded) == sorted({f"tests/{path.parent.name}" for path in (ROOT / "tests").glob("*/test_*.py")})
    (one,) = run.steps(["-k", "clock"])
    assert one.command[-2:] == ["-k", "clock"]


def test_what_runs_at_the_same_time_shows_its_output_whole(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import time\nfor _ in range(5): print('{0}', flush=True); time.sleep(0.01)"
    plan = [run.Step(name, [sys.executable, "-c", code.format(name)]) for name in "abc"]
    monkeypatch.setattr(run, "steps", lambda _arguments: plan)
    assert run.run_suite([]) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line in {"a", "b", "c"}]
    assert len(lines) == 15
    assert all(len(set(lines[at : at + 5])) == 1 for at in (0, 5, 10))


def test_a_missing_browser_is_named_and_fails_ci(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "find_chromium", lambda: None)
    monkeypatch.setattr(run, "apt_install", lambda _package: False)
    monkeypatch.setattr(run, "steps", one_step(run, "<testsuite/>", 0))
    assert run.run_suite([]) == 0
    assert "Chromium, for the browser tests" in capfd.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert run.run_suite([]) == 1


def test_the_environment_is_made_anew_when_the_pinned_versions_change(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[list[str]] = []
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "constraints.txt").write_text("a==1")
    for name, value in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "STAMP": tmp_path / "stamp.json"}.items():
        monkeypatch.setattr(run, name, value)
    monkeypatch.setattr(run, "venv_python", lambda: Path(sys.executable))
    monkeypatch.setattr(run, "make_venv", lambda: calls.append(["venv"]))
    monkeypatch.setattr(run.subprocess, "call", lambda command, **_: calls.append(command) or 0)

    def installs(extra: str) -> int:
        calls.clear()
        run.prepare(extra)
        return sum("install" in command for command in calls)

    assert installs("") == 1
    assert installs("") == 0
    assert installs("test") == 1
    assert installs("") == 0
    assert json.loads((tmp_path / "stamp.json").read_text())["extras"] == ["test"]
    (tmp_path / "constraints.txt").write_text("a==2")
    assert installs("") == 1
    assert ["venv"] not in calls  # the same Python: only the packages changed
    assert str(tmp_path) + "[test]" in calls[-1]


def test_an_old_python_is_told_what_is_needed(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(run.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit) as ending:
        run.require_python(["demo"])
    assert ending.value.code == 1
    assert "needs Python 3.11 or newer, and this is 3.9" in capfd.readouterr().err
