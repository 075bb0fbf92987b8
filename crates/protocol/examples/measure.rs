//! What decoding and encoding cost a record: `cargo run --release --example measure`.

use std::hint::black_box;
use std::time::Instant;

use flumen_protocol::kinesis::{DescribeStreamInput, PutRecordsInput};
use flumen_protocol::sign::{Credentials, Request, SigningKeys, parse, sign};
use flumen_protocol::{CborWriter, Encoder, Encoding, JsonWriter, decode, encode};
use http::{HeaderMap, HeaderValue};

const NOW_MS: i64 = 1_795_543_200_000;
const SEQUENCE_NUMBER: &str = "49590338271490256608559692538361571095921575989136588898";

fn main() {
    for (records, bytes) in [(500, 100), (100, 1024)] {
        println!("PutRecords of {records} x {bytes} B, ns a record");
        let body = put_records(records, bytes);
        for encoding in [Encoding::Json, Encoding::Cbor] {
            let body = in_encoding(&body, encoding);
            let input: PutRecordsInput<'_> = decode(encoding, &body).expect("the body is valid");
            let mut data = Vec::with_capacity(records * bytes);
            println!("  {encoding:?}");
            time("decode and check", records, || {
                black_box(decode::<PutRecordsInput<'_>>(encoding, black_box(&body)).is_ok());
            });
            time("data into its buffer", records, || {
                data.clear();
                for record in &input.records {
                    record.data.append_to(&mut data).expect("the data is base64");
                }
                black_box(&data);
            });
        }
    }
    println!("answer of 500 records, ns a record");
    let mut out = Vec::with_capacity(1 << 17);
    time("  JSON", 500, || {
        out.clear();
        answer(JsonWriter::new(&mut out), 500);
        black_box(&out);
    });
    time("  CBOR", 500, || {
        out.clear();
        answer(CborWriter::new(&mut out), 500);
        black_box(&out);
    });
    requests();
}

/// What each request costs, whatever is in it.
fn requests() {
    println!("a request, ns");
    let arn = r#"{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/orders"}"#;
    time("input with an ARN", 1, || {
        black_box(decode::<DescribeStreamInput<'_>>(Encoding::Json, black_box(arn.as_bytes())).is_ok());
    });
    for bytes in [200, 70_000] {
        time(&format!("signature checked, body of {bytes} B"), 1, signature(vec![b'x'; bytes]));
    }
}

fn signature(body: Vec<u8>) -> impl FnMut() {
    let credentials =
        Credentials { access_key: "AKIDEXAMPLE".into(), secret: "secret".into(), session_token: None };
    let keys = SigningKeys::default();
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("localhost:4567"));
    headers.insert("x-amz-target", HeaderValue::from_static("Kinesis_20131202.PutRecords"));
    headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
    let unsigned = request(&headers, &body);
    let added =
        sign(&unsigned, &credentials, &keys, NOW_MS, "us-east-1", "kinesis").expect("text is a header");
    for (name, value) in added {
        headers.insert(name, value.parse().expect("text is a header"));
    }
    move || {
        let request = request(&headers, &body);
        let signed = parse(&request).expect("the request is signed");
        signed.verify(&request, "secret", &keys, NOW_MS, "kinesis").expect("the signature is right");
    }
}

fn request<'a>(headers: &'a HeaderMap, body: &'a [u8]) -> Request<'a> {
    Request { method: "POST", path: "/", query: "", headers, authority: None, body }
}

fn answer(mut to: impl Encoder, records: usize) {
    to.begin_struct();
    to.member("FailedRecordCount");
    to.i64(0);
    to.member("Records");
    to.begin_list();
    for _ in 0..records {
        to.begin_struct();
        to.member("SequenceNumber");
        to.plain(black_box(SEQUENCE_NUMBER).as_bytes());
        to.member("ShardId");
        to.plain(black_box(b"shardId-000000000000"));
        to.end_struct();
    }
    to.end_list();
    to.end_struct();
}

fn put_records(records: usize, bytes: usize) -> String {
    let data = base64_simd::STANDARD.encode_to_string(vec![0x5a; bytes]);
    let record = |i: usize| format!(r#"{{"Data":"{data}","PartitionKey":"user-{i:08}"}}"#);
    let records: Vec<String> = (0..records).map(record).collect();
    format!(r#"{{"Records":[{}],"StreamName":"orders"}}"#, records.join(","))
}

fn in_encoding(body: &str, encoding: Encoding) -> Vec<u8> {
    let input: PutRecordsInput<'_> = decode(Encoding::Json, body.as_bytes()).expect("the body is valid");
    match encoding {
        Encoding::Json => body.into(),
        Encoding::Cbor => {
            let mut out = Vec::new();
            encode(Encoding::Cbor, &input, &mut out);
            out
        }
    }
}

fn time(what: &str, records: usize, mut run: impl FnMut()) {
    let mut best = f64::MAX;
    for _ in 0..300 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_nanos() as f64 / records as f64);
    }
    println!("    {what}: {best:.0}");
}
