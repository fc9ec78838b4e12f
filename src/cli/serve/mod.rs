//! The HTTP service of single pictures.
//!
//! `sites` has the projects and exchanges their engines when files change, `numbered` the items of their plans, collections and pools;
//! `target` reads addresses; `pictures` makes files within limits: a queue, a deadline, one work for equal requests, and a cache;
//! `clients` holds each client to limits of its own; `answer` has the responses and `problem` those that are refusals (RFC 9457);
//! `access` is the log of them. `server` accepts connections and drains them at the end, `paced` ends those that wait too long, and
//! `open_files` lets it have so many. Pictures are made on threads of their own, so that the threads of connections never wait for
//! one.

mod access;
mod answer;
mod clients;
mod describe;
mod file_cache;
mod metrics;
mod numbered;
mod open_files;
mod paced;
mod pictures;
mod problem;
mod server;
mod settings;
mod signature;
mod sites;
mod target;

pub(crate) use clients::ClientLimits;
pub(crate) use server::{check, serve};
pub(crate) use settings::{ItemSource, ServedProject, Settings};
pub(crate) use signature::KeyFile;
