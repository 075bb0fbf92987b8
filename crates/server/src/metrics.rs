//! What `/metrics` shows: calls as `api` counts them (time and faults by operation), and what the service and its log
//! count, under Kinesis's own names. Source: AWS's Developer Guide, "Monitor the Amazon
//! Kinesis Data Streams service with Amazon CloudWatch"
//! (<https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html>).

mod exposed;

use std::sync::atomic::Ordering;

use flumen_api::{Api, ServiceId};
use flumen_streams::metering::figures::{ConsumerFigures, ShardFigures, StreamFigures};
use flumen_streams::metering::{ConsumerTotals, ShardTotals, StreamTotals};
use flumen_types::Histogram;

use crate::exposition::{Exposition, Kind};
use crate::server::Server;

/// The names of a service's families for times and for errors, and what they are.
struct Calls {
    service: ServiceId,
    times: (&'static str, &'static str),
    failures: (&'static str, &'static str),
}

const CALLS: [Calls; 3] = [
    Calls {
        service: ServiceId::Streams,
        times: ("flumen_request_seconds", "Time from a request's last byte to its answer."),
        failures: ("flumen_faults_total", "Requests answered with an error."),
    },
    Calls {
        service: ServiceId::Tables,
        times: (
            "flumen_tables_request_seconds",
            "Time from a request's last byte to its answer, of lease tables.",
        ),
        failures: (
            "flumen_tables_faults_total",
            "Requests for lease tables answered with an error; conditions that did not hold are most of them.",
        ),
    },
    Calls {
        service: ServiceId::Watch,
        times: (
            "flumen_watch_request_seconds",
            "Time from a request's last byte to its answer, of CloudWatch.",
        ),
        failures: ("flumen_watch_faults_total", "Requests for CloudWatch answered with an error."),
    },
];

fn calls(api: &Api, page: &mut Exposition) {
    for Calls { service, times: (name, help), failures: (failures, of_failures) } in CALLS {
        let counts = api.counts(service);
        times(page, name, help, counts.times());
        page.family(failures, Kind::Counter, of_failures);
        for (operation, code, count) in counts.failures() {
            let labels = [("operation", operation), ("code", code)];
            // Where errors are counted all in one.
            page.sample(if code.is_empty() { &labels[..1] } else { &labels }, count);
        }
    }
}

/// Of the operations that were asked for.
fn times<'a>(
    page: &mut Exposition,
    name: &'static str,
    help: &'static str,
    operations: impl Iterator<Item = (&'static str, &'a Histogram)>,
) {
    page.family(name, Kind::Histogram, help);
    for (operation, histogram) in operations {
        let snapshot = histogram.read();
        if snapshot.count > 0 {
            page.histogram(&[("operation", operation)], &snapshot);
        }
    }
}

/// The whole page. Partition keys are data of whoever sent them, so they are shown only on request.
pub fn page(server: &Server, with_keys: bool) -> String {
    let mut page = Exposition::default();
    calls(&server.api, &mut page);
    let open = server.connections_max.saturating_sub(server.places.available_permits());
    page.family("flumen_connections_open", Kind::Gauge, "Client connections.");
    page.sample(&[], open);
    page.family("flumen_connections_max", Kind::Gauge, "Maximum number of client connections.");
    page.sample(&[], server.connections_max);
    let help = "Proxy connections that were closed because the required PROXY header was missing or invalid.";
    page.family("flumen_proxy_headers_refused_total", Kind::Counter, help);
    page.sample(&[], server.headers_refused.load(Ordering::Relaxed));
    let help = "Requests and connections refused because of an account's limits, by limit.";
    page.family("flumen_account_refused_total", Kind::Counter, help);
    for (account, limit, count) in server.api.over_limits() {
        page.sample(&[("account", &account), ("limit", limit.as_str())], count);
    }
    audit(server, &mut page);
    log(server, &mut page);
    tables(server, &mut page);
    let figures = server.api.services.streams.figures();
    streams(&figures, &mut page);
    shards(&figures, with_keys, &mut page);
    consumers(&figures, &mut page);
    exposed::write(&server.api.services.watch.watch, &mut page);
    page.finish()
}

