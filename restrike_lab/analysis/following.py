"""What follows what: does one kind of event make another more likely within the next seconds?

For each ordered pair of kinds, the share of first events that a second one follows within t seconds is compared with
the share of random instants of the same round that one follows: that is what would be seen if the two had nothing to do
with each other, whatever the rhythm of either. Their ratio is the lift: 1 for nothing, 2 for twice as often.

A lift is no cause. Hits and points of one exchange come together because of the exchange.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import ibis
from scipy import stats

from restrike_lab.analysis.counts import BLOCKS
from restrike_lab.analysis.estimate import Estimate, Floats, Test, critical, number
from restrike_lab.analysis.fetch import fetched
from restrike_lab.analysis.linking import Table
from restrike_lab.analysis.multiple import benjamini_hochberg

__all__ = ["Following", "Pair", "follows", "marks"]

NS_PER_MS = 1_000_000
START, STOP = "start", "stop"
FEWEST = 5.0
"""Below so many expected followers a lift is not judged."""


@dataclass(frozen=True)
class Pair:
    """One ordered pair: of ``events`` of the kind ``first``, ``followed`` were followed by a ``second`` in time.

    ``expected`` is how many would have been by chance; ``adjusted_p`` is Benjamini and Hochberg's over all pairs.
    """

    first: str
    second: str
    events: int
    followed: int
    expected: float
    lift: Estimate
    test: Test
    adjusted_p: float = math.nan


@dataclass(frozen=True)
class Following:
    """All ordered pairs of kinds, the most surprising first, within ``within_ms``."""

    within_ms: int
    pairs: tuple[Pair, ...]

    def of(self, first: str, second: str) -> Pair | None:
        """Return one pair, ``None`` where it never could be seen."""
        found = [pair for pair in self.pairs if (pair.first, pair.second) == (first, second)]
        return found[0] if found else None

    @property
    def statement(self) -> str:
        """Say the result in one sentence."""
        sure = [pair for pair in self.pairs if pair.adjusted_p <= 0.05]
        if not self.pairs:
            return "There are no two events in a round, so nothing follows anything."
        seconds = number(self.within_ms / 1000)
        if not sure:
            return (
                f"Of {len(self.pairs)} ordered pairs none follows more or less often within {seconds} s than by chance."
            )
        top = max(sure, key=lambda pair: abs(math.log(max(pair.lift.value, 1e-3))))
        return (
            f"{len(sure)} of {len(self.pairs)} ordered pairs follow within {seconds} s unlike chance; most of all "
            f"'{top.second}' after '{top.first}', {top.lift} times as often."
        )


def marks(events: Table) -> Table:
    """Return the events that ``follows`` looks at: seq, match_id, round, ms, kind.

    Kinds: hit and point of blue and red, gam-jeom, superiority of each, challenge, injury.
    """
    side = ibis.cases((events.athlete == 1, " blue"), (events.athlete == 2, " red"), else_="")
    action = events.fields
    kind = ibis.cases(
        (events.stream == "hl", ibis.literal("hit").concat(side)),
        (events.stream == "pt", ibis.literal("point").concat(side)),
        ((events.stream == "wg") & ~action.rlike(":[1-9]"), ibis.null("string")),
        (events.stream == "wg", "gam-jeom"),
        ((events.stream == "sup") & (events.value > 0), ibis.literal("superiority").concat(side)),
        ((events.stream == "ch") & (action == "{}"), "challenge"),
        ((events.stream == "ij") & action.contains('"action":"show"'), "injury"),
    )
    table = events.select("seq", "match_id", "round", ms=_ms(events), kind=kind)
    return table.filter(table.kind.notnull() & table.match_id.notnull() & table["round"].notnull())


def follows(events: Table, *, within_ms: int = 5000) -> Following:
    """Return the lift of every ordered pair of kinds within ``within_ms`` of the running round clock.

    Time counts only while the clock runs, so that stoppages, in which nothing can happen, do not make everything else
    come together. The expected number is the sum over rounds of first events times the share of instants, from which
    ``within_ms`` can still be seen, that a second event follows in time; for a kind after itself one event fewer is
    taken, since it cannot follow itself. The interval is that of a ratio of sums over bouts (linearised, clustered by
    bout), on the logarithm; the test is of lift 1.
    """
    table = _on_the_clock(events)
    rows = fetched(_summed(table, _observed(table, within_ms), within_ms))
    pairs = []
    for (first, second), part in rows.groupby(["first", "second"], sort=True):
        followed, expected = part["followed"].to_numpy(float), part["expected"].to_numpy(float)
        pairs.append(_pair(str(first), str(second), int(part["events"].sum()), followed, expected))
    adjusted = benjamini_hochberg([pair.test.p for pair in pairs]).adjusted
    found = [replace(pair, adjusted_p=p) for pair, p in zip(pairs, adjusted, strict=True)]
    found.sort(key=lambda pair: (math.isnan(pair.test.p), pair.test.p, -pair.expected))
    return Following(within_ms, tuple(found))


def _on_the_clock(events: Table) -> Table:
    """Return the marks with ``ms`` counted while the clock of their round ran, and ``end`` of that count.

    Between one start or stop of the clock and the next it either runs or stands; the time between two rows counts where
    it runs. Rounds whose clock was never started are left out.
    """
    clock = events.filter((events.stream == "clk") & events.match_id.notnull() & events["round"].notnull())
    starts = clock.fields.contains('"action":"start"')
    switches = clock.filter(starts | clock.fields.contains('"action":"stop'))
    kind = ibis.ifelse(switches.fields.contains('"action":"start"'), START, STOP)
    switches = switches.select("seq", "match_id", "round", ms=_ms(switches), kind=kind)
    rows = marks(events).union(switches)
    of_round = ["match_id", "round"]
    order = ibis.window(group_by=of_round, order_by="seq")
    running = ibis.cumulative_window(group_by=of_round, order_by="seq")
    rows = rows.mutate(
        stretch=rows.kind.isin([START, STOP]).cast("int64").sum().over(running),
        gap=(rows.ms - rows.ms.lag().over(order)).fill_null(0),
        # The time before a row belongs to the stretch of the row before it.
        switch=(rows.kind == START).cast("int64"),
    )
    whole = ibis.window(group_by=[*of_round, "stretch"])
    rows = rows.mutate(runs=rows.switch.max().over(whole))
    rows = rows.mutate(counted=ibis.ifelse(rows.runs.lag().over(order).fill_null(0) == 1, rows.gap, 0))
    rows = rows.mutate(gone=rows.counted.sum().over(running))
    everything = ibis.window(group_by=of_round)
    rows = rows.mutate(end=rows.gone.max().over(everything), began=rows.switch.max().over(everything))
    rows = rows.filter((rows.began == 1) & ~rows.kind.isin([START, STOP]))
    return rows.select("seq", "match_id", "round", "kind", "end", ms="gone", begin=ibis.literal(0))


def _ms(events: Table) -> Table:
    return (events.mono_ns - events.mono_ns % NS_PER_MS + NS_PER_MS // 2) // NS_PER_MS


def _observed(table: Table, within_ms: int) -> Table:
    """Return per round and kind how many events there are and which share of instants one follows in time."""
    order = ibis.window(group_by=["match_id", "round", "kind"], order_by=["ms", "seq"])
    before = table.ms.lag().over(order).coalesce(table.begin)
    last = table.end - within_ms
    since = ibis.greatest(table.ms - within_ms, before, table.begin)
    until = ibis.least(table.ms, last)
    timed = table.select("match_id", "round", "kind", "begin", last=last, waits=ibis.greatest(until - since, 0))
    timed = timed.filter(timed["last"] > timed.begin)
    grouped = timed.group_by(["match_id", "round", "kind"])
    summed = grouped.aggregate(
        second_events=timed.count(), waits=timed.waits.sum(), span=(timed["last"] - timed.begin).max()
    )
    return summed.select("match_id", "round", "second_events", second="kind", share=summed.waits / summed.span)


def _summed(table: Table, observed: Table, within_ms: int) -> Table:
    """Return per block of bouts and pair: first events, those followed, and how many would be by chance."""
    firsts = table.filter(table.ms <= table.end - within_ms)
    counted = firsts.group_by(["match_id", "round", "kind"]).aggregate(events=firsts.count())
    counted = counted.select("match_id", "round", "events", first="kind")
    chance = counted.inner_join(observed, ["match_id", "round"])
    fewer = (chance.second_events - 1) / chance.second_events
    of_itself = 1 - (1 - ibis.least(chance.share, 1.0)).pow(fewer)
    share = ibis.ifelse(chance["first"] == chance.second, of_itself, chance.share)
    expected = chance.mutate(expected=chance.events * share)
    joined = expected.left_join(_followed(table, firsts, within_ms), ["match_id", "round", "first", "second"])
    joined = joined.mutate(block=joined.match_id % BLOCKS, seen=joined.followed.fill_null(0))
    return joined.group_by(["block", "first", "second"]).aggregate(
        events=joined.events.sum(), followed=joined.seen.sum(), expected=joined.expected.sum()
    )


def _followed(table: Table, firsts: Table, within_ms: int) -> Table:
    """Return per round and pair how many first events had a second one in time, by a join over buckets of time."""
    later = table.select(
        "match_id",
        "round",
        second="kind",
        later_ms="ms",
        later_seq="seq",
        bucket=ibis.array([table.ms // within_ms - 1, table.ms // within_ms]).unnest(),
    )
    sooner = firsts.select("match_id", "round", "seq", "ms", first="kind", bucket=firsts.ms // within_ms)
    near = sooner.inner_join(later, ["match_id", "round", "bucket"])
    gap = near.later_ms - near.ms
    near = near.filter((near.later_seq > near.seq) & gap.between(0, within_ms))
    once = near.select("match_id", "round", "first", "second", "seq").distinct()
    return once.group_by(["match_id", "round", "first", "second"]).aggregate(followed=once.count())


def _pair(first: str, second: str, events: int, followed: Floats, expected: Floats) -> Pair:
    method = "ratio over bouts, log"
    seen, chance, clusters = float(followed.sum()), float(expected.sum()), len(followed)
    nothing = Test(math.nan, math.nan, method)
    if not chance:
        return Pair(first, second, events, int(seen), chance, Estimate(math.nan, method=method), nothing)
    lift = seen / chance
    if clusters < 3 or chance < FEWEST or not seen:
        # Without a follower: the greatest lift that leaves none with a chance of 2.5 %.
        high = -math.log(0.025) / chance if not seen else math.nan
        return Pair(first, second, events, int(seen), chance, Estimate(lift, 0.0, high, method), nothing)
    correction = clusters / (clusters - 1)
    error = math.sqrt(correction * float(((followed - lift * expected) ** 2).sum())) / seen
    if not error:
        return Pair(first, second, events, int(seen), chance, Estimate(lift, method=method), nothing)
    reach = critical(clusters - 1) * error
    t = math.log(lift) / error
    test = Test(t, 2 * float(stats.t.sf(abs(t), clusters - 1)), method)
    interval = Estimate(lift, lift * math.exp(-reach), lift * math.exp(reach), method)
    return Pair(first, second, events, int(seen), chance, interval, test)
