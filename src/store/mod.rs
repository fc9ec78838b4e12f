//! Object stores: S3, Google Cloud Storage and Azure Blob Storage, and servers with their interfaces.
//!
//! A [`Store`] is what lies below one address. Its calls block; inside, the client of the store runs on an event loop of its
//! own, which nothing else in the library has. Requests that fail are tried again with growing pauses, and what fails after
//! that is [`StoreError::Away`], which may work later. No credential is in any message.
//!
//! `address` reads addresses, `objects` is what a store has to do, `remote` does it with the crate `object_store`, whose
//! errors `cause` reads and cleans; `environment` and `profile` find settings and credentials, `send` moves files; `object` reads an object by ranges. Without the feature `cloud` there is no client:
//! addresses are read and refused.

mod address;
#[cfg(feature = "cloud")]
mod cause;
#[cfg(feature = "cloud")]
mod environment;
mod error;
mod object;
mod objects;
mod open;
#[cfg(feature = "cloud")]
mod profile;
#[cfg(feature = "cloud")]
mod remote;
#[cfg(feature = "cloud")]
mod send;
#[cfg(all(test, feature = "cloud"))]
pub(crate) mod tests_memory;
mod transfer;

pub use address::{StoreAddress, StoreKind};
pub use error::StoreError;
pub use object::StoreObject;
pub(crate) use object::as_io;
pub(crate) use open::Created;
pub use open::Store;
pub use transfer::{Fetched, fetch_file, fetch_folder, put_file};
