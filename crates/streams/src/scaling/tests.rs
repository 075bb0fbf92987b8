//! Days of traffic against the planner, with a clock that is a number: what shards there are and what is
//! throttled, hour by hour.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::state::command::NewStream;
use crate::state::{Change, Command, Distribution, Reshard, State};

const NOW_MS: u64 = 1_700_006_400_000;
const MINUTE_MS: u64 = 60_000;
const RECORD_BYTES: u64 = 4 * 1024;
const MB: f64 = 1e6;
/// Where the one key of the hot-key shape falls.
const HOT_KEY: u128 = u128::MAX / 3;

/// What is offered in a minute, in bytes a second: spread evenly, and of one key.
#[derive(Clone, Copy, Default)]
struct Offer {
    even: f64,
    one_key: f64,
}

/// A stream, what went into each of its shards, and the planner's memory of it.
struct Simulation {
    state: State,
    track: Track,
    counted: BTreeMap<u32, u64>,
    shares: BTreeMap<u32, f64>,
    now_ms: u64,
    reshards: u32,
    offered: f64,
    throttled: f64,
}

impl Simulation {
    fn new(mode: Mode, shard_count: u32, warm_mibps: Option<u32>) -> Self {
        let new = NewStream {
            account: "000000000000".into(),
            region: "us-east-1".into(),
            name: "s".into(),
            shard_count,
            mode,
            active_at_ms: NOW_MS,
            max_record_kib: 1024,
            warm_mibps,
            distribution: Distribution::UserPartitionKey,
            tags: BTreeMap::new(),
        };
        let mut state = State::default();
        state.apply(&Command::new(NOW_MS, Default::default(), Change::CreateStream(Box::new(new))), 0);
        Simulation {
            state,
            track: Track::default(),
            counted: BTreeMap::new(),
            shares: BTreeMap::new(),
            now_ms: NOW_MS,
            reshards: 0,
            offered: 0.0,
            throttled: 0.0,
        }
    }

    fn open_shards(&self) -> usize {
        self.state.streams[&1].open_shards().count()
    }

    /// One minute of traffic, one look of the planner.
    fn minute(&mut self, offer: Offer) {
        let stream = self.state.streams[&1].clone();
        for shard in stream.open_shards() {
            let range = shard.range();
            let width = (range.end.0 - range.start.0) as f64 / u128::MAX as f64;
            let one_key = if (range.start.0..=range.end.0).contains(&HOT_KEY) { offer.one_key } else { 0.0 };
            let bytes = offer.even * width + one_key;
            let accepted = bytes.min(SHARD.bytes as f64);
            *self.counted.entry(shard.index).or_default() += (accepted * 60.0) as u64;
            self.shares.insert(shard.index, if bytes > 0.0 { one_key / bytes } else { 0.0 });
            self.offered += bytes;
            self.throttled += bytes - accepted;
        }
        self.now_ms += MINUTE_MS;
        let now_ms = self.now_ms;
        let counted = |bytes: u64| Rate { bytes, records: bytes / RECORD_BYTES };
        let of_shard = |index: &u32| counted(self.counted.get(index).copied().unwrap_or(0));
        let all = counted(self.counted.values().sum());
        self.track.measure(&stream, all, |shard| of_shard(&shard.index), now_ms, &mut HourPeaks::default());
        let loads = self.track.loads(&stream, |shard| self.shares[&shard.index], now_ms);
        let steps = plan(&loads, &Need::of(&stream, self.track.peak(now_ms)), now_ms);
        if scales(&stream, now_ms) && !steps.is_empty() {
            self.reshards += 1;
            assert!(stream.fits(&Reshard { steps: steps.clone() }), "a plan fits");
            let reshard = Reshard { steps };
            let change = Change::Reshard { group: 1, reshard, closed_at_ms: now_ms, rescale: false };
            self.state.apply(&Command::new(now_ms, Default::default(), change), 0);
        }
    }
}

