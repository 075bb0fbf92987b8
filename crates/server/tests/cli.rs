//! The commands for people, each as a process of its own against a started server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flumen_protocol::Blob;
use flumen_protocol::kinesis::{
    ListStreamConsumersInput, PutRecordInput, RegisterStreamConsumerInput, ShardIteratorType,
    StartingPosition, SubscribeToShardInput,
};
use flumen_testkit::server::{Done, Server, finish};
use serde_json::Value;

const ALL: &[&str] = &["--from-start", "--no-follow"];

#[track_caller]
fn tail(server: &Server, stream: &str, args: &[&str]) -> Done {
    server.run(&[&["tail", stream], ALL, args].concat())
}

#[track_caller]
fn put(server: &Server, args: &[&str], input: &str) {
    let done = server.run_with(&[&["put"], args].concat(), input);
    assert_eq!(done.status, Some(0), "{done:?}");
}

#[test]
fn lines_that_are_put_are_printed_by_tail() {
    let server = Server::start();
    server.create("s", 3);
    let lines: Vec<String> = (1000..2500).map(|n| format!("{{\"n\":{n}}}")).collect();
    let done = server.run_with(&["put", "s"], lines.join("\n"));
    assert_eq!((done.status, done.stderr.as_str()), (Some(0), "stored 1500 records\n"));
    assert_eq!(tail(&server, "s", &[]).sorted(), lines);
    assert_eq!(tail(&server, "s", &["--limit", "7"]).lines().len(), 7);
    assert_eq!(server.run(&["tail", "s", "--since", "1h", "--no-follow"]).sorted(), lines);
    assert!(server.run(&["tail", "s", "--since", "0ms", "--no-follow"]).lines().is_empty());
}

