//! Limits for each client: pictures at a time, and pictures a second.
//!
//! A client is an address of IPv4, or the first 64 bits of one of IPv6, which is what one customer of a network usually gets. Only what
//! costs a picture counts: files that are there already, 304 and HEAD are free, and of equal requests that come together the one
//! that starts the work pays. The rate is a token bucket: it fills by the rate, up to the burst, and each picture takes one. The
//! account of a client that was not seen for the longest time is given up when there are too many.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::http::header::{HeaderMap, HeaderName};
use lru::LruCache;

use crate::cli::serve::problem::Problem;

/// Accounts that are kept: some 10 MB.
const MAX_CLIENTS: usize = 1 << 16;

/// What one client may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientLimits {
    /// Pictures that are made for it, or wait, at a time.
    pub(crate) at_once: Option<usize>,
    /// Pictures a second, and how many beyond them at once.
    pub(crate) rate: Option<(f64, u32)>,
    /// The header in which a proxy names the client.
    pub(crate) header: Option<HeaderName>,
}

/// The clients of the last time, within limits.
#[derive(Debug)]
pub(crate) struct Clients {
    limits: ClientLimits,
    most: usize,
    accounts: Mutex<LruCache<IpAddr, Account>>,
}

/// What a client has had.
#[derive(Debug)]
struct Account {
    at_once: Arc<AtomicUsize>,
    /// Pictures that it may still have at once, at this time.
    tokens: f64,
    time: Instant,
}

/// A request that waits for a picture; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting(Option<Arc<AtomicUsize>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(at_once) = &self.0 {
            at_once.fetch_sub(1, SeqCst);
        }
    }
}

impl Clients {
    pub(crate) fn new(limits: ClientLimits) -> Self {
        Self { limits, most: MAX_CLIENTS, accounts: Mutex::new(LruCache::unbounded()) }
    }

