"""A bout in the console's own words and order, for tests that look at the screen."""

from __future__ import annotations

__all__ = ["first_round", "load"]


def load(
    number: str = "101",
    blue: str = "Marko HORVAT",
    red: str = "KIM Tae-hun",
    phase: str = "Semifinals",
    countries: tuple[str, str] = ("CRO", "KOR"),
) -> list[str]:
    """Return the messages with which the console loads a match."""
    colours = "#0000ff;#FFFFFF;#ff0000;#FFFFFF"
    return [
        "pre;FightLoaded",
        "ref;;;ju1;;;ju2;;;ta;;;",
        f"at1;{blue};{blue};{countries[0]};at2;{red};{red};{countries[1]}",
        f"mch;{number};{phase};M -68kg;0;{colours};null;Seniors;3;120;cntDown;20;5",
        "wg1;0;wg2;0",
        "wrd;rd1;0;rd2;0;rd3;0",
        "s11;0;s21;0;s12;0;s22;0;s13;0;s23;0",
        "sc1;0;sc2;0",
        "clk;02:00",
        "rnd;1",
        "sup;0",
        "rdy;FightReady",
    ]


def first_round() -> list[str]:
    """Return a first round: body kick and head kick for blue, punch for red, a gam-jeom against red."""
    return [
        "clk;02:00;start",
        "clk;01:59",
        "clk;01:58",
        "hl1;57",
        "sup;1",
        "sc1;2;sc2;0",
        "s11;2;s21;0;s12;0;s22;0;s13;0;s23;0",
        "pt1;2",
        "clk;01:57",
        "sc1;2;sc2;1",
        "s11;2;s21;1;s12;0;s22;0;s13;0;s23;0",
        "pt2;1",
        "hl1;34",
        "sc1;5;sc2;1",
        "s11;5;s21;1;s12;0;s22;0;s13;0;s23;0",
        "pt1;3",
        "clk;01:44;stop",
        "sc1;6;sc2;1",
        "s11;6;s21;1;s12;0;s22;0;s13;0;s23;0",
        "wg1;0;wg2;1",
        "clk;01:44;start",
        "hl2;22",
    ]
