"""``restrike-lab video``: where a bout is on video, its chapters, a page with a player, and clips."""

from __future__ import annotations

from traitlets import Dict, Float, Unicode

from restrike_lab.app.command import Command
from restrike_lab.hub.config import HubConfig
from restrike_lab.store.files import database_path

__all__ = ["Video"]


class Video(Command):
    """Tell where a match is on video, named by its id in the record or by the console's match number."""

    name = "video"
    arguments = "[recordings | replays | MATCH [events | youtube | ffmetadata | vtt | csv | page | clip SEQ]]"
    most_arguments = 3
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    output = Unicode("", help="File to write (also -o); empty: shown, or a name of its own for pages and clips.").tag(
        config=True
    )
    obs_instance = Unicode("", help="OBS instance whose videos are meant; empty: all.").tag(config=True)
    file = Unicode("", help="Video whose chapters are meant, where a match is in several files.").tag(config=True)
    folders = Dict(help="Folders of OBS's machine and where they are on this one, such as {'D:/rec': '/mnt/rec'}.").tag(
        config=True
    )
    before = Float(3.0, help="Seconds that chapters, places of the player and clips begin before their message.").tag(
        config=True
    )
    after = Float(3.0, help="Seconds that clips go on after their message.").tag(config=True)
    delay = Float(0.0, help="Seconds by which the camera's picture is behind when OBS gets it.").tag(config=True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.aliases = {**self.aliases, "o": "Video.output"}

    def run(self) -> int:
        """Do what the words say."""
        from restrike_lab.client.fill import Record
        from restrike_lab.client.query import Query
        from restrike_lab.client.video import Videos
        from restrike_lab.client.video.words import Wishes, obey

        directory = HubConfig(parent=self).directory
        engine = Query(lambda: Record(database_path(directory)))
        wishes = Wishes(
            output=self.output,
            instance=self.obs_instance or None,
            file=self.file or None,
            folders=self.folders,
            before_ms=self.before * 1000,
            after_ms=self.after * 1000,
            delay_ms=self.delay * 1000,
        )
        try:
            found = obey(Videos(directory, lambda: engine), self.extra_args, wishes)
        finally:
            engine.close()
        print(found if isinstance(found, str) or not hasattr(found, "to_string") else found.to_string(index=False))
        return 0
