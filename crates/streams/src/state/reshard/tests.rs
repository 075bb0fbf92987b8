use proptest::prelude::*;

use super::*;
use crate::state::command::NewStream;
use crate::state::{Change, Command, Distribution, Mode, Plan, State};
use std::collections::BTreeMap;
use std::sync::Arc;

const NOW: u64 = 1_700_000_000_000;

fn stream(shard_count: u32) -> Stream {
    let new = NewStream {
        account: "000000000000".into(),
        region: "us-east-1".into(),
        name: "s".into(),
        shard_count,
        mode: Mode::Provisioned,
        active_at_ms: NOW,
        max_record_kib: 1024,
        warm_mibps: None,
        distribution: Distribution::UserPartitionKey,
        tags: BTreeMap::new(),
    };
    let mut state = State::default();
    state.apply(&Command::new(NOW, Default::default(), Change::CreateStream(Box::new(new))), 0);
    Arc::unwrap_or_clone(state.streams.remove(&1).unwrap())
}

fn assert_ring_is_covered(stream: &Stream) {
    let mut ranges: Vec<_> = stream.open_shards().map(Shard::range).collect();
    ranges.sort();
    assert_eq!(ranges.first().unwrap().start.0, 0);
    assert_eq!(ranges.last().unwrap().end.0, u128::MAX);
    assert!(ranges.windows(2).all(|w| w[0].end.0 + 1 == w[1].start.0), "{ranges:?}");
}

fn rescaled(from: u32, to: u32) -> Stream {
    let mut stream = stream(from);
    let steps = stream.uniform_steps(to);
    stream.reshard(&steps, NOW + 5000, Creation::default()).unwrap();
    stream
}

#[test]
fn rescaling_makes_as_many_shards_as_seen_on_aws() {
    let totals = |from, to| {
        let s = rescaled(from, to);
        (s.shards.len(), s.open_shards().count())
    };
    assert_eq!(totals(4, 5), (15, 5));
    assert_eq!(totals(4, 2), (6, 2));
    assert_eq!(totals(1, 2), (3, 2));
    assert_eq!(totals(2, 2), (2, 2));
    assert_eq!(totals(3, 1), (5, 1));
}

#[test]
fn children_follow_their_parents() {
    let mut s = stream(2);
    let at = Decimal128(1 << 100);
    s.reshard(&Reshard { steps: vec![ReshardStep::Split { shard: 0, at }] }, NOW + 5500, Creation::default())
        .unwrap();
    let [parent, other, lower, upper] = &s.shards[..] else { panic!("{:?}", s.shards) };
    assert_eq!((parent.closed_at_ms, other.closed_at_ms), (Some(NOW + 5500), None));
    assert_eq!((lower.index, upper.index), (2, 3));
    assert_eq!((lower.end_key, upper.start_key), (Decimal128((1 << 100) - 1), at));
    assert_eq!(lower.created_s, NOW / 1000 + 6);
    assert!(lower.start_number() > parent.end_number().unwrap());
    assert_eq!((upper.parent, upper.adjacent_parent), (Some(0), None));

    s.reshard(
        &Reshard { steps: vec![ReshardStep::Merge { lower: 2, upper: 3 }] },
        NOW + 5600,
        Creation::default(),
    )
    .unwrap();
    let child = &s.shards[4];
    assert_eq!((child.parent, child.adjacent_parent), (Some(2), Some(3)));
    assert!(child.created_s > s.shards[3].created_s);
    assert_ring_is_covered(&s);
}

#[test]
fn a_step_that_does_not_fit_changes_nothing() {
    let before = stream(3);
    let half = Decimal128(u128::MAX / 2);
    for steps in [
        vec![ReshardStep::Merge { lower: 1, upper: 0 }],
        vec![ReshardStep::Merge { lower: 0, upper: 2 }],
        vec![ReshardStep::Merge { lower: 0, upper: 1 }, ReshardStep::Split { shard: 0, at: half }],
        vec![ReshardStep::Split { shard: 9, at: half }],
        vec![ReshardStep::Split { shard: 0, at: Decimal128(0) }],
    ] {
        let mut s = before.clone();
        s.reshard(&Reshard { steps }, NOW, Creation::default()).unwrap_err();
        assert_eq!(s, before);
    }
}

proptest! {
    #[test]
    fn any_chain_of_rescales_ends_in_equal_shards(targets in proptest::collection::vec(1u32..40, 1..6)) {
        let mut s = stream(targets[0]);
        for (i, &target) in targets.iter().enumerate() {
            let steps = s.uniform_steps(target);
            s.reshard(&steps, NOW + 1000 * i as u64, Creation::default()).unwrap();
            assert_ring_is_covered(&s);
            prop_assert_eq!(s.open_shards().count(), target as usize);
            let widths: Vec<u128> = s.open_shards().map(|s| s.range().end.0 - s.range().start.0).collect();
            let (min, max) = (widths.iter().min().unwrap(), widths.iter().max().unwrap());
            // One key on either side, and the remainder of the division in the last shard.
            prop_assert!(max - min <= 4 + u128::from(target), "{widths:?}");
        }
    }
}

#[test]
fn steps_that_do_not_fit_are_named_in_words() {
    let mut stream = stream(2);
    let merge = Reshard { steps: vec![ReshardStep::Merge { lower: 1, upper: 7 }] };
    let refused = stream.reshard(&merge, NOW, Creation::default()).unwrap_err();
    assert_eq!(refused.to_string(), "merge of shards 1 and 7 does not fit the shards of stream s");
    let steps =
        vec![ReshardStep::Split { shard: 0, at: Decimal128(5) }, ReshardStep::Merge { lower: 1, upper: 2 }];
    assert_eq!(Reshard { steps }.to_string(), "split of shard 0 at 5, merge of shards 1 and 2");
}

#[test]
fn what_fits_is_unchanged_and_has_no_plan_beside_it() {
    let mut s = stream(2);
    let halves = |shard| Reshard { steps: vec![ReshardStep::Split { shard, at: Decimal128(1 << 100) }] };
    assert!(s.fits(&halves(0)));
    assert!(!s.fits(&halves(1)), "the key is of the other shard");
    assert!(!s.fits(&halves(2)), "there is none");
    assert_eq!(s.shards.len(), 2, "it was only tried");
    s.plan = Some(Plan { position: 1, reshard: halves(0) });
    assert!(!s.fits(&halves(0)));
}

#[test]
fn only_shards_that_are_open_before_are_closed() {
    let s = stream(2);
    // The first of the children is shard 2, and is closed again by the second step.
    let steps = vec![
        ReshardStep::Split { shard: 0, at: Decimal128(1 << 100) },
        ReshardStep::Split { shard: 2, at: Decimal128(1 << 90) },
        ReshardStep::Merge { lower: 3, upper: 1 },
    ];
    assert_eq!(Reshard { steps }.closes(&s).collect::<Vec<_>>(), [0, 1]);
}
