//! Connections that wait: how long one may be without a request, and how long the head of a request may take.
//!
//! hyper has one limit for both, from the end of an answer to the end of the next head. Here the head has a limit of its own, which
//! begins with its first bytes: a connection can wait for longer than a client may take that sends byte after byte. A request that is
//! at work and an answer that the client reads slowly have limits elsewhere, and none here.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long a client may take for what it sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Before the first byte of a request.
    pub(crate) idle: Duration,
    /// From there to the end of its head.
    pub(crate) head: Duration,
}

/// A connection that ends with an error if its client is too slow.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    pace: Pace,
    /// Whether a head has begun.
    in_head: bool,
    /// Whether `timer` runs for what is waited for now.
    is_timed: bool,
    timer: Pin<Box<Sleep>>,
    at_work: AtWork,
}

/// Set from the end of a head to the beginning of the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct AtWork(Arc<AtomicBool>);

impl AtWork {
    /// A request was read.
    pub(crate) fn begin(&self) {
        self.0.store(true, Relaxed);
    }
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, pace: Pace) -> Self {
        let timer = Box::pin(sleep(pace.idle));
        Self { stream, pace, in_head: false, is_timed: true, timer, at_work: AtWork::default() }
    }

    /// Where the start of work is noted.
    pub(crate) fn at_work(&self) -> AtWork {
        self.at_work.clone()
    }

    /// Whether the client took too long; begins to count if something else is waited for than before.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        if !self.is_timed {
            let limit = if self.in_head { self.pace.head } else { self.pace.idle };
            self.timer.as_mut().reset(Instant::now() + limit);
            self.is_timed = true;
        }
        self.timer.as_mut().poll(context).is_ready()
    }

    /// After a write the next request is waited for, unless the client does not read.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.at_work.0.store(written.is_pending(), Relaxed);
        (self.in_head, self.is_timed) = (false, false);
        if written.is_ready() {
            // hyper reads again only when there is something to read, or this timer wakes it.
            let _ = self.is_late(context);
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if this.at_work.0.load(Relaxed) {
            return read;
        }
        if read.is_ready() {
            if buffer.filled().len() > before && !this.in_head {
                (this.in_head, this.is_timed) = (true, false);
            }
            return read;
        }
        if this.is_late(context) { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { read }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const PACE: Pace = Pace { idle: Duration::from_millis(50), head: Duration::from_millis(400) };

    #[tokio::test]
    async fn a_connection_waits_as_long_as_each_of_its_states_may_take() {
        let (mut client, server) = tokio::io::duplex(1 << 10);
        let mut paced = Paced::new(server, PACE);
        let at_work = paced.at_work();
        let pause = || sleep(2 * PACE.idle);
        let mut read = [0; 64];
        // A head takes longer than the time without one.
        client.write_all(b"GET").await.expect("there is room");
        assert_eq!(paced.read(&mut read).await.expect("the beginning"), 3);
        let (rest, sent) = tokio::join!(paced.read(&mut read), async {
            pause().await;
            client.write_all(b" / ").await
        });
        assert_eq!((rest.expect("the rest"), sent.is_ok()), (3, true));
        // What is read during work begins no head, and work has no limit.
        at_work.begin();
        let waited = tokio::time::timeout(3 * PACE.head, paced.read(&mut read)).await;
        assert!(waited.is_err(), "it waits on");
        // A client that does not read its answer is no connection without a request.
        while tokio::time::timeout(PACE.idle, paced.write_all(&[0; 512])).await.is_ok() {}
        assert!(tokio::time::timeout(4 * PACE.idle, paced.read(&mut read)).await.is_err());
        let mut answer = vec![0; 1 << 10];
        client.read_exact(&mut answer).await.expect("the answer so far");
        paced.write_all(b"end").await.expect("there is room again");
        let ended = paced.read(&mut read).await.expect_err("no request comes");
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_head_that_trickles_ends() {
        let (mut client, server) = tokio::io::duplex(1 << 10);
        let mut paced = Paced::new(server, PACE);
        let start = Instant::now();
        let mut read = [0; 64];
        let trickle = async {
            while client.write_all(b"a").await.is_ok() {
                sleep(PACE.idle / 2).await;
            }
        };
        let read = async {
            loop {
                if let Err(error) = paced.read(&mut read).await {
                    break error;
                }
            }
        };
        let error = tokio::select! {
            error = read => error,
            () = trickle => panic!("it reads until its limit"),
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(start.elapsed() >= PACE.head);
    }
}