fn log(server: &Server, page: &mut Exposition) {
    let help = "Time from queueing an append to its acknowledgement, including the sync.";
    page.family("flumen_log_append_seconds", Kind::Histogram, help);
    page.histogram(&[], &server.api.services.streams.append_time());
    let status = server.api.services.streams.log_status();
    page.family("flumen_log_sync_seconds", Kind::Histogram, "Time of the journal's syncs.");
    page.histogram(&[], &status.sync_time);
    let gauges = [
        ("flumen_log_sync_max_seconds", "The longest sync.", status.sync_time_max.as_secs_f64()),
        ("flumen_log_disk_bytes", "Journal and segments on disk.", status.disk_bytes as f64),
        ("flumen_log_tail_bytes", "Memory of the newest records.", status.tail_bytes as f64),
        ("flumen_log_queue_bytes", "Appends that are not yet acknowledged.", status.queue_bytes as f64),
        (
            "flumen_log_failed",
            "1 if the log accepts no writes until a restart.",
            flag(status.failed.is_some()),
        ),
        (
            "flumen_log_stuck",
            "1 while the log accepts no writes because the disk is full or another resource has run out; ends by itself.",
            flag(status.stuck.is_some()),
        ),
    ];
    for (name, help, value) in gauges {
        page.family(name, Kind::Gauge, help);
        page.sample(&[], value);
    }
    page.family(
        "flumen_log_write_seconds_total",
        Kind::Counter,
        "Time of the journal's writes to the page cache, if it does not go past it.",
    );
    page.sample(&[], status.write_time.as_secs_f64());
    page.family("flumen_log_written_bytes_total", Kind::Counter, "Bytes written to the journal.");
    page.sample(&[], status.written_bytes);
}

fn audit(server: &Server, page: &mut Exposition) {
    let auditor = &server.api.resources.auditor;
    let (events, sums) = (auditor.audit.status(), auditor.sums.status());
    let counters = [
        ("flumen_audit_events_total", "Events of the audit.", events.events),
        ("flumen_audit_denials_total", "Calls that policies denied.", auditor.denied()),
        (
            "flumen_audit_root_calls_total",
            "Calls of accounts' root users, where policies decide.",
            auditor.by_root(),
        ),
        (
            "flumen_audit_lost_total",
            "Events that could only be counted, while there was no room for them; none of a change is.",
            events.lost,
        ),
        (
            "flumen_sign_in_failures_total",
            "Requests whose signature or access key was not taken.",
            server.api.sign_ins_refused(),
        ),
    ];
    for (name, help, value) in counters {
        page.family(name, Kind::Counter, help);
        page.sample(&[], value);
    }
    let gauges = [
        (
            "flumen_audit_lag_seconds",
            "Age of the oldest event that is not durable yet.",
            events.lag_ms as f64 / 1000.0,
        ),
        ("flumen_audit_bytes", "What events and sums take on disk.", (events.bytes + sums.bytes) as f64),
        (
            "flumen_audit_room_bytes",
            "What events may still take before the oldest go.",
            events.bytes_max.saturating_sub(events.bytes) as f64,
        ),
        (
            "flumen_audit_refusing",
            "1 while nothing can be changed, since its event could not be written.",
            flag(events.refuses),
        ),
        ("flumen_audit_sums_waiting", "Minutes whose sums could not be written yet.", sums.waiting as f64),
    ];
    for (name, help, value) in gauges {
        page.family(name, Kind::Gauge, help);
        page.sample(&[], value);
    }
}

fn tables(server: &Server, page: &mut Exposition) {
    let status = server.api.services.tables.status();
    page.family("flumen_tables_bytes", Kind::Gauge, "Memory used by the lease tables of all accounts.");
    page.sample(&[], status.stored_bytes);
    page.family("flumen_tables_bytes_max", Kind::Gauge, "Maximum memory for lease tables.");
    page.sample(&[], status.limit_bytes);
}

fn flag(set: bool) -> f64 {
    if set { 1.0 } else { 0.0 }
}

type Column<T> = (&'static str, Kind, &'static str, fn(&T) -> u64);

