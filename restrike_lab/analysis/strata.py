"""What a hit or a point belongs to: the match with its class, sex, division and thresholds, and the person.

The console knows no persons. An athlete is taken for the same where short name, long name and country are; two of one
name and country would be taken for one, and one who is written in two ways for two.
"""

from __future__ import annotations

import ibis

from restrike_lab.analysis.linking import Table

__all__ = ["MATCH_COLUMNS", "with_athletes", "with_match"]

MATCH_COLUMNS = ("number", "phase", "weight_class", "division", "min_body_level", "min_head_level", "round_ms", "count")
"""Columns of a match that hits and points are looked at by; ``sex`` is added to them."""


def with_match(table: Table, matches: Table) -> Table:
    """Return ``table`` (with match_id) with the columns of the match beside each row, NULL where it is not known.

    ``sex`` is "men" or "women" by the first letter of the weight class (``M -68kg``, ``W -49kg``, ``F -49kg``).
    """
    present = [name for name in MATCH_COLUMNS if name in matches.columns and name not in table.columns]
    letter = matches.weight_class.strip().upper().substr(0, 1)
    sex = ibis.cases((letter == "M", "men"), (letter.isin(["W", "F"]), "women"))
    of_match = matches.select(*present, in_match=matches.match_id, sex=sex)
    joined = table.left_join(of_match, table.match_id == of_match.in_match)
    return joined.select(*(table[name] for name in table.columns), *(of_match[name] for name in (*present, "sex")))


def with_athletes(table: Table, athletes: Table) -> Table:
    """Return ``table`` (with match_id and athlete) with ``person`` and ``person_number``: who hit or scored.

    ``person`` is a text. Its number is its rank among the names of ``athletes``, so that every engine gives the same
    one, which no hash promises. Where nobody is named, blue and red of a match are each a person of their own, with
    a negative number.
    """
    name = athletes.long_name.nullif("").coalesce(athletes.short_name.nullif(""))
    named = athletes.select(
        of_match=athletes.match_id,
        of_athlete=athletes.athlete,
        full=name.concat(" (", athletes.country.nullif("").coalesce("?"), ")"),
    )
    named = named.filter(named.full.notnull())
    named = named.mutate(rank=ibis.dense_rank().over(ibis.window(order_by="full")))
    joined = table.left_join(named, [table.match_id == named.of_match, table.athlete == named.of_athlete])
    corner = table.match_id.cast("string").concat("/", table.athlete.cast("string"))
    return joined.select(
        *(table[column] for column in table.columns),
        person=named.full.coalesce(corner),
        person_number=named["rank"].coalesce(-2 * table.match_id - table.athlete),
    )
