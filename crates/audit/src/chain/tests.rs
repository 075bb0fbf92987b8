use std::os::unix::net::UnixDatagram;

use super::*;
use crate::{Object, Objects};

const LOCATION: TrailLocation<'_> = TrailLocation {
    account: "123456789012",
    region: "eu-west-1",
    trail: "t",
    home_region: "eu-west-1",
    bucket: "bucket",
    prefix: Some("p"),
};
/// 2026-11-30T03:00:00Z.
const AT_MS: u64 = 1_796_007_600_000;

/// RSA keys take long to make.
pub(super) fn key() -> &'static SigningKey {
    static KEY: std::sync::LazyLock<SigningKey> =
        std::sync::LazyLock::new(|| SigningKey::generate(0, u64::MAX / 2000 * 1000).unwrap());
    &KEY
}

fn file(at_ms: u64, name: &str) -> NewFile {
    log_file(&LOCATION, at_ms, Holds::Events, [(at_ms - 5000, format!("{{\"eventID\":\"{name}\"}}"))])
        .unwrap()
}

fn put(objects: &Objects, bucket: &str, key: &str, object: &Object) {
    objects.put(bucket, key, object).unwrap();
}

fn content(object: &Object) -> String {
    let mut content = Vec::new();
    gzip::unpack(&object.content, u64::MAX, |part| content.extend_from_slice(part)).unwrap();
    String::from_utf8(content).unwrap()
}

#[test]
fn a_log_file_is_records_and_the_same_lines_make_the_same_file() {
    let lines = [(AT_MS + 5, "{\"a\":1}"), (AT_MS + 2, "{\"b\":2}")];
    let file = log_file(&LOCATION, AT_MS + 70_000, Holds::Events, lines).unwrap();
    assert_eq!(content(&file.object), "{\"Records\":[{\"a\":1},{\"b\":2}]}");
    assert_eq!((file.oldest_ms, file.newest_ms, file.events), (AT_MS + 2, AT_MS + 5, 2));
    assert_eq!(file.hash, "79cffd2b58c213f7117dec82b6f992ebadd08b3dd61e5b746ff1348fe395a8ca");
    assert_eq!(log_file(&LOCATION, AT_MS + 71_000, Holds::Events, lines).unwrap().key, file.key);
    let other = TrailLocation { trail: "u", ..LOCATION };
    assert_ne!(log_file(&other, AT_MS + 70_000, Holds::Events, lines).unwrap().key, file.key);
    assert_eq!(log_file(&LOCATION, AT_MS, Holds::Events, [(0, ""); 0]), None);
}

