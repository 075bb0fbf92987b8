//! CBOR against the examples of RFC 8949, appendix A, and what AWS makes of times and numbers.

use super::super::{Decoder, Encoder, Kind};
use super::*;
use crate::{Blob, Timestamp};

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn written(write: impl FnOnce(&mut CborWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut CborWriter::new(&mut out));
    out
}

#[test]
fn whole_numbers_are_those_of_the_standard() {
    let cases: [(&str, i64); 16] = [
        ("00", 0),
        ("01", 1),
        ("0a", 10),
        ("17", 23),
        ("1818", 24),
        ("1864", 100),
        ("18ff", 255),
        ("190100", 256),
        ("1903e8", 1000),
        ("1a000f4240", 1_000_000),
        ("1b000000e8d4a51000", 1_000_000_000_000),
        ("20", -1),
        ("29", -10),
        ("3863", -100),
        ("3903e7", -1000),
        ("3b7fffffffffffffff", i64::MIN),
    ];
    for (hex, value) in cases {
        assert_eq!(CborReader::new(&bytes(hex)).long().unwrap(), Some(value), "{hex}");
        assert_eq!(written(|out| out.i64(value)), bytes(hex), "{value}");
        assert_eq!(CborReader::new(&bytes(hex)).double().unwrap(), Some(value as f64), "{hex}");
    }
    // The edges between one length and the next.
    for value in [0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000] {
        let out = written(|out| out.i64(value));
        assert_eq!(CborReader::new(&out).long().unwrap(), Some(value), "{value}");
    }
    assert_eq!(written(|out| out.i64(0x1_0000)).len(), 5);
    assert_eq!(written(|out| out.i64(0x1_0000_0000)).len(), 9);
    // Larger ones are the largest, and no number is none.
    assert_eq!(CborReader::new(&bytes("1bffffffffffffffff")).long().unwrap(), Some(i64::MAX));
    assert_eq!(CborReader::new(&bytes("1a80000000")).integer().unwrap(), Some(i32::MAX));
    for hex in ["f6", "f7"] {
        assert_eq!(CborReader::new(&bytes(hex)).long().unwrap(), None, "{hex}");
        assert_eq!(CborReader::new(&bytes(hex)).double().unwrap(), None, "{hex}");
    }
    for hex in ["6130", "80", "f4", ""] {
        assert!(CborReader::new(&bytes(hex)).long().is_err(), "{hex}");
        assert!(CborReader::new(&bytes(hex)).double().is_err(), "{hex}");
    }
}

#[test]
fn floats_are_those_of_the_standard() {
    let cases: [(&str, f64); 19] = [
        ("f90000", 0.0),
        ("f93c00", 1.0),
        ("f93e00", 1.5),
        ("f97bff", 65504.0),
        ("fa47c35000", 100_000.0),
        ("fa7f7fffff", 3.402_823_466_385_288_6e38),
        ("fb7e37e43c8800759c", 1.0e300),
        ("f90001", 5.960_464_477_539_063e-8),
        ("f903ff", 6.097_555_160_522_461e-5),
        ("f90400", 0.000_061_035_156_25),
        ("f9c400", -4.0),
        ("fbc010666666666666", -4.1),
        ("fb3ff199999999999a", 1.1),
        ("f97c00", f64::INFINITY),
        ("f9fc00", f64::NEG_INFINITY),
        ("fa7f800000", f64::INFINITY),
        ("faff800000", f64::NEG_INFINITY),
        ("fb7ff0000000000000", f64::INFINITY),
        ("fbfff0000000000000", f64::NEG_INFINITY),
    ];
    for (hex, value) in cases {
        assert_eq!(CborReader::new(&bytes(hex)).double().unwrap(), Some(value), "{hex}");
        let out = written(|out| out.f64(value));
        assert_eq!((out[0], CborReader::new(&out).double().unwrap()), (0xfb, Some(value)));
    }
    assert!(CborReader::new(&bytes("f98000")).double().unwrap().unwrap().is_sign_negative());
    for hex in ["f97e00", "fa7fc00000", "fb7ff8000000000000"] {
        assert!(CborReader::new(&bytes(hex)).double().unwrap().unwrap().is_nan(), "{hex}");
    }
    // Where a whole number is wanted they are floored, as in JSON.
    for (hex, floored) in [("fbc010666666666666", -5), ("fb3ff199999999999a", 1), ("fa47c35000", 100_000)] {
        assert_eq!(CborReader::new(&bytes(hex)).long().unwrap(), Some(floored), "{hex}");
    }
}

