//! The server: addresses that it listens on, connections within limits, signals, and the end.

use std::any::Any;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Notify, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tower_http::catch_panic::CatchPanicLayer;

use crate::cli::failure::Failure;
use crate::cli::print::{errln, outln};
use crate::cli::serve::access::{AccessLog, Entry};
use crate::cli::serve::answer::{Asked, Service};
use crate::cli::serve::clients::Clients;
use crate::cli::serve::file_cache::FileCache;
use crate::cli::serve::metrics::Metrics;
use crate::cli::serve::open_files;
use crate::cli::serve::paced::{Pace, Paced};
use crate::cli::serve::pictures::Pictures;
use crate::cli::serve::problem::Problem;
use crate::cli::serve::settings::Settings;
use crate::cli::serve::sites::Sites;

/// How long a client may take for the head of a request, from its first byte.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a client may read nothing of its answer.
const READ_TIME: Duration = Duration::from_secs(30);
/// Bytes that the head of a request may have.
const HEAD_BYTES: usize = 16 << 10;
/// In place of the address of a client that the system did not give.
const NO_PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
/// The status in figures and log of a request whose client left before it was answered; none of HTTP, but widely used.
const LEFT: u16 = 499;
/// Connections that the system may keep until they are accepted; it may have a lower limit. Of a burst that exceeds it some clients
/// are not seen until they send something.
const BACKLOG: u32 = 4096;
/// After an error of the system that a later try may not have, as too many open files.
const PAUSE: Duration = Duration::from_millis(50);

/// Opens every project, makes a picture of each, and says so.
pub(crate) fn check(settings: &Settings) -> Result<(), Failure> {
    for site in Sites::open(settings)?.all() {
        outln!("{}: state {}, {} possible items", site.id, site.digest, site.capacity);
    }
    Ok(())
}

/// Serves until a signal.
pub(crate) fn serve(settings: Settings) -> Result<(), Failure> {
    let sites = Arc::new(Sites::open(&settings)?);
    open_files::allow(settings.connections);
    let threads = sites.all().next().map_or(1, |site| site.engine.threads());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Other(format!("cannot start threads: {error}")))?;
    let metrics = Arc::new(Metrics::new());
    let cache = FileCache::new(settings.file_cache);
    let clients = Clients::new(settings.clients.clone());
    let pictures = Pictures::new(cache, clients, threads, settings.queue, settings.deadline, metrics.clone());
    let access_log = settings.access_log.then(|| AccessLog::start(metrics.lines_lost.clone()));
    let service = Arc::new(Service {
        sites,
        pictures,
        metrics,
        keys: settings.keys.clone(),
        cors: settings.cors.clone(),
        max_age: settings.max_age,
        drains: AtomicBool::new(false),
        access_log,
    });
    let ended = runtime.block_on(run(settings, service.clone()));
    if let Some(log) = &service.access_log {
        log.end();
    }
    // What is still at work is given up.
    runtime.shutdown_background();
    ended
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // On other systems this would let two programs have one address.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bind().map_err(|error| {
        Failure::Other(format!("cannot listen on {address}: {error}; choose another --listen"))
    })
}

async fn run(settings: Settings, service: Arc<Service>) -> Result<(), Failure> {
    let listener = listen(settings.listen)?;
    let app =
        Router::new().fallback(handle).with_state(service.clone()).layer(CatchPanicLayer::custom(panicked));
    if let Some(address) = settings.metrics {
        let figures = listen(address)?;
        say("figures", &figures);
        let app = Router::new().fallback(figures_of).with_state(service.clone());
        tokio::spawn(accept(
            figures,
            app,
            service.clone(),
            64,
            Arc::default(),
            [settings.idle, Duration::ZERO],
        ));
    }
    say("pictures", &listener);
    let end = Arc::new(Notify::new());
    tokio::spawn(reload(service.clone(), settings.watch));
    tokio::spawn({
        let (service, end) = (service.clone(), end.clone());
        async move {
            signal().await;
            service.drains.store(true, SeqCst);
            errln!("note: requests that have begun are answered; a second signal ends at once");
            end.notify_one();
            signal().await;
            std::process::exit(130);
        }
    });
    accept(listener, app, service, settings.connections, end, [settings.idle, settings.drain]).await;
    Ok(())
}

/// Prints an address as soon as it can be used.
fn say(what: &str, listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        errln!("note: {what} at http://{address}");
    }
}

