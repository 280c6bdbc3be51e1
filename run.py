"""Set restrike_lab up and run it, with nothing but Python and its package index.

``python3 run.py demo`` makes a private environment in ``.venv`` beside this file, installs the lab there with the
pinned versions of ``constraints.txt`` and starts ``restrike-lab demo``; any other ``restrike-lab`` command works the
same way. ``python3 run.py test`` does the same with the test extra and runs every check of the project; arguments
after ``test`` go to pytest and run that part alone. The system's own packages are never touched, so an externally
managed Python (PEP 668) makes no difference. Only the standard library is used here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "restrike-lab.json"
WINDOWS = os.name == "nt"
OLDEST = (3, 11)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def main(argv: list[str]) -> int:
    """Run the suite for ``test``, else pass the whole command line on to ``restrike-lab``; return the exit status."""
    require_python(argv)
    if argv[:1] == ["test"]:
        prepare("test")
        return run_suite(argv[1:])
    prepare("")
    command = [str(venv_python()), "-m", "restrike_lab.app", *(argv or ["--help"])]
    if not WINDOWS:
        os.execve(command[0], command, clean_environment())  # signals reach the lab itself
    try:
        return subprocess.call(command, env=clean_environment())
    except KeyboardInterrupt:
        return 130


def stop(message: str, way_out: str) -> NoReturn:
    """Say what is wrong and what to do about it, and end with status 1."""
    print(f"error: {message}\nhint: {way_out}", file=sys.stderr)
    raise SystemExit(1)


def say(message: str) -> None:
    """Tell the person waiting what is going on, on standard error so that commands stay pipe-clean."""
    print(message, file=sys.stderr, flush=True)


# --- the environment


def require_python(argv: list[str]) -> None:
    """Go on under a newer interpreter of this machine when the one that was called is too old."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(OLDEST[1] + 4, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            raise SystemExit(subprocess.call([newer, str(ROOT / "run.py"), *argv]))
    stop(
        "restrike_lab needs Python {}.{} or newer, and this is {}.{}".format(*OLDEST, *sys.version_info[:2]),
        "install a newer Python and call this file with it, e.g. python3.12 run.py demo",
    )


def venv_python() -> Path:
    """Return the interpreter of the private environment."""
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def clean_environment() -> dict[str, str]:
    """Return the environment for children: without another Python's settings."""
    return {k: v for k, v in os.environ.items() if k not in {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}}


