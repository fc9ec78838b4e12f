//! Files to objects and back.
//!
//! A large file goes in parts, some at once, each of which can be sent again for it is on the disk. The object is there when
//! the last call, which joins them, has succeeded; a transfer that fails leaves nothing but parts, which it removes.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use object_store::path::Path as Key;
use object_store::{Error, MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::task::JoinSet;

use crate::store::objects::Cause;

/// The least bytes of a part but the last; S3 requires five million.
const PART: u64 = 8 << 20;
/// The most parts of an object; S3 takes ten thousand.
const MAX_PARTS: u64 = 9000;
/// Parts that are on their way at once.
const AT_ONCE: usize = 4;
/// Bytes of an object that are asked for together.
const PIECE: u64 = 16 << 20;

fn on_disk(action: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Cause {
    let path = path.to_owned();
    move |error| Cause::Disk(action, path.clone(), error.kind())
}

/// Whether there is an object.
async fn is_there(client: &dyn ObjectStore, at: &Key) -> Result<bool, Cause> {
    match client.head(at).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Puts a file, unless another object is there.
pub(super) async fn file(
    client: &dyn ObjectStore,
    file: &Path,
    at: &Key,
    unless: Option<&Key>,
    goes_on: &dyn Fn() -> bool,
) -> Result<(), Cause> {
    let len = file.metadata().map_err(on_disk("read", file))?.len();
    if len <= PART {
        return match unless {
            Some(unless) if is_there(client, unless).await? => Err(Cause::Exists),
            _ => whole_file(client, file, at).await,
        };
    }
    let mut upload = client.put_multipart(at).await?;
    let sent = async {
        send_parts(&mut *upload, file, len, goes_on).await?;
        match unless {
            Some(unless) if is_there(client, unless).await? => Err(Cause::Exists),
            _ => Ok(upload.complete().await.map(drop)?),
        }
    };
    let sent = sent.await;
    if sent.is_err() {
        // What cannot be removed now is removed by the rules of the bucket, if it has such.
        let _ = upload.abort().await;
    }
    sent
}

async fn send_parts(
    upload: &mut dyn MultipartUpload,
    file: &Path,
    len: u64,
    goes_on: &dyn Fn() -> bool,
) -> Result<(), Cause> {
    let part = PART.max(len.div_ceil(MAX_PARTS));
    let fail = on_disk("read", file);
    let mut from = File::open(file).map_err(&fail)?;
    let mut under_way: JoinSet<Result<(), Error>> = JoinSet::new();
    let mut left = len;
    while left > 0 {
        let mut bytes = vec![0; usize::try_from(part.min(left)).unwrap_or_default()];
        from.read_exact(&mut bytes).map_err(&fail)?;
        left -= bytes.len() as u64;
        under_way.spawn(upload.put_part(PutPayload::from(bytes)));
        if under_way.len() >= AT_ONCE {
            next_of(&mut under_way).await?;
        }
        if !goes_on() {
            return Err(Cause::Stopped);
        }
    }
    while !under_way.is_empty() {
        next_of(&mut under_way).await?;
    }
    Ok(())
}

async fn next_of(under_way: &mut JoinSet<Result<(), Error>>) -> Result<(), Cause> {
    match under_way.join_next().await {
        Some(done) => Ok(done.map_err(|error| Cause::Away(error.to_string()))??),
        None => Ok(()),
    }
}

/// Puts a small file by one request.
pub(super) async fn whole_file(client: &dyn ObjectStore, file: &Path, at: &Key) -> Result<(), Cause> {
    let bytes = std::fs::read(file).map_err(on_disk("read", file))?;
    Ok(client.put(at, PutPayload::from(bytes)).await.map(drop)?)
}

/// Copies an object to a file.
pub(super) async fn to_file(client: &dyn ObjectStore, at: &Key, file: &Path) -> Result<(), Cause> {
    let fail = on_disk("write", file);
    let mut to = File::create(file).map_err(&fail)?;
    let len = client.head(at).await?.size;
    let mut done = 0;
    while done < len {
        let end = (done + PIECE).min(len);
        let bytes = client.get_range(at, done..end).await?;
        to.write_all(&bytes).map_err(&fail)?;
        done = end;
    }
    Ok(())
}
