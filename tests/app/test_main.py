"""The ``restrike-lab`` command as people call it: in a process of its own, judged by output and exit status."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import restrike_lab
from restrike_lab.app.commands import COMMANDS
from tests.app.running import clean_environment


def lab(*arguments: str, cwd: Path, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in an empty directory; ``given`` is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "restrike_lab.app", *arguments],
        cwd=cwd,
        env={**clean_environment(cwd), **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"], ["--help-all"]])
def test_help_names_every_command_and_ends_with_0(tmp_path: Path, arguments: list[str]) -> None:
    done = lab(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    done = lab(command, "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{COMMANDS[command].summary}\n\n    restrike-lab {command} [options]")
    assert "RESTRIKE_LAB_LOG_LEVEL" in done.stdout
    assert "--help-all" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [
        (["dmo"], "did you mean demo?"),
        (["statsu", "--json"], "did you mean status?"),
        (["xyzzy"], "commands: demo, up"),
        (["doctor", "--prot", "1"], "did you mean --port?"),
        (["doctor", "--port"], "--help"),
        (["doctor", "--port", "x"], "--help"),
        (["doctor", "--court", "A=1", "--court", "B=1"], "--help"),
        (["doctor", "extra"], "usage: restrike-lab doctor [options]"),
        (["--dta-dir", "x"], "--help"),
    ],
)
def test_a_wrong_use_is_one_line_with_the_way_out_and_status_2(
    tmp_path: Path, arguments: list[str], way_out: str
) -> None:
    done = lab(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")
    assert way_out in hint


def test_a_wrong_environment_variable_is_named(tmp_path: Path) -> None:
    done = lab("doctor", cwd=tmp_path, RESTRIKE_LAB_PORT="six")
    assert done.returncode == 2
    assert "port takes an int, not the str 'six'" in done.stderr


def test_the_version_is_printed(tmp_path: Path) -> None:
    done = lab("--version", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.strip() == restrike_lab.__version__


def test_jupyter_knows_the_command(tmp_path: Path) -> None:
    jupyter = Path(sys.executable).with_name("jupyter.exe" if os.name == "nt" else "jupyter")
    done = subprocess.run([jupyter, "restrike", "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.strip() == restrike_lab.__version__


def test_help_into_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; sys.stdin.read(); from restrike_lab.app.main import main; sys.exit(main(['--help']))",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert process.communicate()[1] == b""
    assert process.returncode == 141


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"]])
def test_help_loads_no_notebook_machinery(tmp_path: Path, arguments: list[str]) -> None:
    heavy = ("pandas", "numpy", "pyarrow", "duckdb", "IPython", "ipykernel", "jupyter_server", "jupyterlab", "tornado")
    code = (
        "import sys\nfrom restrike_lab.app.main import main\n"
        f"main({arguments!r})\nprint([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == "[]"


def test_doctor_says_ok_on_a_good_machine(tmp_path: Path) -> None:
    done = lab("doctor", "--port", "0", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line[:5] in {"ok   ", "warn ", "     "} for line in done.stdout.splitlines())
    for name in ("data directory", "disk", "SQLite", "UDP port", "receive buffer", "clock", "browser", "OBS v5"):
        assert f"{name}:" in done.stdout or f"{name} " in done.stdout
    assert not (tmp_path / "restrike-data").exists()


def test_doctor_fails_with_the_way_out_when_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        port = taken.getsockname()[1]
        done = lab("doctor", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 1
    failed = [line for line in done.stdout.splitlines() if line.startswith("fail")]
    assert len(failed) == 1
    assert f"UDP port {port}" in failed[0]
    assert f"(process {os.getpid()})" in failed[0]
    assert "choose another port" in done.stdout


def test_doctor_fails_when_the_data_directory_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = lab("doctor", "--port", "0", "--data-dir", str(tmp_path / "file" / "data"), cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot be written to" in done.stdout
