//! How fast a shard may be written and read: token buckets, one set a shard, kept over every change of
//! the stream. Source: `docs/kinesis/streams.md#throttling`.
//!
//! AWS publishes rates, not bursts. Here a bucket holds one second of writing, and five of reading, which
//! is the burst of ten megabytes that AWS documents. Whoever finds enough for what fits a bucket may take
//! more than it holds and leave a debt: so a record of 10 MiB goes in at once, and the average stays.

use flumen_types::Bucket;
use parking_lot::Mutex;

use crate::ShardLimits;
use crate::metering::ShardCounters;

const READ_BURST_SECONDS: u64 = 5;
/// Writes are counted in whole kilobytes.
const WRITE_UNIT: u64 = 1024;

/// What one shard has left, and what went through it.
#[derive(Default)]
pub(crate) struct ShardMeter {
    pub counters: ShardCounters,
    /// `None` is without limits.
    allowance: Option<Allowance>,
}

struct Allowance {
    write: Mutex<Write>,
    read: Mutex<Read>,
}

struct Write {
    bytes: Bucket,
    records: Bucket,
}

struct Read {
    bytes: Bucket,
    calls: Bucket,
    iterators: Bucket,
}

impl Allowance {
    /// Full.
    fn of(limits: &ShardLimits) -> Self {
        let ShardLimits { write_bytes, write_records, read_bytes, reads, .. } = *limits;
        Allowance {
            write: Mutex::new(Write {
                bytes: Bucket::new(write_bytes, write_bytes),
                records: Bucket::new(write_records, write_records),
            }),
            read: Mutex::new(Read {
                bytes: Bucket::new(read_bytes, read_bytes * READ_BURST_SECONDS),
                calls: Bucket::new(reads, reads),
                iterators: Bucket::new(reads, reads),
            }),
        }
    }
}

impl ShardMeter {
    pub(crate) fn new(limits: Option<&ShardLimits>) -> Self {
        ShardMeter { counters: ShardCounters::default(), allowance: limits.map(Allowance::of) }
    }

    /// How many of the records may be written now, from the first on, and takes what they cost. The
    /// remainder to a whole kilobyte is paid by the request.
    pub(crate) fn admit(&self, sizes: impl ExactSizeIterator<Item = usize>, now_ms: u64) -> usize {
        let Some(allowance) = &self.allowance else { return sizes.len() };
        let mut write = allowance.write.lock();
        write.bytes.refill(now_ms);
        write.records.refill(now_ms);
        let (mut admitted, mut total) = (0, 0);
        for size in sizes {
            let size = size as u64;
            if !write.records.has(1) || !write.bytes.has(size) {
                break;
            }
            write.records.take(1);
            write.bytes.take(size);
            (admitted, total) = (admitted + 1, total + size);
        }
        write.bytes.take(total.next_multiple_of(WRITE_UNIT) - total);
        admitted
    }

    /// Whether a GetRecords may be served now.
    pub(crate) fn may_read(&self, now_ms: u64) -> bool {
        let Some(allowance) = &self.allowance else { return true };
        let mut read = allowance.read.lock();
        read.bytes.refill(now_ms);
        // In debt for what was read before, or asked too often.
        !read.bytes.is_empty() && read.calls.try_take(1, now_ms)
    }

    /// What a GetRecords gave.
    pub(crate) fn note_read(&self, bytes: usize) {
        if let Some(allowance) = &self.allowance {
            allowance.read.lock().bytes.take(bytes as u64);
        }
    }

    pub(crate) fn may_get_iterator(&self, now_ms: u64) -> bool {
        self.allowance.as_ref().is_none_or(|allowance| allowance.read.lock().iterators.try_take(1, now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    #[test]
    fn a_shard_takes_a_thousand_records_or_a_mebibyte_a_second() {
        let meter = ShardMeter::new(Some(&ShardLimits::AWS));
        assert_eq!(meter.admit(std::iter::repeat_n(10, 1200), NOW), 1000);
        assert_eq!(meter.admit(std::iter::repeat_n(10, 10), NOW), 0);
        assert_eq!(meter.admit(std::iter::repeat_n(10, 200), NOW + 100), 100);
        let meter = ShardMeter::new(Some(&ShardLimits::AWS));
        assert_eq!(meter.admit(std::iter::repeat_n(100 * 1024, 20), NOW), 10);
        assert_eq!(meter.admit(std::iter::once(25 * 1024), NOW), 0);
        assert_eq!(meter.admit(std::iter::once(25 * 1024), NOW + 1000), 1);
    }

    #[test]
    fn limits_are_those_that_were_given() {
        let own =
            ShardLimits { write_bytes: 4 << 20, write_records: 9, read_bytes: 1 << 20, ..ShardLimits::AWS };
        let meter = ShardMeter::new(Some(&own));
        assert_eq!(meter.admit(std::iter::repeat_n(1024, 20), NOW), 9);
        assert!(meter.may_read(NOW));
        meter.note_read(5 << 20);
        assert!(!meter.may_read(NOW) && meter.may_read(NOW + 1));
        let meter = ShardMeter::new(None);
        assert_eq!(meter.admit(std::iter::repeat_n(1 << 20, 500), NOW), 500);
        assert!((0..100).all(|_| meter.may_read(NOW) && meter.may_get_iterator(NOW)));
    }

    #[test]
    fn single_records_are_rounded_up_to_a_kilobyte() {
        let meter = ShardMeter::new(Some(&ShardLimits::AWS));
        let one_by_one = (0..2000).take_while(|_| meter.admit(std::iter::once(1025), NOW) == 1).count();
        assert_eq!(one_by_one, 512);
    }

    #[test]
    fn a_large_record_goes_in_at_once_and_is_paid_for_afterwards() {
        let meter = ShardMeter::new(Some(&ShardLimits::AWS));
        let large = || std::iter::once(10 * 1024 * 1024);
        assert_eq!(meter.admit(large(), NOW), 1);
        assert_eq!(meter.admit(std::iter::once(1), NOW + 8_900), 0);
        assert_eq!(meter.admit(std::iter::once(1), NOW + 9_100), 1);
        assert_eq!(meter.admit(large(), NOW + 9_200), 0);
        assert_eq!(meter.admit(large(), NOW + 10_200), 1);
    }

    #[test]
    fn ten_mebibytes_are_read_at_once_and_then_two_a_second() {
        let meter = ShardMeter::new(Some(&ShardLimits::AWS));
        assert!(meter.may_read(NOW));
        meter.note_read(10 * 1024 * 1024);
        assert!(!meter.may_read(NOW));
        assert!(meter.may_read(NOW + 1));
        meter.note_read(10 * 1024 * 1024);
        assert!(!meter.may_read(NOW + 4_900));
        assert!(meter.may_read(NOW + 5_100));
    }

    #[test]
    fn five_reads_a_second_are_shared_by_all_readers() {
        let meter = ShardMeter::new(Some(&ShardLimits::AWS));
        assert_eq!((0..10).filter(|_| meter.may_read(NOW)).count(), 5);
        assert_eq!((0..10).filter(|_| meter.may_read(NOW + 400)).count(), 2);
        assert_eq!((0..10).filter(|_| meter.may_get_iterator(NOW)).count(), 5);
    }
}
