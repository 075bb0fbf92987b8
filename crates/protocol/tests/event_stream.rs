//! Frames of the event stream against the vectors of `docs/kinesis/wire.md#event-stream`, with the content
//! type that events from AWS have.

use flumen_protocol::event_stream::{Damaged, Frame, decode, event, exception, initial_response};
use flumen_protocol::{ErrorCode, Fault};

const INITIAL_RESPONSE: &str = "0000007200000060ab820d9e0b3a6576656e742d74797065070010696e697469616c2d726573706f6e73650d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e310d3a6d6573736167652d747970650700056576656e747b7dacae6b7d";
const EXCEPTION: &str = "0000008d0000006e865ee7150d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d747970650700165265736f75726365496e557365457863657074696f6e0d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e317b226d657373616765223a2278227dd6edc97a";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn the_first_frame_is_that_of_the_vector() {
    let mut out = b"before".to_vec();
    initial_response(&mut out);
    assert_eq!(hex(&out[6..]), INITIAL_RESPONSE);
    assert_eq!(decode(&out[6..]), Ok(Some((Frame::InitialResponse, 114))));
}

#[test]
fn an_exception_is_that_of_the_vector() {
    let mut out = Vec::new();
    exception(&Fault::new(ErrorCode::ResourceInUseException, "x"), &mut out);
    assert_eq!(hex(&out), EXCEPTION);
    let frame = Frame::Exception { name: "ResourceInUseException", payload: br#"{"message":"x"}"# };
    assert_eq!(decode(&out), Ok(Some((frame, 141))));
}

#[test]
fn an_internal_failure_bears_the_name_of_the_interface() {
    let mut out = Vec::new();
    exception(&Fault::bare(ErrorCode::InternalFailure), &mut out);
    let (frame, _) = decode(&out).unwrap().unwrap();
    assert_eq!(frame, Frame::Exception { name: "InternalFailureException", payload: br#"{"message":""}"# });
}

#[test]
fn frames_follow_each_other() {
    let mut out = Vec::new();
    initial_response(&mut out);
    event("SubscribeToShardEvent", &mut out, |payload| payload.extend_from_slice(b"{\"Records\":[]}"));
    let (_, first) = decode(&out).unwrap().unwrap();
    let (frame, second) = decode(&out[first..]).unwrap().unwrap();
    assert_eq!(frame, Frame::Event { name: "SubscribeToShardEvent", payload: b"{\"Records\":[]}" });
    assert_eq!(first + second, out.len());
}

#[test]
fn a_part_of_a_frame_is_waited_for_and_damage_is_found() {
    let mut out = Vec::new();
    event("SubscribeToShardEvent", &mut out, |payload| payload.extend_from_slice(b"{}"));
    for length in 0..out.len() {
        assert_eq!(decode(&out[..length]), Ok(None), "{length}");
    }
    for at in 0..out.len() {
        let mut damaged = out.clone();
        damaged[at] ^= 0x40;
        assert_eq!(decode(&damaged), Err(Damaged), "{at}");
    }
}
