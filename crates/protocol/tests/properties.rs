//! What holds for all values: both encodings keep them, and JSON is JSON to others as well.

use std::borrow::Cow;
use std::fmt::Debug;

use flumen_protocol::kinesis::*;
use flumen_protocol::{
    Blob, CborWriter, Encode, Encoder, Encoding, JsonWriter, Timestamp, check_syntax, decode_output, encode,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

fn encoded<T: Encode>(encoding: Encoding, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    encode(encoding, value, &mut out);
    out
}

/// The value comes back from both encodings, and from the one after the other.
fn kept<T>(value: &T) -> Result<(), TestCaseError>
where
    T: for<'a> DecodeAny<'a> + Encode,
{
    for encoding in [Encoding::Json, Encoding::Cbor] {
        let bytes = encoded(encoding, value);
        prop_assert!(check_syntax(encoding, &bytes).is_ok());
        T::compare(encoding, &bytes, value)?;
    }
    Ok(())
}

/// `Decode` for a type whose lifetime is not that of the body.
trait DecodeAny<'a> {
    fn compare(encoding: Encoding, bytes: &'a [u8], value: &Self) -> Result<(), TestCaseError>;
}

macro_rules! decode_any {
    ($($type:ident),*) => {$(
        impl<'a> DecodeAny<'a> for $type<'static> {
            fn compare(encoding: Encoding, bytes: &'a [u8], value: &Self) -> Result<(), TestCaseError> {
                same(decode_output::<$type<'_>>(encoding, bytes), value)
            }
        }
    )*};
}

decode_any!(GetRecordsOutput, PutRecordsInput, AddTagsToStreamInput, ListShardsInput);

fn same<A: PartialEq<B> + Debug, B: Debug>(
    read: Result<A, flumen_protocol::Fault>,
    value: &B,
) -> Result<(), TestCaseError> {
    match read {
        Ok(read) => prop_assert_eq!(&read, value),
        Err(fault) => prop_assert!(false, "{}", fault),
    }
    Ok(())
}

/// Control characters, quotes and backslashes among others, which `any::<String>` leaves out.
fn any_text() -> impl Strategy<Value = String> {
    vec(prop_oneof![any::<char>(), (0..0x80u8).prop_map(char::from)], 0..40).prop_map(String::from_iter)
}

fn text() -> impl Strategy<Value = Cow<'static, str>> {
    any_text().prop_map(Cow::Owned)
}

fn text_of(pattern: &'static str) -> impl Strategy<Value = Cow<'static, str>> {
    pattern.prop_map(Cow::Owned)
}

fn blob() -> impl Strategy<Value = Blob<'static>> {
    vec(any::<u8>(), 0..200).prop_map(Blob::from)
}

/// Any time that JSON and CBOR can both say.
fn time() -> impl Strategy<Value = Timestamp> {
    (-(1i64 << 53)..1 << 53).prop_map(Timestamp)
}

fn record() -> impl Strategy<Value = Record<'static>> {
    (text(), option::of(time()), blob(), option::of(text()), any::<bool>()).prop_map(
        |(sequence_number, approximate_arrival_timestamp, data, partition_key, encrypted)| Record {
            sequence_number,
            approximate_arrival_timestamp,
            data,
            partition_key,
            encryption_type: encrypted.then_some(EncryptionType::Kms),
        },
    )
}

fn entry() -> impl Strategy<Value = PutRecordsRequestEntry<'static>> {
    (blob(), option::of(text_of("0|[1-9][0-9]{0,38}")), option::of(text_of("\\PC{1,80}"))).prop_map(
        |(data, explicit_hash_key, partition_key)| PutRecordsRequestEntry {
            data,
            explicit_hash_key,
            partition_key,
        },
    )
}

/// JSON, with up to two places overwritten by something that is out of place there.
fn nearly_json() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec![
        "1",
        "-0.5e+3",
        "0",
        "true",
        "null",
        r#""\u00e4\n""#,
        r#""ä""#,
        "[]",
        "{}",
    ]);
    let json = scalar.prop_map(String::from).prop_recursive(4, 16, 4, |inner| {
        let list = vec(inner.clone(), 1..4).prop_map(|items| format!("[{}]", items.join(", ")));
        let map = vec(inner, 1..4).prop_map(|items| format!("{{\"k\":{}}}", items.join(",\"l\" :")));
        prop_oneof![list, map]
    });
    let odd = prop::sample::select(vec![
        "", "{", "}", "[", "]", ":", ",", "\"", "0", "-", ".", "e", "\\", "x", "\u{1}", " ", "nul",
    ]);
    let edits = vec((any::<prop::sample::Index>(), 0..2usize, odd), 0..3);
    (json, edits).prop_map(|(json, edits)| {
        let mut letters: Vec<char> = json.chars().collect();
        for (place, length, odd) in edits {
            let at = place.index(letters.len() + 1);
            let end = letters.len().min(at + length);
            letters.splice(at..end, odd.chars());
        }
        letters.into_iter().collect()
    })
}

/// A member of PutRecords' body or of one of its records, known or not, of the right type or not.
fn member() -> impl Strategy<Value = (&'static str, String)> {
    const NAMES: &[&str] = &[
        "Data",
        "PartitionKey",
        "ExplicitHashKey",
        "StreamName",
        "StreamARN",
        "DryRun",
        "data",
        "Dat",
        "DataX",
        "",
        "\\u0044ata",
        "PartitionKeyX",
    ];
    const VALUES: &[&str] =
        &["\"QUJD\"", "\"QQ==\"", "\"k\"", "\"0\"", "null", "true", "1", "[]", "{\"Data\":1}", "x"];
    (prop::sample::select(NAMES), prop::sample::select(VALUES))
        .prop_map(|(name, value)| (name, value.to_owned()))
}

