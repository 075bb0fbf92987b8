//! What is being written to each shard, measured by reading along for a while.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context;
use flumen_client::{Client, ClientSettings, Error, Stream};
use flumen_consumer::{Cursor, Page, Record, Shard, Start};
use flumen_protocol::kpl;
use flumen_types::HashKey;
use tokio::task::JoinSet;

/// What one shard takes.
pub const SHARD_RECORDS_A_SECOND: f64 = 1000.0;
pub const SHARD_BYTES_A_SECOND: f64 = 1024.0 * 1024.0;
/// Keys told apart in one shard; what is written with others is counted without its place.
const KEYS_MAX: usize = 50_000;
/// Between two reads while measuring: leaves others most of the five reads a second.
const READ_EVERY: Duration = Duration::from_secs(1);
/// How long the reads after the measured time may take to reach its end.
const CATCH_UP_MAX: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    pub records: f64,
    pub bytes: f64,
}

impl Load {
    fn add(&mut self, bytes: usize) {
        self.records += 1.0;
        self.bytes += bytes as f64;
    }

    /// The share of what a shard takes, by whichever limit is nearer.
    pub fn share(&self) -> f64 {
        f64::max(self.records / SHARD_RECORDS_A_SECOND, self.bytes / SHARD_BYTES_A_SECOND)
    }

    fn divided(&self, seconds: f64) -> Load {
        Load { records: self.records / seconds, bytes: self.bytes / seconds }
    }
}

/// What was written with one hash key.
#[derive(Clone, Debug)]
pub struct Point {
    pub partition_key: String,
    pub load: Load,
}

/// What was written to one shard, a second.
#[derive(Debug)]
pub struct Sample {
    pub shard: Shard,
    pub load: Load,
    /// By hash key.
    pub points: BTreeMap<u128, Point>,
    /// Written with hash keys that records do not tell: explicit ones, or those beyond [`KEYS_MAX`].
    pub elsewhere: Load,
}

/// For a client that measures: answers of 10 MiB may come on all its connections at once.
pub fn settings() -> ClientSettings {
    ClientSettings { connections: 16, ..ClientSettings::default() }
}

/// Reads along with all shards for so long.
pub async fn take(
    client: &Client,
    stream: &Stream,
    shards: Vec<Shard>,
    time: Duration,
) -> anyhow::Result<Vec<Sample>> {
    let mut tasks = JoinSet::new();
    for shard in shards {
        let (client, stream) = (client.clone(), stream.clone());
        tasks.spawn(async move { of_shard(&client, &stream, shard, time).await });
    }
    let mut samples = Vec::new();
    while let Some(sample) = tasks.join_next().await {
        samples.push(sample.context("measuring a shard")??);
    }
    samples.sort_by_key(|sample| sample.shard.range.start);
    Ok(samples)
}

