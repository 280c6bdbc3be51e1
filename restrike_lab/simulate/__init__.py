"""A console without a console: simulated tournaments with known truth, captures, replay and floods.

``console`` sends what a scoring console sends, message by message; ``director`` decides what happens on the mat, drawn
from ``model``; ``tournament`` spreads bouts over courts and writes down the truth. ``capture`` reads and writes files
of datagrams, ``send`` plays them over UDP at any speed, ``flood`` sends as fast as is asked. Time is virtual in all
but the last two, and everything drawn follows from a seed.
"""

__all__: list[str] = []