#[test]
fn a_digest_has_cloudtrails_fields_and_a_signature_of_its_text() {
    let mut chain = Chain::new(AT_MS + 500);
    let (one, two) = (file(AT_MS + 60_000, "one"), file(AT_MS + 30_000, "two"));
    chain.add(&one);
    chain.add(&two);
    let first = chain.digest(&LOCATION, AT_MS + 3_600_999, key()).unwrap();
    let digest: serde_json::Value = serde_json::from_str(&content(&first.object)).unwrap();
    let entry = |file: &NewFile, time: &str| {
        serde_json::json!({
            "s3Bucket": "bucket",
            "s3Object": file.key,
            "hashValue": file.hash,
            "hashAlgorithm": "SHA-256",
            "newestEventTime": time,
            "oldestEventTime": time,
        })
    };
    let mut expected = serde_json::json!({
        "awsAccountId": "123456789012",
        "digestStartTime": "2026-11-30T03:00:00Z",
        "digestEndTime": "2026-11-30T04:00:00Z",
        "digestS3Bucket": "bucket",
        "digestS3Object": "p/AWSLogs/123456789012/CloudTrail-Digest/eu-west-1/2026/11/30/\
            123456789012_CloudTrail-Digest_eu-west-1_t_eu-west-1_20261130T040000Z.json.gz",
        "digestPublicKeyFingerprint": key().public().fingerprint,
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": "2026-11-30T03:00:55Z",
        "oldestEventTime": "2026-11-30T03:00:25Z",
        "previousDigestS3Bucket": null,
        "previousDigestS3Object": null,
        "previousDigestHashValue": null,
        "previousDigestHashAlgorithm": null,
        "previousDigestSignature": null,
        "logFiles": [entry(&one, "2026-11-30T03:00:55Z"), entry(&two, "2026-11-30T03:00:25Z")],
    });
    assert_eq!(digest, expected);
    let signature = &first.object.metadata["signature"];
    assert_eq!(first.object.metadata["signature-algorithm"], "SHA256withRSA");
    let hash = log_file::hash(content(&first.object).as_bytes());
    let text = format!("2026-11-30T04:00:00Z\nbucket/{}\n{hash}\nnull", first.key);
    assert!(key().public().verifies(&text, &digest::unhex(signature).unwrap()));
    assert_eq!(
        digest::read(&Object { metadata: Default::default(), ..first.object.clone() })
            .unwrap()
            .signature
            .as_ref(),
        Some(signature)
    );
    // The next one, of nothing.
    let second = first.after.digest(&LOCATION, AT_MS + 7_200_000, key()).unwrap();
    let digest: serde_json::Value = serde_json::from_str(&content(&second.object)).unwrap();
    for (name, value) in [
        ("digestStartTime", "2026-11-30T04:00:00Z".into()),
        ("digestEndTime", "2026-11-30T05:00:00Z".into()),
        ("digestS3Object", second.key.clone().into()),
        ("newestEventTime", serde_json::Value::Null),
        ("oldestEventTime", serde_json::Value::Null),
        ("previousDigestS3Bucket", "bucket".into()),
        ("previousDigestS3Object", first.key.clone().into()),
        ("previousDigestHashValue", hash.into()),
        ("previousDigestHashAlgorithm", "SHA-256".into()),
        ("previousDigestSignature", signature.clone().into()),
        ("logFiles", serde_json::json!([])),
    ] {
        expected[name] = value;
    }
    assert_eq!(digest, expected);
}

#[test]
fn each_digest_ends_in_a_second_of_its_own_wherever_the_clock_stands() {
    let chain = Chain::new(AT_MS);
    let first = chain.digest(&LOCATION, AT_MS, key()).unwrap();
    assert_eq!(first.anchor.end, "2026-11-30T03:00:01Z");
    let second = first.after.digest(&LOCATION, AT_MS - 86_400_000, key()).unwrap();
    assert_eq!(second.anchor.end, "2026-11-30T03:00:02Z");
    let again = second.after.started_again(AT_MS + 1500);
    assert_eq!(again.digest(&LOCATION, AT_MS + 1600, key()).unwrap().anchor.end, "2026-11-30T03:00:03Z");
}

#[test]
fn a_chain_that_starts_again_names_the_one_before() {
    let last = Chain::new(AT_MS).digest(&LOCATION, AT_MS + 1000, key()).unwrap();
    let again = last.after.started_again(AT_MS + 5000);
    // Stopped before there was a digest.
    for chain in [again.clone(), again.started_again(AT_MS + 6000)] {
        let digest = chain.digest(&LOCATION, AT_MS + 9000, key()).unwrap();
        let read = digest::read(&digest.object).unwrap().file;
        assert_eq!(read.previous_digest_signature, None);
        let former = read.former.unwrap();
        assert_eq!((former.bucket, former.key), (last.bucket.clone(), last.key.clone()));
        assert_eq!(former.signature, last.object.metadata["signature"]);
    }
}