const STREAM: &[Column<StreamTotals>] = &[
    ("flumen_kinesis_incoming_records_total", Kind::Counter, "IncomingRecords.", |t| t.incoming_records),
    ("flumen_kinesis_incoming_bytes_total", Kind::Counter, "IncomingBytes.", |t| t.incoming_bytes),
    ("flumen_kinesis_put_record_bytes_total", Kind::Counter, "PutRecord.Bytes.", |t| t.put_record_bytes),
    ("flumen_kinesis_put_record_success_total", Kind::Counter, "PutRecord.Success.", |t| {
        t.put_record_successes
    }),
    ("flumen_kinesis_put_records_bytes_total", Kind::Counter, "PutRecords.Bytes.", |t| t.put_records_bytes),
    ("flumen_kinesis_put_records_success_total", Kind::Counter, "PutRecords.Success.", |t| {
        t.put_records_successes
    }),
    ("flumen_kinesis_put_records_total_records_total", Kind::Counter, "PutRecords.TotalRecords.", |t| {
        t.put_records_total
    }),
    (
        "flumen_kinesis_put_records_successful_records_total",
        Kind::Counter,
        "PutRecords.SuccessfulRecords.",
        |t| t.put_records_successful,
    ),
    ("flumen_kinesis_put_records_failed_records_total", Kind::Counter, "PutRecords.FailedRecords.", |t| {
        t.put_records_failed
    }),
    (
        "flumen_kinesis_put_records_throttled_records_total",
        Kind::Counter,
        "PutRecords.ThrottledRecords.",
        |t| t.put_records_throttled,
    ),
    ("flumen_kinesis_get_records_bytes_total", Kind::Counter, "GetRecords.Bytes.", |t| t.get_records_bytes),
    ("flumen_kinesis_get_records_records_total", Kind::Counter, "GetRecords.Records.", |t| {
        t.get_records_records
    }),
    ("flumen_kinesis_get_records_success_total", Kind::Counter, "GetRecords.Success.", |t| {
        t.get_records_successes
    }),
    (
        "flumen_kinesis_get_records_iterator_age_milliseconds",
        Kind::Gauge,
        "GetRecords.IteratorAgeMilliseconds of the last call.",
        |t| t.iterator_age_ms,
    ),
    (
        "flumen_kinesis_read_provisioned_throughput_exceeded_total",
        Kind::Counter,
        "ReadProvisionedThroughputExceeded.",
        |t| t.read_throttled,
    ),
    (
        "flumen_kinesis_write_provisioned_throughput_exceeded_total",
        Kind::Counter,
        "WriteProvisionedThroughputExceeded.",
        |t| t.write_throttled,
    ),
];

/// Milliseconds in all, and how many calls they took; a call refused before it reached a shard is none.
type Latency = (&'static str, &'static str, fn(&StreamTotals) -> (u64, u64));

const LATENCY: &[Latency] = &[
    ("flumen_kinesis_put_record_latency_milliseconds", "PutRecord.Latency.", |t| {
        (t.put_record_micros, t.put_record_calls)
    }),
    ("flumen_kinesis_put_records_latency_milliseconds", "PutRecords.Latency.", |t| {
        (t.put_records_micros, t.put_records_calls)
    }),
    ("flumen_kinesis_get_records_latency_milliseconds", "GetRecords.Latency.", |t| {
        (t.get_records_micros, t.get_records_successes)
    }),
];

fn streams(figures: &[StreamFigures], page: &mut Exposition) {
    page.family("flumen_kinesis_open_shards", Kind::Gauge, "Open shards.");
    for stream in figures {
        page.sample(&labels(stream), stream.open_shards);
    }
    for &(name, kind, help, of) in STREAM {
        page.family(name, kind, help);
        for stream in figures {
            page.sample(&labels(stream), of(&stream.totals));
        }
    }
    for &(name, help, of) in LATENCY {
        page.family(name, Kind::Summary, help);
        for stream in figures {
            let (micros, calls) = of(&stream.totals);
            page.summary(&labels(stream), micros as f64 / 1000.0, calls);
        }
    }
}