/// Accepts connections until `end`, which may be without a request for `idle`, and lets those that have one at work end within
/// `drain`.
async fn accept(
    listener: TcpListener,
    app: Router,
    service: Arc<Service>,
    connections: usize,
    end: Arc<Notify>,
    [idle, drain]: [Duration; 2],
) {
    let pace = Pace { idle, head: HEAD_TIME };
    let places = Arc::new(Semaphore::new(connections));
    let graceful = GracefulShutdown::new();
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place.expect("the places are never closed"),
            () = end.notified() => break,
        };
        let (stream, client) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
            () = end.notified() => break,
        };
        // Small answers are sent at once; where that cannot be, they are sent later.
        let _ = stream.set_nodelay(true);
        let app = TowerToHyperService::new(app.clone().layer(axum::Extension(ConnectInfo(client))));
        let mut builder = http1::Builder::new();
        builder.header_read_timeout(None).max_buf_size(HEAD_BYTES);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(READ_TIME));
        let stream = Paced::new(Box::pin(stream), pace);
        let at_work = stream.at_work();
        let answers = service_fn(move |request| {
            at_work.begin();
            app.call(request)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), answers);
        let watched = graceful.watch(connection);
        let gauge = service.metrics.connections.clone();
        tokio::spawn(async move {
            gauge.inc();
            // An error is one of the client: it left, or sent what is no request.
            let _ = watched.await;
            gauge.dec();
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        errln!("warning: some requests were not answered within {} seconds", drain.as_secs_f64());
    }
}

/// A request that is being answered: it is counted and logged when this is dropped, whatever comes of it.
struct Seen {
    service: Arc<Service>,
    start: Instant,
    client: String,
    parts: Parts,
    route: &'static str,
    /// Nothing until there is an answer.
    status: Option<u16>,
    bytes: u64,
    cached: Option<bool>,
}

impl Drop for Seen {
    fn drop(&mut self) {
        let left = if std::thread::panicking() { StatusCode::INTERNAL_SERVER_ERROR.as_u16() } else { LEFT };
        let (status, time) = (self.status.unwrap_or(left), self.start.elapsed());
        self.service.metrics.count(self.route, status, time);
        if let Some(log) = &self.service.access_log {
            log.write(&Entry {
                client: &self.client,
                method: self.parts.method.as_str(),
                address: self.parts.uri.path_and_query().map_or("", |address| address.as_str()),
                route: self.route,
                status,
                bytes: self.bytes,
                cached: self.cached,
                time,
            });
        }
    }
}

/// Answers a request, counts it and logs it.
async fn handle(State(service): State<Arc<Service>>, request: Request) -> Result<Response<Body>, Infallible> {
    let (parts, _body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(NO_PEER, |client| client.0);
    let named = service.pictures.clients.named(&parts.headers);
    let client = match (&service.access_log, named) {
        (None, _) => String::new(),
        (_, Some(named)) => named.to_string(),
        (_, None) => peer.to_string(),
    };
    let mut seen = Seen {
        service,
        start: Instant::now(),
        client,
        parts,
        route: "other",
        status: None,
        bytes: 0,
        cached: None,
    };
    let Parts { method, uri, headers, .. } = &seen.parts;
    let client = named.unwrap_or(peer.ip());
    let answer = seen.service.answer(Asked { method, uri, headers, client }).await;
    let bytes = answer.response.body().size_hint().lower();
    seen.bytes = if method == Method::HEAD { 0 } else { bytes };
    (seen.route, seen.status, seen.cached) =
        (answer.route, Some(answer.response.status().as_u16()), answer.cached);
    Ok(answer.response)
}

/// The answer to a request whose work panicked.
fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    let detail = "answering the request failed; this is a bug of traitpress";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into()
}

async fn figures_of(State(service): State<Arc<Service>>) -> Response<Body> {
    let mut response = Response::new(Body::from(service.metrics.text()));
    let media = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    response
}

/// Opens projects again when their files change, and all of them at a signal; the same with the file of keys.
async fn reload(service: Arc<Service>, watch: Option<Duration>) {
    let mut hangups = match hangups() {
        Ok(hangups) => hangups,
        Err(error) => {
            errln!("warning: the signal to read the projects again is not heard: {error}");
            return;
        }
    };
    loop {
        let all = match watch {
            None => hangups.recv().await.is_some(),
            Some(pause) => tokio::select! {
                heard = hangups.recv() => heard.is_some(),
                () = tokio::time::sleep(pause) => false,
            },
        };
        let (sites, keys) = (service.sites.clone(), service.keys.clone());
        let read = move || {
            let mut lines = sites.reload(all);
            lines.extend(keys.and_then(|keys| keys.reload(all)));
            lines
        };
        let Ok(lines) = tokio::task::spawn_blocking(read).await else { continue };
        for line in lines {
            match line {
                Ok(line) => errln!("note: {line}"),
                Err(line) => errln!("warning: {line}"),
            }
        }
    }
}

/// SIGHUP; where there is none, nothing comes.
#[cfg(unix)]
fn hangups() -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
}

#[cfg(not(unix))]
fn hangups() -> io::Result<Never> {
    Ok(Never)
}

/// A signal that this system does not have.
#[cfg(not(unix))]
struct Never;

#[cfg(not(unix))]
impl Never {
    async fn recv(&mut self) -> Option<()> {
        std::future::pending().await
    }
}

/// Waits for the signal that asks a program to end.
#[cfg(unix)]
async fn signal() {
    let term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match term {
        Ok(mut term) => tokio::select! {
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => _ = tokio::signal::ctrl_c().await,
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
