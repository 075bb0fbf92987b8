//! Where in a shard the load lies, and where to cut it.

use flumen_types::HashKey;

use crate::sample::{Load, Point, Sample};

/// One side of a split may keep at most so much, or the split is not worth a shard.
const SIDE_MAX: f64 = 0.8;
/// So much may have explicit hash keys, or the rest says too little.
const HIDDEN_MAX: f64 = 0.5;

#[derive(Debug, PartialEq)]
pub struct Heat {
    /// The first hash key of the upper child.
    pub split_at: HashKey,
    /// What of the load lies below.
    pub below: f64,
}

#[derive(Debug, PartialEq)]
pub enum Refusal {
    OneKey { key: String, share: f64 },
    Hidden { share: f64 },
}

/// The narrowest part of a shard that bears half of what is seen.
#[derive(Debug, PartialEq)]
pub struct Half {
    pub start: HashKey,
    pub end: HashKey,
    /// Of the shard.
    pub width: f64,
}

/// A load as a number: by records or by bytes, whichever is nearer to the limit.
fn weight(sample: &Sample) -> impl Fn(&Load) -> f64 {
    let alone = |load: Load| load.share();
    let Load { records, bytes } = sample.load;
    let by_bytes = alone(Load { records: 0.0, bytes }) > alone(Load { records, bytes: 0.0 });
    move |load| if by_bytes { load.bytes } else { load.records }
}

/// The place that halves the load best.
pub fn find(sample: &Sample) -> Result<Heat, Refusal> {
    let weight = weight(sample);
    let whole = weight(&sample.load);
    let seen: f64 = sample.points.values().map(|point| weight(&point.load)).sum();
    let hidden = weight(&sample.elsewhere) / whole;
    if hidden > HIDDEN_MAX || seen <= 0.0 {
        return Err(Refusal::Hidden { share: hidden });
    }
    let mut best: Option<Heat> = None;
    let (mut below, mut last) = (0.0, None);
    for (&hash, point) in &sample.points {
        if let Some(last) = last {
            let share = below / seen;
            if best.as_ref().is_none_or(|best| (share - 0.5).abs() < (best.below - 0.5).abs()) {
                best = Some(Heat { split_at: between(last, hash), below: share });
            }
        }
        below += weight(&point.load);
        last = Some(hash);
    }
    match best {
        Some(best) if f64::max(best.below, 1.0 - best.below) <= SIDE_MAX => Ok(best),
        _ => Err(one_key(sample, &weight, seen)),
    }
}

/// Keys that were not seen lie evenly, so the middle serves them best. Above `low`, at most `high`.
fn between(low: u128, high: u128) -> HashKey {
    HashKey(low + (high - low).div_ceil(2))
}

fn one_key(sample: &Sample, weight: &impl Fn(&Load) -> f64, seen: f64) -> Refusal {
    let heaviest = sample.points.values().max_by(|a, b| weight(&a.load).total_cmp(&weight(&b.load)));
    let key = heaviest.map(|point: &Point| point.partition_key.clone()).unwrap_or_default();
    Refusal::OneKey { key, share: heaviest.map_or(0.0, |point| weight(&point.load) / seen) }
}

/// `None` when nothing is seen.
pub fn narrowest_half(sample: &Sample) -> Option<Half> {
    let weight = weight(sample);
    let points: Vec<(u128, f64)> =
        sample.points.iter().map(|(hash, point)| (*hash, weight(&point.load))).collect();
    let half = points.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let (mut first, mut within) = (0, 0.0);
    let mut best: Option<(u128, u128)> = None;
    for &(end, weight) in &points {
        within += weight;
        while let Some(&(start, lightest)) = points.get(first).filter(|_| within >= half && half > 0.0) {
            if best.is_none_or(|(low, high)| end - start < high - low) {
                best = Some((start, end));
            }
            within -= lightest;
            first += 1;
        }
    }
    let range = sample.shard.range;
    let whole = (range.end.0 - range.start.0) as f64 + 1.0;
    best.map(|(start, end)| Half {
        start: HashKey(start),
        end: HashKey(end),
        width: ((end - start) as f64 + 1.0) / whole,
    })
}