proptest! {
    #[test]
    fn outputs_are_kept(
        records in vec(record(), 0..5),
        next_shard_iterator in option::of(text()),
        millis_behind_latest in option::of(any::<i64>()),
    ) {
        kept(&GetRecordsOutput { records, next_shard_iterator, millis_behind_latest, child_shards: None })?;
    }

    #[test]
    fn inputs_are_kept(records in vec(entry(), 1..5), dry_run in option::of(any::<bool>())) {
        kept(&PutRecordsInput { records, dry_run, ..Default::default() })?;
    }

    #[test]
    fn maps_are_kept(tags in btree_map(text_of("\\PC{1,60}"), text_of("\\PC{0,80}"), 1..5)) {
        kept(&AddTagsToStreamInput { tags, ..Default::default() })?;
    }

    #[test]
    fn numbers_and_times_are_kept(max_results in option::of(1..10_000i32), created in option::of(time())) {
        kept(&ListShardsInput { max_results, stream_creation_timestamp: created, ..Default::default() })?;
    }

    #[test]
    fn a_json_reader_of_others_reads_our_text(value in any_text(), number in any::<i64>()) {
        let mut out = Vec::new();
        let mut to = JsonWriter::new(&mut out);
        to.begin_struct();
        to.key(&value);
        to.begin_list();
        to.str(&value);
        to.i64(number);
        to.end_list();
        to.end_struct();
        let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(read, serde_json::json!({ value.clone(): [value, number] }));
    }

    #[test]
    fn we_read_the_text_of_other_json_writers(value in any_text()) {
        let body = serde_json::to_vec(&serde_json::json!({ "Policy": value })).unwrap();
        let read: GetResourcePolicyOutput<'_> = decode_output(Encoding::Json, &body).unwrap();
        prop_assert_eq!(read.policy, value);
    }

    #[test]
    fn json_is_json_to_us_when_it_is_to_others(text in nearly_json()) {
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok()
            && text.trim_start().starts_with(['{', '[']);
        prop_assert_eq!(check_syntax(Encoding::Json, text.as_bytes()).is_ok(), theirs);
    }

    #[test]
    fn members_read_alike_however_they_are_spaced(
        entries in vec(vec(member(), 0..5), 0..4),
        rest in vec(member(), 0..4),
        joint in prop::sample::select(&[",", ",", ",", "", ",,", ";"][..]),
    ) {
        let written = |between: &str| {
            let object = |members: &[(&str, String)]| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{between}{value}")).collect();
                format!("{{{}}}", members.join(&format!("{joint}{between}")))
            };
            let entries: Vec<_> = entries.iter().map(|entry| object(entry)).collect();
            let records = ("Records", format!("[{}]", entries.join(",")));
            let stream = ("StreamName", "\"s\"".to_owned());
            object(&[&[stream][..], &rest[..], &[records][..]].concat())
        };
        let read = |body: &str| match flumen_protocol::decode::<PutRecordsInput<'_>>(Encoding::Json, body.as_bytes()) {
            Ok(input) => Ok(format!("{input:?}")),
            Err(fault) => Err((fault.code, fault.message)),
        };
        // With a line's end before it no name is looked at as it stands.
        let slowly = read(&written("\n"));
        for between in ["", " ", "  "] {
            prop_assert_eq!(read(&written(between)), slowly.clone());
        }
    }

    #[test]
    fn long_texts_hold_what_others_let_them_hold(
        length in 0..600_usize,
        place in 0..600_usize,
        strange in prop::sample::select(vec!['x', '\u{fc}', '\u{7f}', '\u{1f}', '\n', '\0', '"', '\\']),
        between in prop::sample::select(vec!["", " ", "\n\t"]),
    ) {
        let mut text: Vec<char> = "text of any kind ".chars().cycle().take(length).collect();
        text.insert(place.min(length), strange);
        let text: String = text.into_iter().collect();
        let body = format!("{{{between}\"Policy\":{between}\"{text}\"{between}}}");
        let theirs = serde_json::from_str::<serde_json::Value>(&body);
        prop_assert_eq!(check_syntax(Encoding::Json, body.as_bytes()).is_ok(), theirs.is_ok());
        if let Ok(theirs) = theirs {
            let ours: GetResourcePolicyOutput<'_> = decode_output(Encoding::Json, body.as_bytes()).unwrap();
            prop_assert_eq!(Some(&*ours.policy), theirs["Policy"].as_str());
        }
    }

    #[test]
    fn chunks_of_indefinite_length_are_one_string(value in "\\PC{0,40}", cut in 0..40usize) {
        let cut = (0..=cut.min(value.len())).rev().find(|&at| value.is_char_boundary(at)).unwrap();
        let mut body = b"\xa1\x66Policy\x7f".to_vec();
        let mut to = CborWriter::new(&mut body);
        to.str(&value[..cut]);
        to.str(&value[cut..]);
        body.push(0xff);
        let read: GetResourcePolicyOutput<'_> = decode_output(Encoding::Cbor, &body).unwrap();
        prop_assert_eq!(read.policy, value);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Json, Encoding::Cbor] {
            let syntax = check_syntax(encoding, &bytes);
            let read = flumen_protocol::decode::<PutRecordsInput<'_>>(encoding, &bytes);
            prop_assert!(syntax.is_ok() || read.is_err());
        }
        let _ = flumen_protocol::event_stream::decode(&bytes);
    }
}