#[test]
fn a_chain_catches_up_with_digests_that_were_put_before_it_was_written() {
    let objects = Objects::in_memory(u64::MAX);
    let mut before = Chain::new(AT_MS);
    let keys = [key().public().clone()];
    let catch_up = |chain: &Chain| chain.catch_up(&LOCATION, &objects, &keys).unwrap();
    assert!(catch_up(&before).is_none());
    let one = file(AT_MS, "one");
    before.add(&one);
    let first = before.digest(&LOCATION, AT_MS + 1000, key()).unwrap();
    put(&objects, &first.bucket, &first.key, &first.object);
    // Of another trail, between.
    let other = TrailLocation { trail: "s", ..LOCATION };
    let others = Chain::new(AT_MS).digest(&other, AT_MS + 1000, key()).unwrap();
    put(&objects, &others.bucket, &others.key, &others.object);
    let second = first.after.digest(&LOCATION, AT_MS + 2000, key()).unwrap();
    put(&objects, &second.bucket, &second.key, &second.object);
    let two = file(AT_MS + 500, "two");
    before.add(&two);
    let (mut after, anchor) = catch_up(&before).unwrap();
    assert_eq!((anchor, after.files()), (first.anchor, 1));
    let mut expected = first.after.clone();
    expected.add(&two);
    assert_eq!(after, expected);
    let anchor;
    (after, anchor) = catch_up(&after).unwrap();
    assert_eq!(anchor, second.anchor);
    assert!(catch_up(&after).is_none());
    // By another key it may be anybody's.
    let stranger = SigningKey::generate(0, 1).unwrap();
    assert!(before.catch_up(&LOCATION, &objects, &[stranger.public().clone()]).unwrap().is_none());
    // One of a chain that was started again is none that follows on this one.
    let again = second.after.started_again(AT_MS + 2000);
    let third = again.digest(&LOCATION, AT_MS + 3000, key()).unwrap();
    put(&objects, &third.bucket, &third.key, &third.object);
    assert!(catch_up(&second.after).is_none());
    assert_eq!(catch_up(&again).unwrap().0, third.after);
}

#[test]
fn a_chain_catches_up_with_what_is_behind_many_pages_of_other_digests() {
    let objects = Objects::in_memory(u64::MAX);
    let other = TrailLocation { trail: "u", ..LOCATION };
    for second in 0..2500 {
        let junk = Object { content: vec![0], metadata: Default::default(), modified_ms: 0 };
        put(&objects, "bucket", &other.digest_key(AT_MS + second * 1000), &junk);
    }
    let chain = Chain::new(AT_MS);
    // The day after, so that it comes behind them.
    let next = chain.digest(&LOCATION, AT_MS + 86_400_000, key()).unwrap();
    put(&objects, &next.bucket, &next.key, &next.object);
    let caught_up = chain.catch_up(&LOCATION, &objects, &[key().public().clone()]).unwrap();
    assert_eq!(caught_up, Some((next.after, next.anchor)));
}

#[test]
fn a_chain_does_not_go_on_from_a_digest_of_another_time_or_under_another_key() {
    let before = Chain::new(AT_MS);
    let next = before.digest(&LOCATION, AT_MS + 1000, key()).unwrap();
    let catch_up = |chain: &Chain, key_of: &str| {
        let objects = Objects::in_memory(u64::MAX);
        put(&objects, "bucket", key_of, &next.object);
        chain.catch_up(&LOCATION, &objects, &[key().public().clone()]).unwrap().map(|(after, _)| after)
    };
    assert_eq!(catch_up(&before, &next.key), Some(next.after.clone()));
    // Copied to where a later one would lie.
    assert_eq!(catch_up(&before, &LOCATION.digest_key(AT_MS + 2000)), None);
    // It begins a second later than this chain.
    assert_eq!(catch_up(&Chain::new(AT_MS - 1000), &next.key), None);
    // This chain is another one's continuation.
    let former = Chain::new(AT_MS - 5000).digest(&LOCATION, AT_MS - 4000, key()).unwrap().after;
    assert_eq!(catch_up(&former.started_again(AT_MS), &next.key), None);
    let previous = Chain::new(AT_MS - 5000).digest(&LOCATION, AT_MS, key()).unwrap().after;
    assert_eq!(previous.begin_ms(), AT_MS);
    assert_eq!(catch_up(&previous, &next.key), None);
}