async fn of_shard(client: &Client, stream: &Stream, shard: Shard, time: Duration) -> anyhow::Result<Sample> {
    let mut cursor = Cursor::new(shard.id.clone(), Start::Latest);
    cursor.place(client, stream).await?;
    let began = Instant::now();
    let mut sample = Sample::nothing(shard);
    loop {
        let left = time.saturating_sub(began.elapsed());
        tokio::time::sleep(left.min(READ_EVERY)).await;
        let asked = began.elapsed();
        let page = match cursor.read(client, stream).await {
            Ok(page) => page,
            // Another reader was faster, or much is written. There is time to come back.
            Err(error)
                if error.of_call().is_some_and(Error::is_throttling) && asked < time + CATCH_UP_MAX =>
            {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        sample.count(&page);
        let at_the_tip = page.behind_ms == 0 || asked > time + CATCH_UP_MAX;
        if page.children.is_some() || (asked >= time && at_the_tip) {
            // What was read had been written until the read was asked for.
            sample.finish(asked.as_secs_f64());
            return Ok(sample);
        }
    }
}

impl Sample {
    /// Before anything is measured.
    pub fn nothing(shard: Shard) -> Self {
        let nothing = Load::default();
        Sample { shard, load: nothing, points: BTreeMap::new(), elsewhere: nothing }
    }

    fn count(&mut self, page: &Page) {
        for record in &page.records {
            self.record(record);
        }
    }

    /// An aggregate is one record to the shard, but its parts may go to different children. The cost of the
    /// whole is spread over them.
    fn record(&mut self, record: &Record) {
        let bytes = record.key.len() + record.data.len();
        self.load.add(bytes);
        match kpl::open(&record.data) {
            Some(contained) if !contained.is_empty() => {
                let count = contained.len() as f64;
                let load = Load { records: 1.0 / count, bytes: bytes as f64 / count };
                for inner in contained {
                    let explicit = inner.explicit_hash_key.and_then(HashKey::parse);
                    self.point(
                        explicit.unwrap_or_else(|| HashKey::of_partition_key(inner.key)),
                        inner.key,
                        load,
                    );
                }
            }
            _ => {
                let load = Load { records: 1.0, bytes: bytes as f64 };
                self.point(HashKey::of_partition_key(&record.key), &record.key, load);
            }
        }
    }

    fn point(&mut self, hash: HashKey, key: &str, load: Load) {
        let known = self.points.contains_key(&hash.0);
        let to = if known || (self.points.len() < KEYS_MAX && self.shard.range.contains(hash)) {
            let new = || Point { partition_key: key.to_owned(), load: Load::default() };
            &mut self.points.entry(hash.0).or_insert_with(new).load
        } else {
            &mut self.elsewhere
        };
        to.records += load.records;
        to.bytes += load.bytes;
    }

    fn finish(&mut self, seconds: f64) {
        let seconds = seconds.max(0.001);
        self.load = self.load.divided(seconds);
        self.elsewhere = self.elsewhere.divided(seconds);
        for point in self.points.values_mut() {
            point.load = point.load.divided(seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use flumen_types::HashKeyRange;

    use super::*;

    fn nothing(range: HashKeyRange) -> Sample {
        Sample::nothing(Shard { id: "shardId-0".into(), parents: Vec::new(), range, is_open: true })
    }

    fn record(key: &str, data: &[u8]) -> Record {
        Record { sequence_number: String::new(), key: key.into(), arrival_ms: 0, data: data.to_vec() }
    }

    #[test]
    fn records_count_where_their_keys_lie() {
        let mut sample = nothing(HashKeyRange::ALL);
        for record in [record("a", b"123"), record("a", b"1"), record("bc", b"")] {
            sample.record(&record);
        }
        assert_eq!(sample.load, Load { records: 3.0, bytes: 8.0 });
        let a = &sample.points[&HashKey::of_partition_key("a").0];
        assert_eq!((a.partition_key.as_str(), a.load), ("a", Load { records: 2.0, bytes: 6.0 }));
        sample.finish(2.0);
        assert_eq!(sample.load.records, 1.5);
    }

    #[test]
    fn a_record_whose_key_lies_outside_the_shard_has_no_known_place() {
        let hash = HashKey::of_partition_key("a").0;
        let range = HashKeyRange { start: HashKey(hash + 1), end: HashKey::MAX };
        let mut sample = nothing(range);
        sample.record(&record("a", b"x"));
        assert!(sample.points.is_empty());
        assert_eq!(sample.elsewhere, Load { records: 1.0, bytes: 2.0 });
    }

    #[test]
    fn an_aggregate_is_one_record_spread_over_its_keys() {
        use md5::Digest as _;
        let message =
            b"\x0a\x01a\x0a\x01b\x12\x017\x1a\x05\x08\x00\x1a\x01x\x1a\x07\x08\x01\x10\x00\x1a\x01y";
        let data = [b"\xf3\x89\x9a\xc2", &message[..], md5::Md5::digest(message).as_slice()].concat();
        let mut sample = nothing(HashKeyRange::ALL);
        sample.record(&record("z", &data));
        assert_eq!(sample.load.records, 1.0);
        assert_eq!(sample.points[&7].load.records, 0.5);
        assert_eq!(sample.points[&HashKey::of_partition_key("a").0].load.records, 0.5);
    }
}