/// What each of so many equal parts of the shard bears.
pub fn profile(sample: &Sample, cells: usize) -> Vec<f64> {
    let weight = weight(sample);
    let range = sample.shard.range;
    let width = (range.end.0 - range.start.0) / cells.max(1) as u128 + 1;
    let mut profile = vec![0.0; cells];
    for (hash, point) in &sample.points {
        let cell = usize::try_from((hash - range.start.0) / width).unwrap_or(usize::MAX);
        if let Some(cell) = profile.get_mut(cell) {
            *cell += weight(&point.load);
        }
    }
    profile
}

#[cfg(test)]
mod tests {
    use flumen_consumer::Shard;
    use flumen_types::HashKeyRange;

    use super::*;

    const RANGE: HashKeyRange = HashKeyRange { start: HashKey(100), end: HashKey(199) };

    fn sample(written: &[(u128, f64)]) -> Sample {
        let shard = Shard { id: "shardId-0".into(), parents: Vec::new(), range: RANGE, is_open: true };
        let mut sample = Sample::nothing(shard);
        for &(hash, records) in written {
            let load = Load { records, bytes: 0.0 };
            sample.points.insert(hash, Point { partition_key: format!("k{hash}"), load });
            sample.load.records += records;
        }
        sample
    }

    #[test]
    fn a_shard_is_cut_where_its_load_is_halved() {
        let heat = find(&sample(&[(110, 1.0), (120, 1.0), (190, 2.0)])).unwrap();
        assert_eq!(heat, Heat { split_at: HashKey(155), below: 0.5 });
        let heat = find(&sample(&[(110, 4.0), (111, 1.0), (112, 3.0)])).unwrap();
        assert_eq!(heat, Heat { split_at: HashKey(111), below: 0.5 });
        // The middle of the shard would leave everything on one side.
        let heat = find(&sample(&[(101, 1.0), (103, 1.0)])).unwrap();
        assert_eq!(heat.split_at, HashKey(102));
    }

    #[test]
    fn one_hot_key_is_not_cut() {
        let refusal = find(&sample(&[(110, 1.0), (120, 9.0), (130, 0.5)])).unwrap_err();
        assert!(matches!(refusal, Refusal::OneKey { key, share } if key == "k120" && share > 0.8));
        assert!(matches!(find(&sample(&[(110, 1.0)])), Err(Refusal::OneKey { share: 1.0, .. })));
        // A third of the load in one key is no reason.
        assert!(find(&sample(&[(110, 1.0), (120, 1.0), (130, 1.0)])).is_ok());
    }

    #[test]
    fn what_has_explicit_hash_keys_is_not_guessed_at() {
        let mut sample = sample(&[(110, 1.0), (120, 1.0)]);
        sample.elsewhere.records = 3.0;
        sample.load.records = 5.0;
        assert_eq!(find(&sample), Err(Refusal::Hidden { share: 0.6 }));
    }

    #[test]
    fn bytes_count_when_they_are_nearer_to_the_limit() {
        let mut sample = sample(&[(110, 1.0), (120, 1.0), (130, 1.0)]);
        let bytes = 1024.0 * 1024.0;
        sample.points.get_mut(&110).unwrap().load.bytes = bytes;
        sample.points.get_mut(&120).unwrap().load.bytes = bytes / 4.0;
        sample.points.get_mut(&130).unwrap().load.bytes = bytes / 4.0;
        sample.load.bytes = bytes * 1.5;
        assert_eq!(find(&sample).unwrap().split_at, HashKey(115));
    }

    #[test]
    fn half_of_the_load_is_found_where_it_is_narrowest() {
        let sample = sample(&[(100, 1.0), (150, 1.0), (159, 1.0), (199, 1.0)]);
        let expected = Half { start: HashKey(150), end: HashKey(159), width: 0.1 };
        assert_eq!(narrowest_half(&sample), Some(expected));
        assert_eq!(narrowest_half(&self::sample(&[])), None);
        assert_eq!(profile(&sample, 4), [1.0, 0.0, 2.0, 1.0]);
    }
}
