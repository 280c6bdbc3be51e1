"""``%restrike settings``: shown and changed like on the command line, with what may come next for the Tab key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from restrike_lab.client.errors import CommandError
from restrike_lab.kernel.commands import Session
from restrike_lab.kernel.config import RestrikeLab
from restrike_lab.kernel.notes import UsageProblem
from restrike_lab.kernel.settings import next_words
from tests.client.test_feed import until


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    data_dir: Path = tmp_path_factory.mktemp("settings") / "data"
    session = Session(RestrikeLab(data_dir=str(data_dir), port=0, ws_port=0, bind="127.0.0.1"), {})
    session.run("start")
    yield session
    session.close()


def test_a_setting_is_shown_changed_with_its_reason_and_taken_back(session: Session) -> None:
    assert "screen.theme" in str(session.run("settings"))
    assert str(session.run('settings set screen.theme dark because "it is late"')) == "screen.theme = dark"
    until(lambda: session.opened().settings.screen.theme == "dark")
    newest = str(session.run("settings history screen.theme")).splitlines()[0]
    assert newest.endswith("default -> dark: it is late")
    assert str(session.run(f"settings undo {newest.split()[0]}")) == "screen.theme = default"


def test_what_makes_no_sense_is_refused_with_the_way_out(session: Session) -> None:
    with pytest.raises(CommandError) as refusal:
        session.run("settings set screen.theme pink")
    assert "auto, light, dark" in refusal.value.hint
    with pytest.raises(UsageProblem):
        session.run('settings set screen.theme "dark')


def test_the_tab_key_knows_words_keys_and_choices(session: Session) -> None:
    lab = session.opened()
    assert "history" in next_words(lab, ["settings"])
    assert "network.allow" in next_words(lab, ["settings", "set"])
    assert next_words(lab, ["settings", "set", "screen.theme"]) == ["auto", "light", "dark"]
    assert next_words(lab, ["settings", "set", "recording.archive"]) == ["on", "off"]
    assert next_words(lab, ["settings", "undo"]) == []
