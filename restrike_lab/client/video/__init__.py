"""``lab.video``: every event of a recorded bout with its place in the video, and what can be made of that.

``clocks`` brings what was observed of recordings and replays together, ``marks`` chooses the events that people look
for, ``videos`` puts events and files side by side; ``chapters``, ``page`` and ``clips`` are what comes of it, ``words``
is how it is asked for on the command line and behind ``%restrike video``.
"""

from restrike_lab.client.video.clips import VideoError
from restrike_lab.client.video.match_video import MatchVideo
from restrike_lab.client.video.videos import Videos

__all__ = ["MatchVideo", "VideoError", "Videos"]