fn labels(stream: &StreamFigures) -> [(&'static str, &str); 3] {
    [("account", &stream.realm.account), ("region", &stream.realm.region), ("stream", &stream.name)]
}

/// Under the API's name of each metric, by which it is switched on.
const SHARD: &[(&str, Column<ShardTotals>)] = &[
    (
        "IncomingBytes",
        ("flumen_kinesis_shard_incoming_bytes_total", Kind::Counter, "IncomingBytes.", |t| t.incoming_bytes),
    ),
    (
        "IncomingRecords",
        ("flumen_kinesis_shard_incoming_records_total", Kind::Counter, "IncomingRecords.", |t| {
            t.incoming_records
        }),
    ),
    (
        "OutgoingBytes",
        ("flumen_kinesis_shard_outgoing_bytes_total", Kind::Counter, "OutgoingBytes.", |t| t.outgoing_bytes),
    ),
    (
        "OutgoingRecords",
        ("flumen_kinesis_shard_outgoing_records_total", Kind::Counter, "OutgoingRecords.", |t| {
            t.outgoing_records
        }),
    ),
    (
        "IteratorAgeMilliseconds",
        (
            "flumen_kinesis_shard_iterator_age_milliseconds",
            Kind::Gauge,
            "IteratorAgeMilliseconds of the last GetRecords.",
            |t| t.iterator_age_ms,
        ),
    ),
    (
        "ReadProvisionedThroughputExceeded",
        (
            "flumen_kinesis_shard_read_provisioned_throughput_exceeded_total",
            Kind::Counter,
            "ReadProvisionedThroughputExceeded.",
            |t| t.read_throttled,
        ),
    ),
    (
        "WriteProvisionedThroughputExceeded",
        (
            "flumen_kinesis_shard_write_provisioned_throughput_exceeded_total",
            Kind::Counter,
            "WriteProvisionedThroughputExceeded.",
            |t| t.write_throttled,
        ),
    ),
];

fn shards(figures: &[StreamFigures], with_keys: bool, page: &mut Exposition) {
    let all = || figures.iter().flat_map(|stream| stream.shards.iter().map(move |shard| (stream, shard)));
    for &(metric, (name, kind, help, of)) in SHARD {
        page.family(name, kind, help);
        for (stream, shard) in all().filter(|(_, shard)| shard.shows(metric)) {
            page.sample(&of_shard(stream, &shard.id.to_string()), of(&shard.totals));
        }
    }
    if with_keys {
        let help = "Minimum share of a heavy partition key in the recent writes to its shard.";
        page.family("flumen_shard_key_share", Kind::Gauge, help);
        all().for_each(|(stream, shard)| keys(stream, shard, page));
    }
}

fn keys(stream: &StreamFigures, shard: &ShardFigures, page: &mut Exposition) {
    let id = shard.id.to_string();
    let [account, region, name, shard_label] = of_shard(stream, &id);
    for heavy in &shard.heavy {
        page.sample(&[account, region, name, shard_label, ("key", &heavy.key)], heavy.share);
    }
}

fn of_shard<'a>(stream: &'a StreamFigures, id: &'a str) -> [(&'static str, &'a str); 4] {
    let [account, region, name] = labels(stream);
    [account, region, name, ("shard", id)]
}

const CONSUMER: &[Column<ConsumerTotals>] = &[
    ("flumen_kinesis_subscribe_to_shard_success_total", Kind::Counter, "SubscribeToShard.Success.", |t| {
        t.subscribed
    }),
    (
        "flumen_kinesis_subscribe_to_shard_rate_exceeded_total",
        Kind::Counter,
        "SubscribeToShard.RateExceeded.",
        |t| t.subscribe_refused,
    ),
    (
        "flumen_kinesis_subscribe_to_shard_event_success_total",
        Kind::Counter,
        "SubscribeToShardEvent.Success.",
        |t| t.events,
    ),
    (
        "flumen_kinesis_subscribe_to_shard_event_bytes_total",
        Kind::Counter,
        "SubscribeToShardEvent.Bytes.",
        |t| t.bytes,
    ),
    (
        "flumen_kinesis_subscribe_to_shard_event_records_total",
        Kind::Counter,
        "SubscribeToShardEvent.Records.",
        |t| t.records,
    ),
    (
        "flumen_kinesis_subscribe_to_shard_event_millis_behind_latest",
        Kind::Gauge,
        "SubscribeToShardEvent.MillisBehindLatest of the last event.",
        |t| t.millis_behind_latest,
    ),
];

fn consumers(figures: &[StreamFigures], page: &mut Exposition) {
    let all = || figures.iter().flat_map(|stream| stream.consumers.iter().map(move |c| (stream, c)));
    for &(name, kind, help, of) in CONSUMER {
        page.family(name, kind, help);
        for (stream, consumer) in all() {
            page.sample(&of_consumer(stream, consumer), of(&consumer.totals));
        }
    }
    let lags = || all().flat_map(|(s, c)| c.lags.iter().map(move |lag| (of_consumer(s, c), lag)));
    let help = "Records between a consumer's position and the end of its shard.";
    page.family("flumen_consumer_lag_records", Kind::Gauge, help);
    for ([account, region, stream, consumer], lag) in lags() {
        let shard = lag.shard.to_string();
        page.sample(&[account, region, stream, consumer, ("shard", &shard)], lag.records);
    }
    let help = "Upper bound of the time by which a consumer is behind the end of its shard.";
    page.family("flumen_consumer_lag_milliseconds", Kind::Gauge, help);
    for ([account, region, stream, consumer], lag) in lags() {
        let shard = lag.shard.to_string();
        page.sample(&[account, region, stream, consumer, ("shard", &shard)], lag.millis);
    }
}

fn of_consumer<'a>(stream: &'a StreamFigures, consumer: &'a ConsumerFigures) -> [(&'static str, &'a str); 4] {
    let [account, region, name] = labels(stream);
    [account, region, name, ("consumer", &consumer.name)]
}

#[cfg(test)]
mod tests;
