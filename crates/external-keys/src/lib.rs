//! Keys of a Key Management Service elsewhere: AWS's, or a second Flumen's. What is encrypted under them is encrypted by data keys
//! that the service makes and opens; the keys themselves never come here.
//!
//! [`KeyServices`] says which service has a key, and [`KeyService`] makes its calls: bounded in time, number and bytes, with every
//! failure one of [`ExternalKeyError`]. [`ExternalKeys`] holds what they answered, so that records are not one call each, and
//! [`ServiceRootKey`] takes the root key of a data directory from there.
//!
//! The service sees this process's credentials. Who may use which key here is decided by whoever asks for one.

mod arn;
mod cache;
mod error;
mod root_key;
mod service;
mod services;

pub use arn::{KeyArn, KeyNames, NotAKey};
pub use cache::{DataKey, ExternalKeys, KeyState};
pub use error::ExternalKeyError;
pub use root_key::ServiceRootKey;
pub use service::{CIPHERTEXT_BYTES_MAX, Context, KeyService};
pub use services::{KeyServiceSettings, KeyServiceSettingsError, KeyServices};
