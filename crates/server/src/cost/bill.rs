//! Use times prices. Source: AWS, "Amazon Kinesis Data Streams pricing"
//! (<https://aws.amazon.com/kinesis/data-streams/pricing/>), and `docs/kinesis/streams.md#prices` for what that does not state.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use flumen_streams::metering::usage::Used;
use flumen_streams::state::Mode;
use serde::Deserialize;

use crate::usage::Total;

const LIST: &str = include_str!("../prices.toml");
const GIB: f64 = (1u64 << 30) as f64;
const HOUR_MS: f64 = 3_600_000.0;
const MONTH_HOURS: f64 = 730.0;
const UNITS: f64 = 1e6;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Prices {
    pub currency: String,
    provisioned: Provisioned,
    on_demand: OnDemand,
    advantage: Advantage,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Provisioned {
    shard_hour: f64,
    payload_units: f64,
    extended_shard_hour: f64,
    long_gb_month: f64,
    old_read_gb: f64,
    consumer_shard_hour: f64,
    fanout_gb: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct OnDemand {
    stream_hour: f64,
    in_gb: f64,
    out_gb: f64,
    fanout_gb: f64,
    extended_gb_month: f64,
    long_gb_month: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Advantage {
    in_gb: f64,
    out_gb: f64,
    fanout_gb: f64,
    extended_gb_month: f64,
    long_gb_month: f64,
    committed_mibps: f64,
}

impl Prices {
    pub fn list() -> Prices {
        toml::from_str(LIST).expect("the list that is built in is read by a test")
    }

    pub fn read(file: &Path) -> anyhow::Result<Prices> {
        let named = || format!("prices {}", file.display());
        toml::from_str(&std::fs::read_to_string(file).with_context(named)?).with_context(named)
    }
}

/// Used, in the units of prices.
struct Amounts {
    stream_hours: f64,
    shard_hours: f64,
    extended_shard_hours: f64,
    consumer_shard_hours: f64,
    payload_units: f64,
    in_gb: f64,
    out_gb: f64,
    old_gb: f64,
    fanout_gb: f64,
    extended_gb_months: f64,
    long_gb_months: f64,
}

impl From<&Used> for Amounts {
    fn from(used: &Used) -> Self {
        let gb = |bytes: u64| bytes as f64 / GIB;
        let gb_months = |kib_hours: u64| kib_hours as f64 * 1024.0 / GIB / MONTH_HOURS;
        Amounts {
            stream_hours: used.stream_ms as f64 / HOUR_MS,
            shard_hours: used.shard_ms as f64 / HOUR_MS,
            extended_shard_hours: used.extended_shard_ms as f64 / HOUR_MS,
            consumer_shard_hours: used.consumer_shard_ms as f64 / HOUR_MS,
            payload_units: used.payload_units as f64 / UNITS,
            in_gb: used.rounded_kib as f64 * 1024.0 / GIB,
            out_gb: gb(used.outgoing_bytes),
            old_gb: gb(used.old_outgoing_bytes),
            fanout_gb: gb(used.fanout_bytes),
            extended_gb_months: gb_months(used.extended_kib_hours),
            long_gb_months: gb_months(used.long_kib_hours),
        }
    }
}

/// The same use in each mode.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bill {
    pub provisioned: f64,
    pub on_demand: f64,
    /// Without the commitment, which is of an account.
    pub advantage: f64,
}

impl Bill {
    pub fn of(used: &Used, prices: &Prices) -> Bill {
        let of = Amounts::from(used);
        let Prices { provisioned: p, on_demand: o, advantage: a, .. } = prices;
        Bill {
            provisioned: of.shard_hours * p.shard_hour
                + of.payload_units * p.payload_units
                + of.extended_shard_hours * p.extended_shard_hour
                + of.long_gb_months * p.long_gb_month
                + of.old_gb * p.old_read_gb
                + of.consumer_shard_hours * p.consumer_shard_hour
                + of.fanout_gb * p.fanout_gb,
            on_demand: of.stream_hours * o.stream_hour
                + of.in_gb * o.in_gb
                + of.out_gb * o.out_gb
                + of.fanout_gb * o.fanout_gb
                + of.extended_gb_months * o.extended_gb_month
                + of.long_gb_months * o.long_gb_month,
            advantage: of.in_gb * a.in_gb
                + of.out_gb * a.out_gb
                + of.fanout_gb * a.fanout_gb
                + of.extended_gb_months * a.extended_gb_month
                + of.long_gb_months * a.long_gb_month,
        }
    }

    fn add(&mut self, other: &Bill) {
        self.provisioned += other.provisioned;
        self.on_demand += other.on_demand;
        self.advantage += other.advantage;
    }

    /// Advantage counts where its commitment is in the sum.
    fn cheapest(&self, with_advantage: bool) -> &'static str {
        let modes = [
            ("provisioned", self.provisioned),
            ("on-demand", self.on_demand),
            ("advantage", if with_advantage { self.advantage } else { f64::INFINITY }),
        ];
        modes.into_iter().min_by(|(_, a), (_, b)| a.total_cmp(b)).map_or("", |(mode, _)| mode)
    }
}

/// What is billed beyond the use, since the commitment is for more: each account and region is committed
/// for as long as it had streams.
fn commitment(totals: &[&Total], prices: &Prices) -> f64 {
    let Advantage { in_gb, out_gb, committed_mibps, .. } = prices.advantage;
    let hours = totals.iter().map(|total| Amounts::from(&total.used).stream_hours).fold(0.0, f64::max);
    let committed = committed_mibps * 3600.0 / 1024.0 * hours;
    let sum = |of: fn(Amounts) -> f64| totals.iter().map(|total| of(Amounts::from(&total.used))).sum::<f64>();
    let (came, went) = (sum(|a| a.in_gb), sum(|a| a.out_gb + a.fanout_gb));
    (committed - came).max(0.0) * in_gb + (committed - went).max(0.0) * out_gb
}

/// A line for each stream, and one for all, which is the one without a mode.
pub fn table(totals: &[Total], prices: &Prices) -> String {
    let mut text = String::new();
    let mut all = Bill::default();
    let mut realms: BTreeMap<(&str, &str), Vec<&Total>> = BTreeMap::new();
    let mut line = |name: &str, mode: &str, bill: &Bill| {
        let Bill { provisioned, on_demand, advantage } = bill;
        let cheapest = bill.cheapest(mode.is_empty());
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{name:<40} {mode:<11} {provisioned:>12.4} {on_demand:>12.4} {advantage:>12.4}  {cheapest}"
        );
    };
    for total in totals {
        let bill = Bill::of(&total.used, prices);
        let mode = match total.mode {
            Mode::Provisioned => "PROVISIONED",
            Mode::OnDemand => "ON_DEMAND",
        };
        line(&format!("{}/{}/{}", total.account, total.region, total.stream), mode, &bill);
        all.add(&bill);
        realms.entry((&total.account, &total.region)).or_default().push(total);
    }
    let committed: f64 = realms.values().map(|totals| commitment(totals, prices)).sum();
    all.advantage += committed;
    line("all, with the commitment of advantage", "", &all);
    let head = format!(
        "{:<40} {:<11} {:>12} {:>12} {:>12}  cheapest\n",
        "stream", "mode now", "provisioned", "on-demand", "advantage"
    );
    head + &text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const HOUR: u64 = 3_600_000;

    fn total(stream: &str, used: Used) -> Total {
        let (account, region) = ("000000000000".into(), "us-east-1".into());
        Total { account, region, stream: stream.into(), mode: Mode::Provisioned, used }
    }

    /// A month of two shards at 1,000 records of 1 KB a second, read twice.
    fn month() -> Used {
        let records = 1000 * 730 * 3600;
        Used {
            stream_ms: 730 * HOUR,
            shard_ms: 2 * 730 * HOUR,
            incoming_records: records,
            incoming_bytes: records * 1000,
            payload_units: records,
            rounded_kib: records,
            outgoing_bytes: records * 2000,
            ..Used::default()
        }
    }

    #[test]
    fn a_month_is_billed_as_the_price_list_says() {
        let bill = Bill::of(&month(), &Prices::list());
        // 1,460 shard-hours and 2,628 million units.
        assert!((bill.provisioned - (1460.0 * 0.015 + 2628.0 * 0.014)).abs() < 1e-6, "{bill:?}");
        // 730 stream-hours, 2,506.26 GB in, 4,895.03 GB out.
        assert!(
            (bill.on_demand - (730.0 * 0.04 + 2506.256 * 0.08 + 4895.032 * 0.04)).abs() < 1e-2,
            "{bill:?}"
        );
    }

    #[test]
    fn retention_fan_out_and_old_reads_are_billed_apart() {
        let prices = Prices::list();
        let of = |used| Bill::of(&used, &prices);
        let gb = 1u64 << 30;
        let bill = of(Used { fanout_bytes: gb, consumer_shard_ms: HOUR, ..Used::default() });
        assert_eq!((bill.provisioned, bill.on_demand, bill.advantage), (0.013 + 0.015, 0.05, 0.016));
        let bill = of(Used { extended_shard_ms: HOUR, extended_kib_hours: 730 << 20, ..Used::default() });
        assert_eq!((bill.provisioned, bill.on_demand, bill.advantage), (0.020, 0.10, 0.023));
        let bill = of(Used { long_kib_hours: 730 << 20, old_outgoing_bytes: gb, ..Used::default() });
        assert_eq!((bill.provisioned, bill.on_demand), (0.023 + 0.021, 0.023));
    }

    #[test]
    fn little_use_pays_the_whole_commitment_in_advantage() {
        let totals =
            [total("a", month()), total("idle", Used { stream_ms: HOUR, shard_ms: HOUR, ..Used::default() })];
        expect![[r#"
            stream                                   mode now     provisioned    on-demand    advantage  cheapest
            000000000000/us-east-1/a                 PROVISIONED      58.6920     425.5017     158.5207  provisioned
            000000000000/us-east-1/idle              PROVISIONED       0.0150       0.0400       0.0000  provisioned
            all, with the commitment of advantage                     58.7070     425.5417    3079.6875  provisioned
        "#]].assert_eq(&table(&totals, &Prices::list()));
    }

    #[test]
    fn a_price_list_with_a_wrong_name_is_refused() {
        let wrong = LIST.replace("shard-hour", "shard-our");
        toml::from_str::<Prices>(&wrong).unwrap_err();
    }
}
