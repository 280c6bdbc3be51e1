"""The README says what the code does: generated tables are up to date, and nothing is left out."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from restrike_lab.app.commands import COMMANDS
from restrike_lab.app.reference import command_classes, fill
from restrike_lab.store.schema import MIGRATIONS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    """Return what stands under a heading."""
    return re.split(r"^## ", README.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]


def test_the_generated_tables_are_up_to_date() -> None:
    assert fill(README) == README, "run: python -m restrike_lab.app.reference"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert f"| `restrike-lab {command} [options]" in section("Commands")


def test_every_setting_is_documented_with_option_and_variable() -> None:
    for command in command_classes():
        for setting in command.settings():
            assert f"`--{setting.option}`" in section("Commands"), setting.target
            assert f"`{setting.variable}`" in section("Commands"), setting.target
            assert setting.help, setting.target


def test_every_table_of_the_database_is_documented() -> None:
    tables = re.findall(r"CREATE (?:TABLE|VIEW) (\w+)", "".join(MIGRATIONS))
    assert [table for table in tables if f"`{table}`" not in section("Database")] == []


def test_every_websocket_message_is_documented() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "restrike_lab" / "hub").glob("*.py"))
    types = set(re.findall(r'"type": "(\w+)"', sources)) | set(re.findall(r'tag="(\w+)"', sources))
    assert {"snapshot", "pss_event", "match", "metrics", "alert", "error", "reply"} <= types
    assert [kind for kind in sorted(types) if f"| `{kind}` |" not in section("WebSocket")] == []


def test_every_stream_is_documented() -> None:
    assert section("Protocol").count("\n| `") > 25


def test_links_and_pictures_of_the_readme_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def pins() -> dict[str, str]:
    """Return the pinned version of every package."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return {canonical(line.partition("==")[0]): line.partition("==")[2] for line in lines if "==" in line}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_pinned_and_no_index_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = [canonical(re.split(r"[\[<>=!~ ;]", entry)[0]) for entry in wanted]
    assert [name for name in names if name not in pins()] == []
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert not any("://" in line or line.startswith("-") for line in lines)


@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0"])
def test_every_pinned_version_takes_every_python_that_the_project_takes(python: str) -> None:
    installed = {canonical(one.metadata["Name"]): one for one in distributions()}
    refused = [
        f"{name} {version} takes {wanted}"
        for name, version in pins().items()
        if name in installed
        and installed[name].version == version
        and (wanted := installed[name].metadata.get("Requires-Python"))
        and python not in SpecifierSet(wanted)
    ]
    assert refused == []