def fingerprint() -> str:
    """Return what an installed environment depends on: the two files, the interpreter and where the project stands."""
    digest = hashlib.sha256(f"{sys.version}|{ROOT}".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def prepare(extra: str) -> None:
    """Make ``.venv`` and install the project there, unless that was done already for these very files."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        stamp = {}
    current = stamp.get("fingerprint") == fingerprint() and venv_python().exists()
    extras = set(stamp.get("extras", [])) if current else set()
    if current and {extra} <= extras | {""}:
        return
    if stamp.get("python") != sys.version or stamp.get("root") != str(ROOT) or not venv_python().exists():
        make_venv()
    say("Installing restrike_lab into .venv (the first time this takes a few minutes) ...")
    extras = (set(stamp.get("extras", [])) | {extra}) - {""}
    target = str(ROOT) + (f"[{','.join(sorted(extras))}]" if extras else "")
    command = [*pip(), "install", "--quiet", "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.call([*command, "-c", str(ROOT / "constraints.txt"), "-e", target], env=clean_environment()):
        stop("the packages could not be installed (pip's own words are above)", "check the network and run this again")
    STAMP.write_text(
        json.dumps(
            {"fingerprint": fingerprint(), "extras": sorted(extras), "python": sys.version, "root": str(ROOT)}, indent=1
        ),
        "utf-8",
    )


def make_venv() -> None:
    """Make an empty environment: with its own pip where this Python carries one, else without."""
    complete = bool(importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"))
    outside_pip = bool(importlib.util.find_spec("venv") and importlib.util.find_spec("pip"))
    if not complete and not outside_pip and apt_install("python3-venv"):
        complete = True
    if not complete and not outside_pip:
        stop(
            f"this Python ({sys.executable}) comes without the parts that make a virtual environment",
            "install them and run this again; on Debian and Ubuntu: sudo apt-get install python3-venv",
        )
    command = [sys.executable, "-m", "venv", "--clear", *([] if complete else ["--without-pip"]), str(VENV)]
    if subprocess.call(command, env=clean_environment()):
        stop(f"{VENV} could not be made (the reason is above)", "make this folder writable or free some disk space")


def pip() -> list[str]:
    """Return the command that starts a pip which installs into ``.venv``."""
    has_pip = [str(venv_python()), "-c", "import pip"]
    if subprocess.call(has_pip, stderr=subprocess.DEVNULL, env=clean_environment()) == 0:
        return [str(venv_python()), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(venv_python())]


def apt_install(package: str) -> bool:
    """Install a Debian package where that asks no question (root, or sudo without a password); tell if it did."""
    apt = shutil.which("apt-get")
    if not apt or not sys.platform.startswith("linux"):
        return False
    sudo: list[str] = []
    if os.geteuid() != 0:
        sudo = ["sudo", "-n"]
        if not shutil.which("sudo") or subprocess.call([*sudo, "true"], stderr=subprocess.DEVNULL):
            return False
    say(f"Installing {package} with apt-get ...")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["-qq", "update"], ["-qq", "-y", "--no-install-recommends", "install", package]):
        if subprocess.call([*sudo, apt, *arguments], stdout=subprocess.DEVNULL, env=quiet):
            return False
    return True


# --- the suite


AT_ONCE = 3
"""Checks that run at the same time: most of a test is waiting for something real."""

LONGEST = ("hub", "analysis", "acceptance", "app", "client", "obs")
"""Rooms whose tests take longest; they are begun first."""

ALONE = ("peers", "browser")
"""What needs the machine for itself: other real programs, and what a person sees and when."""

printing = threading.Lock()


@dataclass
class Step:
    """One check of the suite and how it went; ``alone``: nothing else runs meanwhile, and its output is in view."""

    name: str
    command: list[str]
    counted: bool = False
    alone: bool = False
    result: str = "not run"
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def run(self, environment: dict[str, str], scratch: Path) -> None:
        """Run the command and show its output; keep result, time, counts and the reason of every skip."""
        report = scratch / f"{self.name.replace(' ', '-').replace('/', '-')}.xml"
        command = [*self.command, f"--junitxml={report}"] if self.counted else self.command
        started = time.monotonic()
        if self.alone:
            say(f"\n--- {self.name}")
            status = subprocess.call(command, cwd=ROOT, env=environment)
        else:
            with tempfile.TemporaryFile() as output:
                status = subprocess.call(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
                output.seek(0)
                told = output.read().decode("utf-8", "replace")
            with printing:
                say(f"\n--- {self.name}")
                print(told, flush=True)
        self.seconds = time.monotonic() - started
        self.result = "ok" if status == 0 else "FAILED"
        if self.counted:
            self.counts, self.skipped = read_report(report)


def read_report(path: Path) -> tuple[dict[str, int], list[str]]:
    """Return the counts of a JUnit report and a line for every test that was skipped (an expected failure is not)."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    skipped = []
    if path.exists():
        for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 - a report written a moment ago by our own pytest
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                counts["failed"] += 1
            elif skip is not None and skip.get("type") != "pytest.xfail":
                counts["skipped"] += 1
                name = f"{case.get('classname')}::{case.get('name')}"
                skipped.append(f"{name}: {skip.get('message') or 'no reason given'}")
            else:
                counts["passed"] += 1
    return counts, skipped


def steps(pytest_arguments: list[str]) -> list[Step]:
    """Return the checks; with arguments for pytest, only that one. Each room has its tests run by themselves."""
    python = str(venv_python())
    pytest = [python, "-m", "pytest"]
    if pytest_arguments:
        return [Step("pytest", [*pytest, *pytest_arguments], counted=True, alone=True)]
    lint_imports = str(venv_python().with_name("lint-imports" + (".exe" if WINDOWS else "")))
    rooms = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")} - set(ALONE)
    others = sorted(rooms - set(LONGEST))
    return [
        Step("ruff check", [python, "-m", "ruff", "check", "."]),
        Step("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        Step("mypy", [python, "-m", "mypy"]),
        Step("import-linter", [lint_imports]),
        *(Step(f"tests/{room}", [*pytest, f"tests/{room}"], counted=True) for room in LONGEST),
        Step("notebooks", [*pytest, "--nbval-lax", "notebooks"], counted=True),
        *(Step(f"tests/{room}", [*pytest, f"tests/{room}"], counted=True) for room in others),
        *(Step(f"tests/{room}", [*pytest, f"tests/{room}"], counted=True, alone=True) for room in ALONE),
    ]


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome of this machine."""
    found = (shutil.which(name) for name in CHROMIUM_NAMES)
    return next((path for path in found if path), None) or next((p for p in CHROMIUM_PLACES if Path(p).exists()), None)


def run_suite(pytest_arguments: list[str]) -> int:
    """Run every check, print a table of the results and what was missing; return 0 only when all of it was good."""
    missing = []
    if not find_chromium() and not (apt_install("chromium") and find_chromium()):
        missing.append("Chromium, for the browser tests: install it or Chrome (Debian: sudo apt-get install chromium)")
    plan = steps(pytest_arguments)
    with tempfile.TemporaryDirectory(prefix="restrike-lab-tests-") as scratch:
        environment = {k: v for k, v in clean_environment().items() if not k.startswith("RESTRIKE_LAB_")}
        if chromium := find_chromium():
            environment["RESTRIKE_CHROMIUM"] = chromium
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda step: step.run(environment, Path(scratch)), (s for s in plan if not s.alone)):
                pass
        for step in plan:
            if step.alone:
                step.run(environment, Path(scratch))
    missing += [line for step in plan for line in step.skipped]
    strict = os.environ.get("CI", "").lower() in {"1", "true"}
    print_summary(plan, missing, strict)
    return int(any(step.result != "ok" for step in plan) or (strict and bool(missing)))


def print_summary(plan: list[Step], missing: list[str], strict: bool) -> None:
    """Print a line per check, everything that was missing, and last the totals in the form pytest uses."""
    print(f"\n{'check':<20}{'result':<10}{'time':>9}")
    for step in plan:
        counts = ", ".join(f"{n} {word}" for word, n in step.counts.items() if n)
        print(f"{step.name:<20}{step.result:<10}{step.seconds:>7.1f} s  {counts}".rstrip())
    if missing:
        print("\nMissing or skipped" + (" (a failure where CI=true):" if strict else ":"))
        print("\n".join(f"  - {line}" for line in missing))
    total = {word: sum(step.counts.get(word, 0) for step in plan) for word in ("passed", "failed", "skipped")}
    print(f"\n{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
