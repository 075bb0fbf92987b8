//! Client-side encryption in the message format of the AWS Encryption SDK: what AWS's SDKs for Java, Python, JavaScript, C, .NET, Go
//! and Rust make is opened here, and the other way round. Who can open a message is said by whoever makes it; services that carry it
//! see its encryption context, its lengths and nothing else.
//!
//! A [`Sealer`] makes messages and an [`Opener`] opens them, each with a [`Keyring`]: raw keys, keys of a key service, or several.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use flumen_envelope::{Context, Keyring, Opener, Sealer};
//!
//! let keyring = || Keyring::aes("orders", "2026", &[7; 32]);
//! let sealer = Sealer::new(keyring()?, Default::default())?;
//! let context = Context::new([("team", "payments")])?;
//! let message = sealer.seal(&context, b"an order").await?;
//!
//! let opener = Opener::new(keyring()?, Default::default())?;
//! let opened = opener.open(&message).await?;
//! assert_eq!((&opened.plaintext[..], opened.context.get("team")), (&b"an order"[..], Some("payments")));
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()
//! ```
//!
//! Which records are encrypted, where they go, and where keys come from, is for others.

mod body;
mod cache;
mod context;
mod error;
mod header;
mod keyring;
mod keys;
mod open;
mod policy;
mod seal;
mod signature;
mod suite;

pub use cache::{CacheLimits, CacheLimitsError};
pub use context::{CONTEXT_BYTES_MAX, Context, ContextError};
pub use error::{OpenError, SealError, SettingsError};
pub use header::{HeaderError, TooLongForHeader};
pub use keyring::{DiscoveryFilter, Keyring, KeyringError, KmsError, KmsService, RsaPadding};
pub use open::{MessageReader, OpenedMessage, Opener, OpenerSettings};
pub use policy::{AgainstPolicy, CommitmentPolicy};
pub use seal::{MessageWriter, Sealer, SealerSettings};
pub use suite::Suite;

/// Encrypted data keys of one message, where no other number is set. Real messages have one to a handful; the format has room for
/// 65535, and each may be a call of a key service.
pub const DATA_KEYS_MAX: usize = 128;