/// Of a command whose standard error goes to a program that has ended.
#[test]
fn what_nobody_reads_does_not_end_a_command() {
    let server = Server::start();
    server.create("s", 1);
    let status = |args: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        server.command(args).stderr(writer).stdout(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(status(&["put", "s", "--data", "x"]), Some(0));
    assert_eq!(status(&["put", "absent", "--data", "x"]), Some(1));
    assert_eq!(tail(&server, "s", &[]).lines(), ["x"]);
}

#[test]
fn records_are_put_from_a_file_or_the_command_line() {
    let server = Server::start();
    server.create("s", 1);
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().write_all(b"one\r\ntwo").unwrap();
    server.run(&["put", "s", file.path().to_str().unwrap()]).lines();
    server.run(&["put", "s", "--key", "k", "--data", "a\nb"]).lines();
    put(&server, &["s", "-"], "three\n");
    let objects = tail(&server, "s", &["--json"]).json();
    let data: Vec<&str> = objects.iter().map(|o| o["data"].as_str().unwrap()).collect();
    assert_eq!(data, ["one", "two", "a\nb", "three"]);
    assert_eq!(
        (&objects[2]["partitionKey"], &objects[2]["shard"]),
        (&"k".into(), &"shardId-000000000000".into())
    );
    assert_eq!(tail(&server, "s", &["--key", "k"]).stdout, "a\nb\n");
    server.run(&["put", "s", "/absent"]).fails(1, "/absent");
}

#[test]
fn records_of_a_key_stay_in_order() {
    let server = Server::start();
    server.create("s", 4);
    let line = |n: usize| format!("{{\"id\":\"k{}\",\"n\":{n}}}\n", n % 7);
    put(&server, &["s", "--key-field", "id"], &(0..700).map(line).collect::<String>());
    let objects = tail(&server, "s", &["--json"]).json();
    assert_eq!(objects.len(), 700);
    for key in 0..7 {
        let of_key = objects.iter().filter(|o| o["partitionKey"] == format!("k{key}"));
        let lines: Vec<String> = of_key.map(|o| format!("{}\n", o["data"].as_str().unwrap())).collect();
        assert_eq!(lines, (0..700).filter(|n| n % 7 == key).map(line).collect::<Vec<_>>());
    }
    put(&server, &["s", "--key", "k", "--unordered"], &"x\n".repeat(1200));
    assert_eq!(tail(&server, "s", &["--key", "k"]).lines().len(), 1200);
}

#[test]
fn what_cannot_be_stored_is_named_and_the_rest_is_stored() {
    let server = Server::start();
    server.create("s", 2);
    let input =
        format!("{{\"id\":1}}\n{{\"id\":\"{}\"}}\nx\n{{\"no\":1}}\n{{\"id\":2}}\n", "long".repeat(100));
    let done = server.run_with(&["put", "s", "--key-field", "id"], input);
    done.fails(1, "line 2: ValidationException");
    done.fails(1, "line 3: no JSON");
    done.fails(1, "line 4: no field \"id\"");
    done.fails(1, "stored 2 records\nflumen: 3 records could not be stored\n");
    assert_eq!(tail(&server, "s", &[]).sorted(), ["{\"id\":1}", "{\"id\":2}"]);
    let large = "x".repeat(11 << 20);
    server.run_with(&["put", "s"], format!("{large}\nsmall\n")).fails(1, "line 1: longer than");
    assert_eq!(tail(&server, "s", &[]).lines().len(), 3);
    let absent = server.run(&["put", "absent", "--data", "x"]);
    absent.fails(1, "line 1 is the first that might not have been stored: ResourceNotFoundException");
}

/// A tail that is known to have begun.
fn following(server: &Server, args: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = server.command(&[&["tail", "s"], args].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    // It begins at the tip, so what was put before is not seen; put until something is.
    let seen = AtomicBool::new(false);
    let first = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !seen.load(Ordering::SeqCst) {
                put(server, &["s", "--data", "first", "--key", "first"], "");
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        seen.store(true, Ordering::SeqCst);
        line
    });
    assert!(first.contains("first"), "{first:?}");
    (child, lines)
}

/// Four hundred records of twenty keys in seven shards.
#[track_caller]
fn are_complete_and_in_order(objects: &[Value]) {
    let mut numbers: Vec<Vec<u64>> = vec![Vec::new(); 20];
    for object in objects {
        let data: Value = serde_json::from_str(object["data"].as_str().unwrap()).unwrap();
        let key: usize = data["id"].as_str().unwrap()[1..].parse().unwrap();
        numbers[key].push(data["n"].as_u64().unwrap());
    }
    for (key, numbers) in (0..).zip(&numbers) {
        let expected: Vec<u64> = (0..400).filter(|n| n % 20 == key).collect();
        assert_eq!(*numbers, expected, "key {key}");
    }
    let shards: std::collections::BTreeSet<&str> =
        objects.iter().map(|object| object["shard"].as_str().unwrap()).collect();
    assert_eq!(shards.len(), 7, "{shards:?}");
}

#[test]
fn tail_follows_a_stream_through_splits_and_merges() {
    let server = Server::start();
    server.create("s", 2);
    follows_splits_and_merges(&server, &["--json"]);
    // From the start without following, the same again.
    for consumer in [&[][..], &["--consumer", "c"]] {
        let done = tail(&server, "s", &[&["--json"], consumer].concat());
        let objects: Vec<_> = done.json().into_iter().filter(|object| object["data"] != "first").collect();
        are_complete_and_in_order(&objects);
        assert!(done.stderr.contains("from 7 shards"), "{done:?}");
    }
    let one = tail(&server, "s", &["--shard", "0", "--json"]);
    assert!(one.json().iter().all(|o| o["shard"] == "shardId-000000000000"));
    tail(&server, "s", &["--shard", "77"]).fails(1, "no shard 77");
}

#[test]
fn tail_as_a_consumer_follows_a_stream_through_splits_and_merges() {
    let server = Server::start();
    server.create("s", 2);
    follows_splits_and_merges(&server, &["--json", "--consumer", "c"]);
}

#[test]
fn tail_deregisters_the_consumer_that_it_registered() {
    let server = Server::start();
    server.create("s", 1);
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    let consumers = || {
        let input = ListStreamConsumersInput { stream_arn: arn.into(), ..Default::default() };
        let answer = server.call(&input);
        let output = answer.read().unwrap();
        output
            .consumers
            .iter()
            .flatten()
            .map(|consumer| consumer.consumer_name.to_string())
            .collect::<Vec<_>>()
    };
    let register =
        RegisterStreamConsumerInput { stream_arn: arn.into(), consumer_name: "there".into(), tags: None };
    server.call(&register);
    put(&server, &["s", "--data", "x"], "");
    assert_eq!(tail(&server, "s", &["--consumer", "there"]).lines(), ["x"]);
    let (child, lines) = following(&server, &["--consumer", "new"]);
    assert_eq!(consumers(), ["new", "there"]);
    interrupt(&child);
    assert_eq!(finish(child).status, Some(0));
    drop(lines);
    assert_eq!(consumers(), ["there"]);
}

#[test]
fn tail_as_a_consumer_goes_on_where_it_was_when_another_took_its_place() {
    // As on AWS, where a subscription is also refused within a second of one that has ended.
    let server = Server::start_with(&["--ephemeral", "--limits", "aws"]);
    server.create("s", 1);
    let (mut child, mut lines) = following(&server, &["--consumer", "c"]);
    put(&server, &["s", "--data", "one"], "");
    let mut next = || loop {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        if line != "first\n" {
            break line;
        }
    };
    assert_eq!(next(), "one\n");
    let input = ListStreamConsumersInput {
        stream_arn: "arn:aws:kinesis:us-east-1:000000000000:stream/s".into(),
        ..Default::default()
    };
    let answer = server.call(&input);
    let output = answer.read().unwrap();
    let consumer = output.consumers.unwrap().remove(0).consumer_arn;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let starting_position =
            StartingPosition { r#type: ShardIteratorType::TrimHorizon, ..StartingPosition::default() };
        let input = SubscribeToShardInput {
            consumer_arn: consumer,
            shard_id: "shardId-000000000000".into(),
            starting_position,
            dry_run: None,
        };
        // Refused until the tail's subscription is five seconds old.
        let mut other = loop {
            match server.client().subscribe(&input).await {
                Ok(other) => break other,
                Err(error) => assert!(error.to_string().starts_with("ResourceInUseException"), "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        };
        other.next().await.unwrap().unwrap();
    });
    put(&server, &["s", "--data", "two"], "");
    put(&server, &["s", "--data", "three"], "");
    assert_eq!([next(), next()], ["two\n", "three\n"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn tail_waits_until_a_new_consumer_can_be_pushed_to() {
    let server = Server::start_with(&["--ephemeral", "--transition-time", "700ms"]);
    server.create("s", 1);
    std::thread::sleep(Duration::from_millis(800));
    put(&server, &["s", "--data", "x"], "");
    assert_eq!(tail(&server, "s", &["--consumer", "c"]).lines(), ["x"]);
}

/// Writes four hundred records with two splits and a merge between them, which a tail must see.
fn follows_splits_and_merges(server: &Server, args: &[&str]) {
    let (mut child, lines) = following(server, args);
    let stages: [&dyn Fn(); 4] = [
        &|| {},
        &|| server.split("s", "shardId-000000000000", 1 << 126),
        &|| server.merge("s", "shardId-000000000003", "shardId-000000000001"),
        &|| server.split("s", "shardId-000000000004", 3 << 126),
    ];
    for (stage, reshard) in stages.into_iter().enumerate() {
        reshard();
        let line = |n: usize| format!("{{\"id\":\"k{}\",\"n\":{}}}\n", n % 20, stage * 100 + n);
        put(server, &["s", "--key-field", "id"], &(0..100).map(line).collect::<String>());
    }
    let mut live = Vec::new();
    for line in lines.lines() {
        let object: Value = serde_json::from_str(&line.unwrap()).unwrap();
        live.extend(Some(object).filter(|object| object["data"] != "first"));
        if live.len() == 400 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    are_complete_and_in_order(&live);
}

#[test]
fn an_interrupt_ends_tail_with_its_summary() {
    let server = Server::start();
    server.create("s", 1);
    let (child, lines) = following(&server, &[]);
    interrupt(&child);
    let done = finish(child);
    assert_eq!(done.status, Some(0), "{done:?}");
    assert!(done.stderr.contains("from 1 shard"), "{done:?}");
    drop(lines);
}

fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}

#[test]
fn a_reader_that_goes_away_ends_a_command_quietly() {
    let server = Server::start();
    server.create("s", 1);
    let (child, lines) = following(&server, &[]);
    drop(lines);
    put(&server, &["s", "--data", "x"], "");
    let done = finish(child);
    assert_eq!((done.status, done.stderr.as_str()), (Some(0), ""));
}

#[test]
fn aggregates_are_opened() {
    let server = Server::start();
    server.create("s", 1);
    // Made by the format's rules: records `x` of key `a` and `y` of key `b`, and the digest of the message.
    let message = b"\x0a\x01a\x0a\x01b\x1a\x05\x08\x00\x1a\x01x\x1a\x05\x08\x01\x1a\x01y";
    let digest = <md5::Md5 as md5::Digest>::digest(message);
    let data = [b"\xf3\x89\x9a\xc2", &message[..], &digest].concat();
    let input = PutRecordInput {
        stream_name: Some("s".into()),
        partition_key: Some("z".into()),
        data: Blob::from(data),
        ..PutRecordInput::default()
    };
    server.call(&input);
    assert_eq!(tail(&server, "s", &[]).lines(), ["x", "y"]);
    assert_eq!(tail(&server, "s", &["--key", "b"]).lines(), ["y"]);
}

#[test]
fn streams_are_listed() {
    let server = Server::start();
    let done = server.run(&["streams"]);
    assert!(done.lines().is_empty());
    assert!(done.stderr.contains("no streams in us-east-1"), "{done:?}");
    for n in 0..120 {
        server.create(&format!("s{n:03}"), 2);
    }
    let done = server.run(&["streams"]);
    let lines = done.lines();
    assert_eq!(lines.len(), 121);
    let words: Vec<&str> = lines[120].split_whitespace().collect();
    assert_eq!(words[..5], ["s119", "ACTIVE", "PROVISIONED", "2", "24h"]);
    let object = &server.run(&["streams", "--json"]).json()[7];
    assert_eq!((&object["name"], &object["openShards"]), (&"s007".into(), &2.into()));
    // Regions do not see each other's streams.
    assert!(server.run(&["streams", "--region", "eu-west-1"]).lines().is_empty());
}

/// Puts lines without end while something else is tried.
fn under_load<T>(
    server: &Server,
    args: &[&str],
    line: impl Fn(u64) -> String + Sync,
    run: impl FnOnce() -> T,
) -> T {
    let mut child = server.command(&[&["put", "s"], args].concat()).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let done = AtomicBool::new(false);
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                if done.load(Ordering::SeqCst) || stdin.write_all(line(n).as_bytes()).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        std::thread::sleep(Duration::from_millis(300));
        let result = run();
        done.store(true, Ordering::SeqCst);
        result
    });
    drop(stdin);
    assert_eq!(finish(child).status, Some(0));
    result
}

#[test]
fn describe_shows_ranges_lineage_and_load() {
    let server = Server::start();
    server.create("s", 2);
    server.split("s", "shardId-000000000001", 3 << 126);
    let args = ["describe", "s", "--sample", "1s"];
    let (done, measured) = under_load(
        &server,
        &["--key", "a"],
        |n| format!("{n}\n"),
        || (server.run(&args), server.run(&[&args[..], &["--json"]].concat())),
    );
    let measured = &measured.json()[0]["shards"];
    assert!(measured[0]["recordsPerSecond"].as_f64().unwrap() > 10.0, "{measured}");
    assert_eq!((&measured[1]["bytesPerSecond"], &measured[2]["bytesPerSecond"]), (&Value::Null, &0.0.into()));
    let lines = done.lines();
    assert!(lines[0].starts_with("s  ACTIVE  PROVISIONED"), "{done:?}");
    let row = |shard: &str| lines.iter().find(|line| line.starts_with(shard)).unwrap().to_string();
    // Key `a` hashes into the first tenth of the ring.
    let hot: Vec<String> = row("shardId-000000000000").split_whitespace().map(str::to_owned).collect();
    assert_eq!((hot[1].as_str(), hot[2].as_str()), ("████████████████████····················", "50"));
    assert!(hot[4].parse::<f64>().unwrap() > 10.0, "{hot:?}");
    assert!(row("shardId-000000000002").contains("25 %"), "{done:?}");
    assert!(
        lines.contains(&"shardId-000000000001 closed") && lines.contains(&"├─ shardId-000000000002 open")
    );
    let object = &server.run(&["describe", "s", "--json", "--sample", "0"]).json()[0];
    assert_eq!((&object["name"], &object["shards"][1]["open"]), (&"s".into(), &false.into()));
    assert_eq!(object["shards"][3]["startingHashKey"], (3_u128 << 126).to_string());
}

#[test]
fn split_hot_halves_the_load_of_the_hottest_shard() {
    let server = Server::start();
    server.create("s", 2);
    let args = ["split-hot", "s", "--sample", "2s"];
    server.run(&args).fails(1, "nothing was written to s");
    // Three keys, of which `a` hashes into the first shard, and `b` and `foo` into the second.
    let line = |n: u64| format!("{{\"id\":\"{}\"}}\n", ["a", "b", "foo"][(n % 3) as usize]);
    let load = ["--key-field", "id"];
    let done = under_load(&server, &load, line, || server.run_with(&args, "n\n"));
    assert!(done.lines().last().unwrap().ends_with("nothing was changed"), "{done:?}");
    let done = under_load(&server, &load, line, || server.run(&[&args[..], &["--yes"]].concat()));
    let lines = done.lines();
    assert!(lines[0].starts_with("shardId-000000000001 bears most"), "{done:?}");
    assert!(lines[lines.len() - 1].starts_with("shardId-000000000003 from"), "{done:?}");
    // Each key now has a shard of its own.
    put(&server, &["s", "--key-field", "id"], "{\"id\":\"b\",\"z\":1}\n{\"id\":\"foo\",\"z\":1}\n");
    let objects = tail(&server, "s", &["--json"]).json();
    let last: Vec<_> = objects.iter().filter(|o| o["data"].as_str().unwrap().contains("\"z\"")).collect();
    assert_eq!(last.len(), 2);
    assert_ne!(last[0]["shard"], last[1]["shard"]);
}

#[test]
fn split_hot_refuses_to_divide_one_key() {
    let server = Server::start();
    server.create("s", 1);
    let args = ["split-hot", "s", "--yes", "--sample", "1s"];
    let done = under_load(&server, &["--key", "hot"], |n| format!("{n}\n"), || server.run(&args));
    done.fails(1, "has the partition key \"hot\"");
}

#[test]
fn bench_says_what_became_of_its_load() {
    let server = Server::start();
    let args =
        ["bench", "--stream", "s", "--create", "2", "--rate", "500", "--batch", "10", "--seconds", "2"];
    let done = server.run(&args);
    let summary = &done.json()[0];
    assert_eq!(done.lines().len(), 1);
    for (name, count) in [("sent", 1000), ("ok", 1000), ("throttled", 0), ("failed", 0), ("unsent", 0)] {
        assert_eq!(summary[name], count, "{name}: {done:?}");
    }
    let ms = ["p50_ms", "p90_ms", "p99_ms", "p99.9_ms", "max_ms"].map(|name| summary[name].as_f64().unwrap());
    assert!(ms[0] > 0.0 && ms.is_sorted(), "{done:?}");
    assert!(done.stderr.contains("created s\n   1 s  ok "), "{done:?}");
    assert_eq!(tail(&server, "s", &[]).stderr, "1000 records from 2 shards\n");
    server.run(&["bench", "--stream", "absent"]).fails(1, "ResourceNotFoundException");
    server.run(&["bench", "--stream", "s", "--rate", "0"]).fails(2, "--rate");
    server.run(&["bench", "--stream", "s", "--rate", "1", "--batch", "100"]).fails(2, "no request");
}

#[test]
fn an_interrupt_ends_bench_with_its_summary() {
    let server = Server::start();
    server.create("s", 1);
    let mut child = server.command(&["bench", "--stream", "s", "--seconds", "600"]).spawn().unwrap();
    let mut first = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut first).unwrap();
    interrupt(&child);
    let summary = &finish(child).json()[0];
    assert!(summary["ok"].as_u64().unwrap() > 0, "{summary}");
}

#[test]
fn wrong_usage_and_failure_differ_by_status() {
    let server = Server::start();
    server.run(&["tail"]).fails(2, "STREAM");
    server.run(&["tail", "s", "--since", "yesterday"]).fails(2, "yesterday");
    server.run(&["streams", "--endpoint", "nowhere"]).fails(2, "nowhere");
    server.run(&["streams", "--endpoint", "http://192.0.2.1"]).fails(2, "no credentials");
    server
        .run(&["streams", "--endpoint", "http://127.0.0.1:1"])
        .fails(1, "cannot connect to http://127.0.0.1:1");
    server.run(&["tail", "s"]).fails(1, "ResourceNotFoundException");
}

#[test]
fn requests_are_signed_by_the_users_profile() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("credentials");
    let text = "[default]\naws_access_key_id=A\naws_secret_access_key=wrong\n\
                [good]\naws_access_key_id=A\naws_secret_access_key=right\n";
    std::fs::write(&file, text).unwrap();
    let known = dir.path().join("known");
    std::fs::write(&known, "[a]\naws_access_key_id=A\naws_secret_access_key=right\n").unwrap();
    let server = Server::start_with(&["--ephemeral", "--credentials", known.to_str().unwrap()]);
    let streams = |profile: &str| {
        let mut command = server.command(&["streams"]);
        command.env("AWS_SHARED_CREDENTIALS_FILE", &file).env("AWS_PROFILE", profile);
        Done::of(command.output().unwrap())
    };
    streams("good").lines();
    streams("default").fails(1, "InvalidSignatureException");
    streams("absent").fails(1, "UnrecognizedClientException");
}

#[test]
fn tls_needs_a_certificate_that_is_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_with(&["--data-dir", dir.path().to_str().unwrap(), "--tls", "127.0.0.1:0"]);
    let streams = |bundle: &std::path::Path| {
        let args = ["streams", "--endpoint", server.secure_endpoint.as_deref().unwrap()];
        Done::of(server.command(&args).env("AWS_CA_BUNDLE", bundle).output().unwrap())
    };
    let done = server.run(&["trust", "--data-dir", dir.path().to_str().unwrap()]);
    let bundle = dir.path().join("bundle.pem");
    std::fs::write(&bundle, &done.stdout).unwrap();
    streams(&bundle).lines();
    streams(&dir.path().join("absent")).fails(2, "absent");
    let other = tempfile::tempdir().unwrap();
    let _other = Server::start_with(&["--data-dir", other.path().to_str().unwrap(), "--tls", "127.0.0.1:0"]);
    streams(&other.path().join("tls/ca.pem")).fails(1, "certificate");
}

#[test]
fn completions_and_manual_pages_come_from_the_definitions() {
    let server = Server::start();
    let done = server.run(&["completions", "bash"]);
    assert!(done.stdout.contains("split-hot"), "{done:?}");
    server.run(&["completions", "tcsh"]).fails(2, "tcsh");
    let dir = tempfile::tempdir().unwrap();
    server.run(&["man", dir.path().to_str().unwrap()]).lines();
    let page = std::fs::read_to_string(dir.path().join("flumen-tail.1")).unwrap();
    assert!(page.contains("from\\-start"), "{page}");
}

#[test]
fn a_subscription_delivers_what_is_put() {
    let server = Server::start();
    server.create("s", 1);
    let input = RegisterStreamConsumerInput {
        stream_arn: "arn:aws:kinesis:us-east-1:000000000000:stream/s".into(),
        consumer_name: "c".into(),
        ..RegisterStreamConsumerInput::default()
    };
    let answer = server.call(&input);
    let consumer = answer.read().unwrap().consumer.consumer_arn;
    put(&server, &["s", "--key", "k"], "one\ntwo\n");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let starting_position =
            StartingPosition { r#type: ShardIteratorType::TrimHorizon, ..StartingPosition::default() };
        let input = |consumer_arn| SubscribeToShardInput {
            consumer_arn,
            shard_id: "shardId-000000000000".into(),
            starting_position: starting_position.clone(),
            dry_run: None,
        };
        let mut subscription = server.client().subscribe(&input(consumer)).await.unwrap();
        let mut data = Vec::new();
        while data.len() < 2 {
            let event = subscription.next().await.unwrap().unwrap();
            let event = event.read().unwrap();
            data.extend(event.records.iter().map(|record| record.data.to_bytes().unwrap().into_owned()));
        }
        assert_eq!(data, [b"one", b"two"]);
        let absent = "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/x:1";
        let error = server.client().subscribe(&input(absent.into())).await.err().unwrap();
        assert!(error.to_string().starts_with("ResourceNotFoundException"), "{error}");
    });
}