#[test]
fn a_kind_of_value_is_no_other_and_nothing_is_each() {
    let null = bytes("f6");
    assert_eq!(CborReader::new(&null).string().unwrap(), None);
    assert_eq!(CborReader::new(&null).boolean().unwrap(), None);
    assert!(CborReader::new(&null).blob().unwrap().is_none());
    assert_eq!(CborReader::new(&null).timestamp().unwrap(), None);
    assert_eq!(CborReader::rpc_v2(&null).timestamp().unwrap(), None);
    assert!(CborReader::new(&null).open(Kind::List).unwrap().is_none());
    assert!(CborReader::new(&null).open(Kind::Structure).unwrap().is_none());

    for (value, hex) in [(false, "f4"), (true, "f5")] {
        assert_eq!(CborReader::new(&bytes(hex)).boolean().unwrap(), Some(value));
        assert_eq!(written(|out| out.bool(value)), bytes(hex));
    }
    assert!(CborReader::new(&bytes("01")).boolean().is_err());
    let (list, map, text, blob) = (bytes("80"), bytes("a0"), bytes("6161"), bytes("4161"));
    assert!(CborReader::new(&list).open(Kind::List).unwrap().is_some());
    assert!(CborReader::new(&map).open(Kind::Structure).unwrap().is_some());
    assert!(CborReader::new(&map).open(Kind::List).is_err());
    assert!(CborReader::new(&list).open(Kind::Structure).is_err());
    assert!(CborReader::new(&text).open(Kind::Structure).is_err());
    assert!(CborReader::new(&list).expect_container().is_ok());
    assert!(CborReader::new(&map).expect_container().is_ok());
    assert!(CborReader::new(&text).expect_container().is_err());
    assert_eq!(CborReader::new(&text).string().unwrap().as_deref(), Some("a"));
    assert!(CborReader::new(&blob).string().is_err() && CborReader::new(&text).blob().is_err());
    let read = CborReader::new(&blob).blob().unwrap();
    assert!(matches!(read, Some(Blob::Bytes(bytes)) if *bytes == *b"a"));
    // In pieces, each of the same kind.
    let pieces = bytes("7f61616162ff");
    assert_eq!(CborReader::new(&pieces).string().unwrap().as_deref(), Some("ab"));
    assert!(CborReader::new(&bytes("7f61614162ff")).string().is_err());
}

#[test]
fn what_is_left_is_counted_and_has_to_be_nothing_at_the_end() {
    let body = bytes("0102");
    let mut reader = CborReader::new(&body);
    assert_eq!(reader.remaining(), 2);
    reader.skip().unwrap();
    assert_eq!(reader.remaining(), 1);
    assert!(reader.finish().is_err());
    reader.skip().unwrap();
    assert!(reader.finish().is_ok());
}

/// Kinesis's times are milliseconds whatever the tag says, those of Smithy's RPC v2 are seconds.
#[test]
fn times_are_milliseconds_or_seconds_by_the_protocol() {
    let ms = |hex: &str| CborReader::new(&bytes(hex)).timestamp();
    let seconds = |hex: &str| CborReader::rpc_v2(&bytes(hex)).timestamp();
    assert_eq!(ms("c11a514b67b0").unwrap(), Some(Timestamp(1_363_896_240)));
    assert_eq!(ms("3863").unwrap(), Some(Timestamp(-100)));
    assert!(ms("c1fb41d452d9ec200000").is_err(), "nothing says of which of the two it is a part");
    assert!(ms("6130").is_err());
    assert_eq!(seconds("c11a514b67b0").unwrap(), Some(Timestamp(1_363_896_240_000)));
    assert_eq!(seconds("c1fb41d452d9ec200000").unwrap(), Some(Timestamp(1_363_896_240_500)));
    assert_eq!(seconds("20").unwrap(), Some(Timestamp(-1_000)));
    assert!(seconds("6130").is_err());

    for at_ms in [0, 1_363_896_240_500, -1_500] {
        let out = written(|out| out.timestamp(Timestamp(at_ms)));
        assert_eq!((out[0], out.len()), (0xc1, 10), "a tag, and always eight bytes");
        assert_eq!(CborReader::new(&out).timestamp().unwrap(), Some(Timestamp(at_ms)));
    }
    let rpc_v2 = |at_ms| {
        let mut out = Vec::new();
        CborWriter::rpc_v2(&mut out).timestamp(Timestamp(at_ms));
        out
    };
    assert_eq!(rpc_v2(1_363_896_240_000), bytes("c11a514b67b0"));
    assert_eq!(rpc_v2(1_363_896_240_500), bytes("c1fb41d452d9ec200000"));
    assert_eq!(rpc_v2(-1_000), bytes("c120"));
}

#[test]
fn containers_have_no_length_and_strings_have_one() {
    let out = written(|out| {
        out.begin_struct();
        out.member("a");
        out.begin_list();
        out.str("b");
        out.blob(&[1, 2]);
        out.base64("AQI=");
        out.end_list();
        out.end_struct();
    });
    assert_eq!(out, bytes("bf61619f6162420102420102ffff"));
}
