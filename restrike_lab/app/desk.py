"""Where a command's decisions about recognition are made: by the hub that runs, or here under its lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restrike_lab.client.attach import Attachment
from restrike_lab.client.errors import NoHubError
from restrike_lab.client.feed import LiveFeed
from restrike_lab.hub.ownership import is_owned
from restrike_lab.store.errors import StoreError
from restrike_lab.store.files import database_path

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Desk", "desk"]

Send = Callable[[str, Mapping[str, Any]], Any]
ANSWER_SECONDS, DECIDING_SECONDS = 10.0, 600.0


class Desk:
    """Be to ``client.recognition`` what a ``Lab`` is."""

    def __init__(self, data_dir: Path, stack: ExitStack) -> None:
        self.data_dir = data_dir
        if is_owned(data_dir):
            feed = LiveFeed(Attachment(data_dir).locate)
            feed.start()
            stack.callback(feed.close)
            if not feed.wait(lambda feed: feed.connected, ANSWER_SECONDS):
                raise feed.problem or NoHubError(f"the hub of {data_dir} does not answer", hint="try again in a moment")
            self._send: Send = lambda name, args: feed.command(name, dict(args), DECIDING_SECONDS)
        else:
            from restrike_lab.hub.alone import alone

            self._send = stack.enter_context(alone(data_dir)).command

    def command(self, name: str, /, timeout: float = DECIDING_SECONDS, **args: Any) -> Any:
        """Have a command carried out; raises ``RestrikeError`` with the reason where it is refused."""
        return self._send(name, args)

    def sql(self, query: str) -> pd.DataFrame:
        """Not for a command: it reads what it needs in plain rows."""
        raise AssertionError("a command asks no questions in SQL here")


@contextmanager
def desk(data_dir: Path, *, deciding: bool = False) -> Iterator[Desk]:
    """Have a desk for the length of a block; only who is ``deciding`` begins a record where there is none."""
    if not deciding and not database_path(data_dir).is_file():
        raise StoreError(f"there is no record in {data_dir}", hint="name the data directory with --data-dir")
    with ExitStack() as stack:
        yield Desk(data_dir, stack)
