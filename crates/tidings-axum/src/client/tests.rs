//! Who is one client, and how many places it has.

use std::thread;

use http::{HeaderValue, Request};

use super::*;

fn head(peer: Option<&str>, forwarded: &[&str]) -> Parts {
    let mut request = Request::new(());
    if let Some(peer) = peer {
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    for value in forwarded {
        let headers = request.headers_mut();
        headers.append(
            "x-forwarded-for",
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    request.into_parts().0
}

fn direct(peer: &str) -> Client {
    ClientLimit::new(1).client(&head(Some(peer), &["192.0.2.99"]))
}

fn proxied(forwarded: &[&str]) -> Client {
    let header = HeaderName::from_static("x-forwarded-for");
    ClientLimit::behind_proxy(1, header).client(&head(Some("10.0.0.1"), forwarded))
}

#[test]
fn an_address_of_ipv4_is_a_client_and_a_network_of_ipv6_is() {
    assert_ne!(direct("192.0.2.1"), direct("192.0.2.2"));
    assert_eq!(direct("192.0.2.1"), direct("::ffff:192.0.2.1"));
    assert_eq!(direct("2001:db8:1:2::1"), direct("2001:db8:1:2:ffff::7"));
    assert_ne!(direct("2001:db8:1:2::1"), direct("2001:db8:1:3::1"));
    assert_ne!(direct("::1"), direct("127.0.0.1"));
}

#[test]
fn the_last_entry_of_the_header_counts_and_nothing_before_it() {
    let one = Client::V4(Ipv4Addr::new(192, 0, 2, 1));
    for forwarded in [
        &["192.0.2.1"][..],
        &["198.51.100.1, 192.0.2.1"],
        &["198.51.100.1,192.0.2.1"],
        &["192.0.2.1, 198.51.100.1", "198.51.100.2, 192.0.2.1"],
        &["unknown, \", \u{fc}, 192.0.2.1:1234"],
        &["::ffff:192.0.2.1"],
    ] {
        assert_eq!(proxied(forwarded), one, "{forwarded:?}");
    }
    let network = direct("2001:db8:1:2::");
    for forwarded in [
        "2001:db8:1:2::9",
        "[2001:db8:1:2::9]",
        "[2001:db8:1:2::9]:80",
    ] {
        assert_eq!(proxied(&[forwarded]), network, "{forwarded}");
    }
    // What is no address is the proxy's client, and not somebody whom a client has invented.
    let proxy = direct("10.0.0.1");
    for forwarded in [
        &[][..],
        &[""],
        &["192.0.2.1, unknown"],
        &["192.0.2.1,"],
        &["192.0.2.1", ""],
        &["192.0.2.1.5"],
        &["_hidden"],
        &["\u{fc}"],
    ] {
        assert_eq!(proxied(forwarded), proxy, "{forwarded:?}");
    }
}

/// Under a server that does not say who connects, a limit that counted nobody would be none.
#[test]
fn those_whom_nobody_knows_are_one_client() {
    let limit = ClientLimit::new(1);
    let first = limit.take(&head(None, &[])).unwrap();
    let problem = limit.take(&head(None, &[])).unwrap_err().problem();
    assert!(problem.detail().contains("ConnectInfo"), "{problem:?}");
    drop(first);
    limit.take(&head(None, &[])).unwrap();
}

#[test]
fn a_client_without_streams_is_forgotten() {
    let limit = ClientLimit::new(2);
    let head = head(Some("192.0.2.1"), &[]);
    let places = [limit.take(&head).unwrap(), limit.take(&head).unwrap()];
    limit.take(&head).unwrap_err();
    assert_eq!(limit.refused(), 1);
    let [first, second] = places;
    drop(first);
    let third = limit.take(&head).unwrap();
    limit.take(&head).unwrap_err();
    drop((second, third));
    assert!(limit.streams().is_empty());
    assert_eq!(limit.refused(), 2);
}

/// The most that are there at a time is the limit, and none is lost: however many come and go at once.
#[test]
fn the_count_is_exact_under_races() {
    let limit = ClientLimit::new(3);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let head = head(Some("192.0.2.1"), &[]);
                for _ in 0..2_000 {
                    let place = limit.take(&head);
                    assert!(limit.streams().values().all(|taken| *taken <= 3));
                    drop(place);
                }
            });
        }
    });
    assert!(limit.streams().is_empty());
}