/// A line for every `step` hours: shards at the end of the hour, what was offered and what throttled in it.
fn told(mut simulation: Simulation, hours: u32, step: u32, shape: impl Fn(u32) -> Offer) -> String {
    let mut text = String::new();
    for hour in 0..hours {
        (simulation.offered, simulation.throttled) = (0.0, 0.0);
        for minute in 0..60 {
            simulation.minute(shape(hour * 60 + minute));
        }
        if (hour + 1) % step == 0 || hour == 0 {
            let Simulation { offered, throttled, reshards, .. } = simulation;
            let share = if offered > 0.0 { 100.0 * throttled / offered } else { 0.0 };
            let (shards, offered) = (simulation.open_shards(), offered / 60.0 / MB);
            let _ = writeln!(
                text,
                "hour {hour:3}: {shards:2} shards, {reshards:2} reshards, {offered:4.1} MB/s offered, {share:4.1} % throttled"
            );
        }
    }
    text
}

fn check(hours: u32, step: u32, shape: impl Fn(u32) -> Offer, expect: Expect) {
    let simulation = Simulation::new(Mode::OnDemand, SHARDS_MIN, None);
    expect.assert_eq(&told(simulation, hours, step, shape));
}

fn even(mb: f64) -> Offer {
    Offer { even: mb * MB, one_key: 0.0 }
}

