"""Judges each gauge by its plain threshold and its learnt limit.

Rules

1. The baseline learns a little once a beat, from a sample that is in line. A new gauge learns from each sample. A gauge
   that was out of line for a very long time learns its new value.
2. A gauge that is over its limit in a few samples in a row is raised once. A raised gauge that is back in line in a few
   samples in a row is cleared once.
3. Where noise alone can reach the operator's threshold, or has a heavy tail, an anomaly begins only if the mean of the
   last seconds is over too. This holds for nodes; the symptoms of a link have to come together, to tell its fault.
4. A missing sample changes nothing.
5. During a common rise of the network, the expected value of each element includes the rise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.detector.core import rules
from services.detector.core.common import LOAD_DOWN, NO_SHIFT, Post, Shift
from services.detector.core.layout import Bools, Floats, Ints, Layout, carried, origin_among
from services.detector.core.peers import Peers
from services.detector.core.queueing import Queueing
from services.detector.core.rules import ROWS
from services.detector.core.smoothing import RecentMeans
from services.detector.core.tails import HEAVY, HeldDeviations, Tails
from shared.domain.config import Thresholds
from shared.domain.kinds import ElementKind

LEAST_SHARE = 0.01  # of the expected value: the smallest spread with which limits are reckoned
PAUSE = 30.0  # seconds after an anomaly in which no deviations are recorded, unless it ends sooner
MATTERS = 0.5  # share of the distance to the limit; a gauge above it counts for a common rise
LEAST_LOAD = 1.0  # % utilisation; of a smaller expected utilisation, no multiples are computed
WIDEN = 20.0  # after so many samples, the learnt limit is still twice as wide as in the end


NEVER = -1  # a beat before all others


@dataclass(frozen=True)
class GaugeChange:
    """`place`: its index in the arrays. `tick`, `since`: number and time of the first sample over the limit, or of the
    first sample back in line.
    """

    place: int
    tick: int
    since: float


class Gauges:
    """The state of all gauges of one partition: one array for each quantity, with one value for each gauge."""

    _STATE = (
        ("expected", 0.0),
        ("spread", 0.0),
        ("seen", 0.0),
        ("open", False),
        ("growing", False),
        ("release", np.inf),
        ("age", 0.0),
        ("over", 0.0),
        ("back", 0.0),
        ("since_tick", 0.0),
        ("since", 0.0),
        ("busy", False),
    )
    expected: Floats
    spread: Floats
    seen: Floats
    open: Bools
    growing: Bools
    release: Floats
    age: Floats
    over: Floats
    back: Floats
    since_tick: Floats
    since: Floats
    busy: Bools
    limit: Floats
    usual: Floats
    """The value that is expected now: the learnt value, raised by a common rise of the network if there is one."""
    unusual: Floats
    """Of a gauge of load: the value that it hardly ever passes while it is healthy, whether or not that does harm. Of
    another gauge: infinity.
    """
    by_load: Floats
    """How much of the sample at this tick is the delay that the load of the link adds."""

    def __init__(self, peers: Peers) -> None:
        self._peers, self._held = peers, HeldDeviations()
        self._queueing, self._means = Queueing(), RecentMeans()
        self.known = peers.at(NEVER)
        for name, fresh in self._STATE:
            setattr(self, name, np.full(0, fresh))
        self._layout = Layout()
        self.rebuild(Layout(), np.zeros(0, np.int64), Thresholds())

    def rebuild(self, layout: Layout, source: Ints, thresholds: Thresholds) -> None:
        old = len(self.expected)
        for name, fresh in self._STATE:
            setattr(self, name, carried(getattr(self, name), source, fresh))
        self._queueing.rebuild(origin_among(np.arange(old)[self._layout.loads], source[layout.loads], old))
        self.by_load = np.zeros(len(source))
        self.unusual = np.full(len(source), np.inf)
        self._layout, self._shift = layout, NO_SHIFT
        self._least, self._share, self._spare = (
            layout.spread_out([getattr(spec.judging, name) for spec in ROWS]) for name in ("least", "share", "spare")
        )
        self._resolution = layout.spread_out([10.0**-spec.digits for spec in ROWS])
        self._row = np.repeat(np.arange(len(ROWS)), layout.sizes)
        self._held.rebuild(source)
        self._means.rebuild(source)
        self._above = layout.spread_out([rules.least_that_matters(spec) for spec in ROWS])
        self._quick, self._by_path = (
            layout.spread_out([getattr(spec.judging, name) for spec in ROWS]) > 0 for name in ("quick", "by_path")
        )
        self._of_node = layout.spread_out([spec.element is ElementKind.NODE for spec in ROWS]) > 0
        self._warm = False
        self.apply(layout, thresholds)

    def apply(self, layout: Layout, thresholds: Thresholds) -> None:
        self._plain = layout.spread_out([thresholds.limit_of(spec) for spec in ROWS])
        self.release[~self.growing] = np.inf
        self._update_limits()

    @property
    def reckoned(self) -> Floats:
        """The spread with which limits are reckoned: at least the resolution of a sample."""
        return np.maximum(self.spread, np.maximum(self._resolution, LEAST_SHARE * np.abs(self.expected)))

    def _update_limits(self) -> None:
        young = self.seen < rules.WARM_UP
        self.usual = self._usual_with_shift() if self._shift else self.expected
        wide = self.known.tails.limits[self._row] * (1 + WIDEN / np.maximum(self.seen, 1)) * self.reckoned
        for row in rules.BUSY_ROWS:
            at = self._layout.rows[row]
            self.unusual[at] = self.usual[at] + self.known.narrower(row) * wide[at]
        least = np.maximum(wide, self._least)
        effect = np.maximum(least, self._share * self.usual)
        learnt = self.usual + np.maximum(effect, self._spare * (100 - self.usual))
        np.maximum(learnt, self._above, out=learnt)
        learnt[young] = np.inf
        crossed_by_noise = (self.usual < self._plain) & (self.usual + wide > self._plain)
        tails = self.known.tails
        heavy = tails.index[self._row] > HEAVY
        self._noisy = self._of_node & ~young & tails.sure[self._row] & (heavy | crossed_by_noise)
        no_plain_limit = self._by_path & (young | (self.usual + least > self._plain))
        self.limit = np.minimum(learnt, np.where(no_plain_limit, np.inf, self._plain))
        # A full link that is slow or lossy is congested, unless its usual utilisation is NEARLY_FULL already.
        load = self._layout.rows[rules.LOAD_ROW]
        full = np.where(self.usual[load] < rules.NEARLY_FULL, rules.FULL, np.inf)
        self.limit[load] = np.minimum(self.limit[load], full)
        if self._shift:
            self._widen_limits(learnt)
        bar = np.minimum(self.limit, np.maximum(self.usual + effect, self._above))
        self._strong = np.where(young, self.limit, bar)
        # To be back in line, CPU usage must fall just below its limit, any other gauge to halfway between its limit and
        # its usual value.
        share = np.where(self._spare > 0, 1.0, rules.RELEASE)
        release = self.usual + share * (self.limit - self.usual)
        half = self.usual + rules.RELEASE * (self.limit - self.usual)  # the usual value may be close to the limit
        release = np.minimum(release, np.maximum(rules.RELEASE_OF_LIMIT * self.limit, half))
        # A limit that rises meanwhile, as what is known grows, ends no anomaly.
        lasts = self.open & (self.age <= rules.FORGIVE_SECONDS) & (not self._shift)
        release = np.where(lasts, np.minimum(self.release, release), release)
        self.release = np.where(self.growing & self.open, self.release, release)

    # --- what is judged

    def without_load(self, samples: Floats) -> Floats:
        """Return the samples without the delay that load adds. See `queueing`."""
        load, delay, by_peers = self._layout.loads, self._layout.delays, self.known.delay_by_load
        of_others = np.full(len(self.expected[delay]), 0.0 if by_peers is None else by_peers)
        if by_peers is None and self._shift.load > 1.0:
            of_others = self.expected[delay]  # the most that load can explain: that all of the delay is waiting
        added = self._queueing.added(samples[load], self._usual_load(samples), of_others)
        self.by_load[delay] = np.where(samples[delay] > self._plain[delay], 0.0, added)
        return samples - self.by_load

    def smoothed(self, values: Floats, beat: bool, seconds: float) -> Floats:
        """Return the values to judge. `beat`: whether the tick starts a beat; `seconds`: the length of a beat."""
        self._means.add(values, beat)
        if not self._noisy.any():
            return values
        return np.where(self._noisy & ~self.open, np.minimum(values, self._means.means(seconds)), values)

    def _usual_load(self, samples: Floats) -> Floats:
        load = self._layout.loads
        usual: Floats = np.where(self.seen[load] < rules.WARM_UP, samples[load], self.expected[load])
        return usual

    # --- common rises

    def post(self, values: Floats, at: float, interval: float) -> Post:
        excess = values - self.expected
        excess[self.seen < rules.WARM_UP] = np.nan
        load = self._layout.rows[rules.LOAD_ROW]
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = 1 + excess[load] / np.where(self.expected[load] >= LEAST_LOAD, self.expected[load], np.nan)
        over = excess > MATTERS * (self.limit - self.usual)
        over[load] = ratio > LOAD_DOWN
        counts = np.add.reduceat(np.append(over, False).astype(np.int64), self._layout.starts[:-1])
        counts *= self._layout.filled  # for an empty row, `reduceat` returns the first value of the next
        return Post(at, interval, self._layout, excess, over, ratio, tuple(counts.tolist()))

    def expect(self, shift: Shift) -> None:
        if shift or self._shift:
            self._shift = shift
            self._update_limits()

    def _usual_with_shift(self) -> Floats:
        usual = self.expected.copy()
        usual[self._layout.rows[rules.LOAD_ROW]] *= self._shift.load
        for row, by in self._shift.rises.items():
            usual[self._layout.rows[row]] += by
        return usual

    def _widen_limits(self, learnt: Floats) -> None:
        """Raise the limits that a common rise alone could cross, such as plain thresholds and limits of loss."""
        rows, shift = self._layout.rows, self._shift
        for row in shift.rises.keys() & rules.PAST_PLAIN:
            self.limit[rows[row]] = learnt[rows[row]]
        if shift.load > 1.0:
            offered = self.usual[rows[rules.LOAD_ROW]]
            self.limit[rows[rules.DELAY_ROW]][offered >= rules.NEARLY_FULL] = np.inf
            fits = np.minimum(1.0, 100 / np.maximum(1.0, rules.UNSURE_OF_LOAD * offered))
            self.limit[rows[rules.LOSS_ROW]] += 100 * (1 - fits)
        for row in self._carried():
            self.limit[rows[row]] = np.inf

    def _carried(self) -> list[int]:
        """Return the metrics of nodes that are not judged now, since a common rise makes all paths slow or lossy."""
        shift = self._shift
        return [row for row, cause in rules.CARRIED_FROM.items() if shift.load > 1.0 or cause in shift.rises]

    def _shifted(self) -> Bools:
        """Return which gauges a common rise moves. The baselines of these gauges follow deviations of any size."""
        shifted = np.full(len(self.expected), False)
        if self._shift.load > 1.0:
            shifted[:] = True
        for row in (*self._shift.rises, *self._carried()):
            shifted[self._layout.rows[row]] = True
        return shifted

    # --- learning

    def learn(self, partition: int, values: Floats, beat: int | None) -> None:
        """`beat`: the number of the beat that the tick starts; if it starts none, only new gauges learn."""
        if beat is None and self._warm:
            return
        calm = (values == values) & ~self._over(values) & ~self.open
        if self._shift:
            calm &= values <= self._plain  # in a common rise, no value beyond the plain threshold becomes normal
        forgiven = self.open & (self.age > rules.FORGIVE_SECONDS) & (values == values)
        young = self.seen < rules.WARM_UP
        learns = (calm | forgiven) if beat is not None else calm & young
        off = np.where(learns, values - self.expected, 0.0)
        freely = young | forgiven
        free = freely | self._shifted() if self._shift else freely
        reckoned = self.reckoned
        if beat is not None:
            deviations = (values - self.usual) / reckoned
            self._learn_with_peers(partition, beat, values, deviations, ~self.open & ~young)
        clip = np.where(free, np.inf, rules.CLIP * reckoned)
        rate = np.maximum(rules.LEARN, 1 / (self.seen + 1))
        self.expected += rate * np.clip(off, -clip, clip)
        self._learn_spread(np.abs(off), learns, freely, rate)
        self.seen += learns
        self._warm = not bool((self.seen < rules.WARM_UP).any())
        self._update_limits()

    def _learn_with_peers(self, partition: int, beat: int, values: Floats, deviations: Floats, healthy: Bools) -> None:
        peers, known = self._peers, self.known
        load, delay = self._layout.loads, self._layout.delays
        above = values[delay] + self.by_load[delay] - self.expected[delay]
        if not self._shift:
            self._queueing.learn(above, values[load], self._usual_load(values), healthy[delay] & healthy[load])
        peers.delays.post(partition, beat, self._queueing.known())
        lately = self.open & (self.age <= PAUSE)
        peers.raised.post(partition, beat, (int(lately.sum()), len(lately)))
        if known.records:
            self._held.add(beat, peers.record, known.tails, self._row, deviations, healthy)
        else:
            self._held.clear()
        self.known = peers.at(beat)

    def _learn_spread(self, off: Floats, learns: Bools, freely: Bools, rate: Floats) -> None:
        step = np.maximum(rules.SPREAD_STEP, np.minimum(rate, 1 / rules.WARM_UP))
        spread = self.reckoned
        step[off > rules.FAR * spread] = 0.0  # a gauge that leaves its baseline must not raise its limit by this
        nudged = spread * (1 + step * np.sign(off - spread))
        averaged = self.spread + rate * (off - self.spread)
        self.spread = np.where(learns, np.where(freely, averaged, nudged), self.spread)

    # --- judging

    def judge(
        self, values: Floats, tick: int, at: float, interval: float
    ) -> tuple[list[GaugeChange], list[GaugeChange]]:
        """Return the gauges that are raised, and the gauges that are cleared."""
        over = self._over(values)
        places = np.flatnonzero(over | self.busy)
        if not places.size:
            return [], []
        is_open = self.open[places]
        raised = self._rise(places[~is_open], values, over, tick, at)
        self.age[places[is_open]] += interval
        cleared = self._fall(places[is_open], values, tick, at)
        self.busy[places] = self.open[places] | (self.over[places] > 0)
        return raised, cleared

    def _over(self, values: Floats) -> Bools:
        over = values > self.limit
        load, delay, loss = (self._layout.rows[row] for row in (rules.LOAD_ROW, rules.DELAY_ROW, rules.LOSS_ROW))
        if over[load].any():
            over[load] &= over[delay] | over[loss] | self.open[delay] | self.open[loss]
        return over

    def _back(self, values: Floats) -> Bools:
        back = values < self.release
        load, delay, loss = (self._layout.rows[row] for row in (rules.LOAD_ROW, rules.DELAY_ROW, rules.LOSS_ROW))
        back[load] |= back[delay] & back[loss]
        return back

    def _rise(self, places: Ints, values: Floats, over: Bools, tick: int, at: float) -> list[GaugeChange]:
        x, is_over = values[places], over[places]
        first = is_over & (self.over[places] == 0)
        self.since_tick[places[first]], self.since[places[first]] = tick, at
        self.over[places] = np.where(is_over, self.over[places] + 1, np.where(np.isnan(x), self.over[places], 0))
        strong = x - self.usual[places] > rules.STRONG * (self._strong[places] - self.usual[places])
        long = (tick - self.since_tick[places] + 1 >= rules.RAISE_SAMPLES) | self._quick[places]
        known = self.over[places]
        enough = (known >= rules.RAISE_SAMPLES) | (strong & long & (known >= rules.QUICK_SAMPLES))
        return [self.raise_(int(place)) for place in places[is_over & enough]]

    def _fall(self, places: Ints, values: Floats, tick: int, at: float) -> list[GaugeChange]:
        x = values[places]
        is_back = self._back(values)[places]
        first = is_back & (self.back[places] == 0)
        self.since_tick[places[first]], self.since[places[first]] = tick, at
        self.back[places] = np.where(is_back, self.back[places] + 1, np.where(np.isnan(x), self.back[places], 0))
        long = tick - self.since_tick[places] + 1 >= rules.CLEAR_SAMPLES
        enough = long & (self.back[places] >= rules.QUICK_SAMPLES)
        return [self.clear(int(place)) for place in places[is_back & enough]]

    def raise_(self, place: int) -> GaugeChange:
        self.open[place], self.busy[place], self.over[place], self.back[place], self.age[place] = True, True, 0, 0, 0
        self._held.drop(place)
        return GaugeChange(place, int(self.since_tick[place]), float(self.since[place]))

    def clear(self, place: int) -> GaugeChange:
        self.open[place], self.growing[place], self.over[place], self.back[place] = False, False, 0, 0
        self._means.forget(place)
        return GaugeChange(place, int(self.since_tick[place]), float(self.since[place]))

    def grow(self, place: int, value: float) -> None:
        """The anomaly ends when the gauge loses a share of its gain."""
        self.growing[place] = True
        lost = rules.GROWTH_RELEASE * (value - self.expected[place])
        self.release[place] = self.expected[place] + lost

    def score(self, place: int, value: float, tails: Tails | None = None) -> float:
        """Return how improbable a value is for a healthy gauge: -log10 of the probability. `tails`: by default those of
        the peers.

        A new gauge crossed the operator's threshold: nothing is known of how rare that is there, and the score is 0.
        """
        if self.seen[place] < rules.WARM_UP:
            return 0.0
        deviation = (value - float(self.usual[place])) / float(self.reckoned[place])
        return (tails or self.known.tails).score(int(self._row[place]), deviation)

    def adopt(self, place: int, expected: float) -> None:
        """`expected`: the value that the other detector expected."""
        self.expected[place], self.release[place] = expected, np.inf
        self.seen[place] = max(self.seen[place], rules.WARM_UP)
        self.raise_(place)
        self._update_limits()

    def relearn(self, place: int) -> None:
        """Close the anomaly of the gauge at `place` without an event, and discard the baseline of the gauge."""
        self.clear(place)
        self.seen[place], self._warm = 0, False
        self._update_limits()

    def forget_runs(self) -> None:
        self.over[:], self.back[:] = 0, 0