    /// The client that a proxy names: the last address of the last such header, for that one the nearest proxy wrote.
    pub(crate) fn named(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let header = headers.get_all(self.limits.header.as_ref()?).iter().next_back()?;
        address_of(header.to_str().ok()?.rsplit(',').next()?)
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<IpAddr, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the account of a client; a new one has a full bucket.
    fn with_account<T>(&self, client: IpAddr, now: Instant, look: impl FnOnce(&mut Account) -> T) -> T {
        let tokens = self.limits.rate.map_or(0.0, |(_, burst)| f64::from(burst));
        let mut accounts = self.lock();
        let account = accounts.get_or_insert_mut(network_of(client), || Account {
            at_once: Arc::default(),
            tokens,
            time: now,
        });
        let found = look(account);
        if accounts.len() > self.most {
            accounts.pop_lru();
        }
        found
    }

    /// A request of a client that waits for a picture.
    ///
    /// # Errors
    /// If the client has too many of them.
    pub(crate) fn enter(&self, client: IpAddr) -> Result<Waiting, Problem> {
        let Some(most) = self.limits.at_once else { return Ok(Waiting(None)) };
        self.with_account(client, Instant::now(), |account| {
            if account.at_once.load(SeqCst) >= most {
                let detail =
                    format!("{most} requests of this client wait for pictures already; try again later");
                return Err(Problem::too_many(detail, 1));
            }
            account.at_once.fetch_add(1, SeqCst);
            Ok(Waiting(Some(account.at_once.clone())))
        })
    }

    /// Takes a picture from what a client may have.
    ///
    /// # Errors
    /// If it has had too many.
    pub(crate) fn pay(&self, client: IpAddr) -> Result<(), Problem> {
        self.pay_at(client, Instant::now())
    }

    fn pay_at(&self, client: IpAddr, now: Instant) -> Result<(), Problem> {
        let Some((rate, burst)) = self.limits.rate else { return Ok(()) };
        self.with_account(client, now, |account| {
            let passed = now.saturating_duration_since(account.time).as_secs_f64();
            account.tokens = (account.tokens + passed * rate).min(f64::from(burst));
            account.time = account.time.max(now);
            if account.tokens >= 1.0 {
                account.tokens -= 1.0;
                return Ok(());
            }
            let seconds = ((1.0 - account.tokens) / rate).ceil().max(1.0) as u32;
            let detail =
                format!("this client may have {rate} new pictures a second; try again in {seconds} seconds");
            Err(Problem::too_many(detail, seconds))
        })
    }
}

/// The network by which a client is counted: one address of IPv4, 64 bits of one of IPv6.
fn network_of(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

/// An address as proxies write it: alone, with a port, in brackets or quotes.
fn address_of(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let alone = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    alone.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn clients(limits: ClientLimits) -> Clients {
        Clients { most: 3, ..Clients::new(limits) }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_bucket_fills_by_the_rate_up_to_the_burst() {
        let clients = clients(ClientLimits { rate: Some((0.5, 2)), ..Default::default() });
        let (start, one) = (Instant::now(), ip("192.0.2.1"));
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        let taken = |seconds: u64| clients.pay_at(one, after(seconds)).is_ok();
        assert!(taken(0) && taken(0) && !taken(0) && !taken(1));
        let refused = clients.pay_at(one, after(1)).expect_err("half a picture is there");
        assert_eq!((refused.status.as_u16(), refused.retry_after), (429, Some(1)));
        assert!(taken(2) && !taken(3) && taken(4), "one in two seconds");
        assert!(taken(1000) && taken(1000) && !taken(1000), "no more than two at once");
        assert!(clients.pay_at(ip("192.0.2.2"), after(1000)).is_ok(), "others have their own");
        let none = Clients::new(ClientLimits::default());
        assert!((0..1000).all(|_| none.pay(one).is_ok() && none.enter(one).is_ok()));
        assert_eq!(none.lock().len(), 0, "without limits there are no accounts");
    }

    #[test]
    fn requests_count_until_they_end_and_the_oldest_account_is_given_up() {
        let clients = clients(ClientLimits { at_once: Some(2), ..Default::default() });
        let [one, same, other] = ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"].map(ip);
        let waiting = [clients.enter(one), clients.enter(same)].map(|entered| entered.expect("two may wait"));
        assert_eq!(clients.enter(one).expect_err("they are of one network").status.as_u16(), 429);
        assert!(clients.enter(other).is_ok());
        drop(waiting);
        let waiting = clients.enter(one).expect("they have ended");
        for number in 0..100 {
            assert!(clients.enter(ip(&format!("192.0.2.{number}"))).is_ok());
        }
        assert_eq!(clients.lock().len(), 3);
        // An account that begins again does not count what the one before had.
        assert!(clients.enter(one).is_ok());
        drop(waiting);
        assert!([(); 2].map(|()| clients.enter(one)).iter().all(Result::is_ok));
        assert_eq!(network_of(ip("::ffff:192.0.2.7")), ip("192.0.2.7"));
    }

    #[test]
    fn the_nearest_proxy_names_the_client() {
        let limits =
            ClientLimits { header: Some(HeaderName::from_static("x-forwarded-for")), ..Default::default() };
        let clients = Clients::new(limits);
        let named = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", value.parse().expect("a value"));
            }
            clients.named(&headers)
        };
        for (values, expected) in [
            (&["192.0.2.1"][..], Some("192.0.2.1")),
            (&["10.9.9.9, 192.0.2.1"], Some("192.0.2.1")),
            (&["10.9.9.9", "10.9.9.8, 192.0.2.1:5000"], Some("192.0.2.1")),
            (&["\"[2001:db8::1]:80\""], Some("2001:db8::1")),
            (&["[2001:db8::1]"], Some("2001:db8::1")),
            (&["192.0.2.1, unknown"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(named(values), expected.map(ip), "{values:?}");
        }
        assert_eq!(Clients::new(ClientLimits::default()).named(&HeaderMap::new()), None);
    }
}