#[test]
fn a_key_is_the_same_after_it_was_kept_and_is_read_as_it_is_handed_on() {
    let secret = key().pkcs8().unwrap();
    let again = SigningKey::from_pkcs8(&secret, 0, key().public().valid_until_ms).unwrap();
    assert_eq!(again.public(), key().public());
    assert_eq!(again.sign("text").unwrap(), key().sign("text").unwrap());
    assert!(SigningKey::from_pkcs8(&flumen_seal::Secret::new(vec![0; 100]), 0, 1).is_err());
    let read = |text: &str| {
        PublicKey::read(text).map(|keys| keys.into_iter().map(|key| key.fingerprint).collect::<Vec<_>>())
    };
    let list = PublicKey::list(&[key().public().clone()]);
    let own = [key().public().fingerprint.clone()];
    assert_eq!(read(&list).unwrap(), own);
    // As the AWS CLI prints it.
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let value = list["PublicKeyList"][0]["Value"].as_str().unwrap();
    let printed = serde_json::json!({"PublicKeyList": [{
        "Value": value, "ValidityStartTime": 1.5, "ValidityEndTime": 2, "Fingerprint": own[0],
    }]});
    assert_eq!(read(&printed.to_string()).unwrap(), own);
    let lines: Vec<&str> =
        value.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem =
        format!("text\n-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", lines.join("\n"));
    assert_eq!(read(&format!("{pem}{pem}")).unwrap(), [&own[..], &own[..]].concat());
    // `openssl pkey -pubout` has SPKI: the same key behind the name of its algorithm.
    let der = &key().public().der;
    let mut spki = vec![0x30, 0x82, 0, 0];
    spki.extend_from_slice(&[0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0, 3, 0x82]);
    spki.extend_from_slice(&(der.len() as u16 + 1).to_be_bytes());
    spki.push(0);
    spki.extend_from_slice(der);
    let length = (spki.len() as u16 - 4).to_be_bytes();
    spki[2..4].copy_from_slice(&length);
    let spki = base64_simd::STANDARD.encode_to_string(&spki);
    assert_eq!(
        read(&format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n")).unwrap(),
        own
    );
    for wrong in
        ["", "{}", "{\"PublicKeyList\":[]}", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
    {
        assert!(PublicKey::read(wrong).is_err(), "{wrong}");
    }
}

fn anchor(number: u64) -> Anchor {
    Chain::new(AT_MS)
        .digest(
            &TrailLocation { prefix: Some("a b\nflumen-anchor-1 %/ü"), ..LOCATION },
            AT_MS + 1000 * number,
            key(),
        )
        .unwrap()
        .anchor
}

#[test]
fn an_anchor_is_one_line_whatever_callers_call_their_files() {
    let anchor = anchor(1);
    let line = anchor.to_string();
    assert_eq!(line.split(' ').count(), 6);
    assert!(!line.contains('\n'));
    let prefix = "bucket/a%20b%0Aflumen-anchor-1%20%25/ü/AWSLogs/";
    assert_eq!(
        &line[..120],
        &format!("flumen-anchor-1 {} eu-west-1 2026-11-30T03:00:01Z {prefix}", anchor.trail)[..120]
    );
    for logged in [line.clone(), format!("Nov 30 03:00:01 host flumen[7]: {line}"), format!("  {line}  more")]
    {
        assert_eq!(Anchor::in_line(&logged), Some(anchor.clone()));
    }
    for other in [
        "",
        "flumen-anchor-1",
        "flumen-anchor-1 a b c d e",
        "flumen-anchor-2 a b c d/e f",
        "flumen-anchor-1 a b c d/% f",
    ] {
        assert_eq!(Anchor::in_line(other), None, "{other}");
    }
}

#[test]
fn anchors_get_to_a_file_and_to_a_socket_and_wait_for_what_is_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let (file, log) = (directory.path().join("later/anchors"), directory.path().join("log"));
    let anchors = Anchors::new([AnchorTo::File(file.clone()), AnchorTo::Syslog(log.clone())]);
    let (one, two) = (anchor(1), anchor(2));
    anchors.send(&one);
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let socket = UnixDatagram::bind(&log).unwrap();
    socket.set_nonblocking(true).unwrap();
    anchors.send(&two);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{one}\n{two}\n"));
    let mut buffer = [0; 8192];
    for sent in [one, two] {
        let length = socket.recv(&mut buffer).unwrap();
        let message = std::str::from_utf8(&buffer[..length]).unwrap();
        let (head, line) = message.split_once(": ").unwrap();
        assert_eq!(line, sent.to_string());
        assert!(
            head.starts_with("<85>") && head.ends_with(&format!(" flumen[{}]", std::process::id())),
            "{head}"
        );
    }
    assert!(socket.recv(&mut buffer).is_err(), "each once");
}

#[test]
fn a_socket_that_is_full_holds_up_nothing_and_the_oldest_of_many_go() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let anchors = Anchors::new([AnchorTo::Syslog(log.clone())]);
    let mut anchor = anchor(1);
    for number in 0..1100 {
        anchor.end = number.to_string();
        anchors.send(&anchor);
    }
    let socket = UnixDatagram::bind(&log).unwrap();
    socket.set_nonblocking(true).unwrap();
    let (mut ends, mut buffer) = (Vec::new(), [0; 8192]);
    for number in 1100.. {
        // It takes some, and then no more until they are read.
        anchor.end = number.to_string();
        anchors.send(&anchor);
        let before = ends.len();
        while let Ok(length) = socket.recv(&mut buffer) {
            let sent = Anchor::in_line(std::str::from_utf8(&buffer[..length]).unwrap()).unwrap();
            ends.push(sent.end.parse::<u64>().unwrap());
        }
        assert!(ends.len() > before);
        if ends.last() == Some(&number) {
            break;
        }
    }
    assert!(ends[0] >= 100 && ends.windows(2).all(|pair| pair[1] == pair[0] + 1), "{ends:?}");
}