#[test]
fn steady_traffic_within_four_shards_changes_nothing() {
    check(
        24,
        8,
        |_| even(1.5),
        expect![[r#"
        hour   0:  4 shards,  0 reshards,  1.5 MB/s offered,  0.0 % throttled
        hour   7:  4 shards,  0 reshards,  1.5 MB/s offered,  0.0 % throttled
        hour  15:  4 shards,  0 reshards,  1.5 MB/s offered,  0.0 % throttled
        hour  23:  4 shards,  0 reshards,  1.5 MB/s offered,  0.0 % throttled
    "#]],
    );
}

#[test]
fn steady_traffic_beyond_four_shards_is_taken_within_minutes() {
    check(
        24,
        8,
        |_| even(12.0),
        expect![[r#"
        hour   0: 32 shards,  4 reshards, 12.0 MB/s offered,  2.7 % throttled
        hour   7: 32 shards,  4 reshards, 12.0 MB/s offered,  0.0 % throttled
        hour  15: 32 shards,  4 reshards, 12.0 MB/s offered,  0.0 % throttled
        hour  23: 32 shards,  4 reshards, 12.0 MB/s offered,  0.0 % throttled
    "#]],
    );
}

#[test]
fn a_growing_stream_grows_ahead_of_its_traffic() {
    check(
        24,
        3,
        |minute| even(0.5 + f64::from(minute) / 60.0),
        expect![[r#"
        hour   0:  4 shards,  0 reshards,  1.0 MB/s offered,  0.0 % throttled
        hour   2:  8 shards,  1 reshards,  3.0 MB/s offered,  0.0 % throttled
        hour   5: 16 shards,  2 reshards,  6.0 MB/s offered,  0.0 % throttled
        hour   8: 32 shards,  3 reshards,  9.0 MB/s offered,  0.0 % throttled
        hour  11: 32 shards,  3 reshards, 12.0 MB/s offered,  0.0 % throttled
        hour  14: 32 shards,  3 reshards, 15.0 MB/s offered,  0.0 % throttled
        hour  17: 64 shards,  4 reshards, 18.0 MB/s offered,  0.0 % throttled
        hour  20: 64 shards,  4 reshards, 21.0 MB/s offered,  0.0 % throttled
        hour  23: 64 shards,  4 reshards, 24.0 MB/s offered,  0.0 % throttled
    "#]],
    );
}

#[test]
fn a_spike_is_remembered_for_thirty_days_and_then_given_back_slowly() {
    let shape = |minute| if (600..630).contains(&minute) { even(3.5) } else { even(0.2) };
    check(
        33 * 24,
        72,
        shape,
        expect![[r#"
        hour   0:  4 shards,  0 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour  71:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 143:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 215:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 287:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 359:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 431:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 503:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 575:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 647:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 719:  8 shards,  2 reshards,  0.2 MB/s offered,  0.0 % throttled
        hour 791:  4 shards,  6 reshards,  0.2 MB/s offered,  0.0 % throttled
    "#]],
    );
}

#[test]
fn daily_spikes_do_not_make_the_shards_flap() {
    let shape = |minute| if minute % 1440 < 60 { even(3.5) } else { even(0.5) };
    check(
        31 * 24,
        120,
        shape,
        expect![[r#"
        hour   0:  8 shards,  2 reshards,  3.5 MB/s offered,  0.0 % throttled
        hour 119:  8 shards,  2 reshards,  0.5 MB/s offered,  0.0 % throttled
        hour 239:  8 shards,  2 reshards,  0.5 MB/s offered,  0.0 % throttled
        hour 359:  8 shards,  2 reshards,  0.5 MB/s offered,  0.0 % throttled
        hour 479:  8 shards,  2 reshards,  0.5 MB/s offered,  0.0 % throttled
        hour 599:  8 shards,  2 reshards,  0.5 MB/s offered,  0.0 % throttled
        hour 719:  8 shards,  2 reshards,  0.5 MB/s offered,  0.0 % throttled
    "#]],
    );
}

#[test]
fn one_hot_key_is_not_split_for_in_vain() {
    check(
        24,
        8,
        |_| Offer { even: 0.1 * MB, one_key: 2.0 * MB },
        expect![[r#"
        hour   0:  4 shards,  0 reshards,  2.1 MB/s offered, 46.5 % throttled
        hour   7:  4 shards,  0 reshards,  2.1 MB/s offered, 46.5 % throttled
        hour  15:  4 shards,  0 reshards,  2.1 MB/s offered, 46.5 % throttled
        hour  23:  4 shards,  0 reshards,  2.1 MB/s offered, 46.5 % throttled
    "#]],
    );
}

#[test]
fn a_hot_shard_is_split_within_fifteen_minutes() {
    let mut simulation = Simulation::new(Mode::OnDemand, SHARDS_MIN, None);
    let offer = Offer { even: 1.6 * MB, one_key: 0.3 * MB };
    let minutes = (1..).find(|_| {
        simulation.minute(offer);
        simulation.open_shards() > 4
    });
    assert_eq!(minutes, Some(6));
    (0..24 * 60).for_each(|_| simulation.minute(offer));
    assert_eq!((simulation.open_shards(), simulation.reshards), (5, 1));
}

#[test]
fn warm_throughput_is_there_before_the_traffic() {
    let mut simulation = Simulation::new(Mode::OnDemand, SHARDS_MIN, Some(30));
    (0..5).for_each(|_| simulation.minute(Offer::default()));
    assert_eq!(simulation.open_shards(), 30);
}

#[test]
fn provisioned_streams_are_left_alone() {
    let mut simulation = Simulation::new(Mode::Provisioned, 1, None);
    (0..60).for_each(|_| simulation.minute(even(5.0)));
    assert_eq!((simulation.open_shards(), simulation.reshards), (1, 0));
}

#[test]
fn a_stream_has_no_more_shards_than_its_region_allows() {
    let need = Need {
        peak: Rate { bytes: u64::MAX / 4, records: 0 },
        warm_mibps: 0,
        shards_max: shards_max("eu-north-1"),
        keeps_until_ms: 0,
    };
    assert_eq!(need.shards(), 200);
    for region in ["us-east-1", "us-west-2", "eu-west-1"] {
        assert_eq!(Need { shards_max: shards_max(region), ..need }.shards(), 10_240, "{region}");
    }
}

#[test]
fn a_shard_of_three_keys_is_not_split() {
    let range = |start, end| HashKeyRange { start: HashKey(start), end: HashKey(end) };
    assert_eq!(middle(range(4, 6)), None);
    assert_eq!(middle(range(4, 7)), Some(Decimal128(6)));
    assert_eq!(middle(range(0, u128::MAX)), Some(Decimal128(1 << 127)));
}
