//! Secrets at rest. A [`RootKey`], which lies in a file or comes from elsewhere, wraps the data keys of a data
//! directory; a data key seals whatever is secret there, wherever others keep it: a [`Seal`] makes bytes of a
//! secret, and a secret of these bytes. So another root key only wraps anew, and nothing that is sealed changes.
//!
//! What is sealed, and where the bytes lie, is the business of those who have secrets. A context, which names the
//! place, is sealed with them: what was sealed for one place does not open in another.
//!
//! The bytes are described in `docs/format.md`, what they defend against in `docs/security.md`.

mod command;
mod data_keys;
mod files;
mod root_key;
mod rotation;
mod seal;
mod secret;
mod source;
mod wrapped;

pub use data_keys::{DATA_KEYS, Damaged, Described, check_data_keys, describe_data_keys, verify_data_keys};
pub use root_key::{RootKey, RootKeyText};
pub use rotation::{RotateError, Rotated};
pub use seal::{OpenError, Seal, SealError, Unsealed};
pub use secret::{Secret, SecretString};
pub use source::{ROOT_KEY, RootKeyError, RootKeySource, UnknownSource};
pub use wrapped::{
    RootKeyService, ServiceFailed, WRAPPED_ROOT_KEY, WrappedDamaged, check_wrapped_root_key,
    verify_wrapped_root_key,
};