#[test]
fn a_thousand_anchors_wait_and_of_one_more_the_oldest_goes() {
    for (sent, oldest) in [(1000, 0), (1001, 1), (1002, 2)] {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let anchors = Anchors::new([AnchorTo::Syslog(log.clone())]);
        let mut anchor = anchor(1);
        for number in 0..sent {
            anchor.end = number.to_string();
            anchors.send(&anchor);
        }
        let socket = UnixDatagram::bind(&log).unwrap();
        anchors.send(&anchor);
        let mut buffer = [0; 8192];
        let length = socket.recv(&mut buffer).unwrap();
        let first = Anchor::in_line(std::str::from_utf8(&buffer[..length]).unwrap()).unwrap();
        assert_eq!(first.end, oldest.to_string(), "of {sent}");
    }
}

#[test]
fn a_pipe_that_nobody_reads_holds_up_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        Anchors::new([AnchorTo::File(pipe)]).send(&anchor(1));
        done.send(()).unwrap();
    });
    is_done.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
}

#[test]
fn places_of_anchors_are_read_as_they_are_written() {
    for text in ["stderr", "file:/a/b", "syslog:/dev/log"] {
        assert_eq!(text.parse::<AnchorTo>().unwrap().to_string(), text);
    }
    for wrong in ["", "stdout", "file:", "syslog:", "/dev/log"] {
        let error = wrong.parse::<AnchorTo>().unwrap_err().to_string();
        assert!(error.contains("stderr, file:PATH or syslog:PATH"), "{error}");
    }
}
