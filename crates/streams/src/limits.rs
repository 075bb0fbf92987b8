//! What callers may take, in four parts by what is limited and who says so:
//!
//! * [`shard`]: how fast a shard is written and read, by its stream's settings;
//! * [`settings`]: which limits the shards of a stream have, which the operator says;
//! * [`control_plane`]: how often an account, or anybody on a stream, calls an operation that is not on records, as AWS documents it;
//! * [`account`]: how many streams, shards and stored bytes an account has, by what the operator gave it.
//!
//! AWS's quotas stand with the operations that they are about. Calls, bytes and connections of an account over all services are
//! counted before a request comes here.

pub(crate) mod account;
pub(crate) mod control_plane;
pub(crate) mod settings;
pub(crate) mod shard;
