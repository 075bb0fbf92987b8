//! Any bytes as a message of the AWS Encryption SDK, whole and in pieces: both say the same, and what opens is what was sealed. Since
//! nobody guesses a tag, bytes also stand where the frames, the single block and the footer of real messages do, whose headers are
//! verified.

use flumen_envelope::{CommitmentPolicy, Keyring, OpenError, OpenedMessage, Opener, OpenerSettings};
use zeroize::Zeroizing;

/// What a message is taken from that the input goes on with.
const BEGINS: [&[u8]; 4] = [
    b"",
    include_bytes!("envelope/framed.header"),
    include_bytes!("envelope/single.header"),
    include_bytes!("envelope/signed.body"),
];
/// No more than a machine has left over.
const HELD_BYTES_MAX: usize = 1024 * 1024;

pub fn envelope(input: &[u8]) {
    let [which, size, rest @ ..] = input else { return };
    let message = [BEGINS[usize::from(*which) % BEGINS.len()], rest].concat();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let opener = opener();
        let whole = opener.open(&message).await.map(|opened| opened.plaintext);
        let pieces = read(&opener, &message, usize::from(*size).max(1)).await;
        if let Ok(plaintext) = &whole {
            assert!(plaintext.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251));
        }
        // Piece by piece something else may be found first.
        assert_eq!(whole.ok(), pieces.ok());
    });
}

async fn read(opener: &Opener, message: &[u8], size: usize) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut reader = opener.reader();
    let mut all = Zeroizing::default();
    for piece in message.chunks(size) {
        Vec::extend_from_slice(&mut all, &reader.push(piece).await?);
    }
    let OpenedMessage { plaintext, .. } = reader.finish()?;
    Vec::extend_from_slice(&mut all, &plaintext);
    Ok(all)
}

/// Of the keys of the vectors of `crates/envelope`.
fn opener() -> Opener {
    let key = |name: &str, digits: &str| {
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        let key: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
        Keyring::aes("vectors", name, &key).unwrap()
    };
    let keyring = key("aes256", "c0c1ad45c778102b23d2e2fbddb60683f39aee71fa30286d665e6f80cd1a0189")
        .and(key("aes192", "4b72ba83ae253437b87bd10df882415672b45d44f71cfa56"));
    let settings = OpenerSettings {
        policy: CommitmentPolicy::RequireEncryptAllowDecrypt,
        held_bytes_max: HELD_BYTES_MAX,
        ..OpenerSettings::default()
    };
    Opener::new(keyring, settings).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without, nothing behind a header would be tried.
    #[test]
    fn the_messages_that_inputs_go_on_with_are_real() {
        let opens = |name: &str| {
            let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/envelope/");
            let input = std::fs::read(format!("{corpus}{name}")).unwrap();
            let message = [BEGINS[usize::from(input[0])], &input[2..]].concat();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(opener().open(&message)).map(|opened| opened.plaintext.len())
        };
        assert_eq!(opens("frames"), Ok(384));
        assert_eq!(opens("single_block"), Ok(50));
        assert_eq!(opens("footer"), Ok(1));
        assert_eq!(opens("whole_0578_framed"), Ok(1));
        assert!(matches!(opens("long_block"), Err(OpenError::CannotOpen)));
    }
}
