//! Where in a request the token is.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use tidings_mercure::token::{Carrier, CarrierSettings, Malformed, carrier};

const NEW: &str = "__Secure-mercure_access_token";

type Found = Result<Option<(String, Carrier)>, Malformed>;

fn find_with(
    settings: &CarrierSettings,
    headers: &[(HeaderName, &[u8])],
    query: Option<&str>,
) -> Found {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    Ok(carrier(&map, query, settings)?.map(|presented| (presented.token, presented.carrier)))
}

fn find(headers: &[(HeaderName, &[u8])], query: Option<&str>) -> Found {
    find_with(
        &CarrierSettings::default().with_legacy(true),
        headers,
        query,
    )
}

fn in_header(value: &str) -> Found {
    find(&[(AUTHORIZATION, value.as_bytes())], None)
}

fn in_cookies(values: &[&str]) -> Found {
    let headers: Vec<_> = values
        .iter()
        .map(|value| (COOKIE, value.as_bytes()))
        .collect();
    find(&headers, None)
}

fn found(token: &str, carrier: Carrier) -> Found {
    Ok(Some((token.to_owned(), carrier)))
}

#[test]
fn the_header_comes_first() {
    let cookie = format!("{NEW}=c; mercureAuthorization=d");
    let all = [
        (AUTHORIZATION, b"Bearer a".as_slice()),
        (COOKIE, cookie.as_bytes()),
    ];
    assert_eq!(
        find(&all, Some("authorization=b")),
        found("a", Carrier::Header)
    );
    assert_eq!(
        find(&all[1..], Some("authorization=b")),
        found("b", Carrier::Query)
    );
    assert_eq!(find(&all[1..], Some("x=1")), found("c", Carrier::Cookie));
    assert_eq!(
        in_cookies(&["mercureAuthorization=d"]),
        found("d", Carrier::LegacyCookie)
    );
    assert_eq!(find(&[], None), Ok(None));
}

#[test]
fn the_scheme_is_written_in_any_case() {
    for value in [
        "Bearer a.b-c_d",
        "bearer a.b-c_d",
        "BEARER   a.b-c_d",
        "Bearer a.b-c_d  ",
    ] {
        assert_eq!(
            in_header(value),
            found("a.b-c_d", Carrier::Header),
            "{value}"
        );
    }
}

/// RFC 6750, section 3.1, takes an unsupported scheme for no authentication; the draft has the cookie ignored.
#[test]
fn another_scheme_is_no_token_and_hides_the_cookie() {
    for value in ["Basic dTpw", "Digest a", "Bearers a", "", "token"] {
        assert_eq!(in_header(value), Ok(None), "{value}");
        let both = [
            (AUTHORIZATION, value.as_bytes()),
            (COOKIE, b"mercureAuthorization=d".as_slice()),
        ];
        assert_eq!(find(&both, Some("authorization=b")), Ok(None));
    }
}

/// A tab after `Bearer` once made of the whole header an unknown scheme, and of its sender an anonymous reader.
#[test]
fn the_scheme_and_the_token_have_spaces_between_them() {
    for value in [
        "Bearer\ta",
        "Bearer\t a",
        "bearer:a",
        "Bearer: a",
        "Bearer,a",
        "Bearer=a",
        "Bearer\"a\"",
        "Bearer/a",
        "Bearer\u{a0}a",
    ] {
        assert_eq!(in_header(value), Err(Malformed::Separator), "{value:?}");
    }
}

#[test]
fn what_cannot_be_right_is_malformed() {
    for value in ["Bearer", "Bearer ", "bearer   "] {
        assert_eq!(
            in_header(value),
            Err(Malformed::Empty(Carrier::Header)),
            "{value:?}"
        );
    }
    for value in [
        "Bearer a b",
        "Bearer \"a\"",
        "Bearer a,b",
        "Bearer a;b",
        "Bearer \u{e9}",
        "Bearer {}",
        "Bearer  \ta",
        "Bearer a\tb",
    ] {
        assert_eq!(
            in_header(value),
            Err(Malformed::Characters(Carrier::Header)),
            "{value:?}"
        );
    }
    let raw = find(&[(AUTHORIZATION, b"Bearer \xff".as_slice())], None);
    assert_eq!(raw, Err(Malformed::Characters(Carrier::Header)));
    for second in [b"Bearer a".as_slice(), b"Basic b"] {
        let two = [
            (AUTHORIZATION, b"Bearer a".as_slice()),
            (AUTHORIZATION, second),
        ];
        assert_eq!(find(&two, None), Err(Malformed::SeveralHeaders(2)));
    }
    for query in ["authorization=", "authorization"] {
        assert_eq!(
            find(&[], Some(query)),
            Err(Malformed::Empty(Carrier::Query))
        );
    }
    let several = find(&[], Some("authorization=a&topic=x&authorization=a"));
    assert_eq!(several, Err(Malformed::SeveralParameters));
    assert_eq!(
        find(&[], Some("authorization=a%20b")),
        Err(Malformed::Characters(Carrier::Query))
    );
}

#[test]
fn the_query_is_decoded_and_only_one_name_counts() {
    assert_eq!(
        find(&[], Some("topic=x&authorization=a%2Eb")),
        found("a.b", Carrier::Query)
    );
    for query in ["Authorization=a", "access_token=a", "xauthorization=a", ""] {
        assert_eq!(find(&[], Some(query)), Ok(None), "{query}");
    }
}

#[test]
fn cookies_are_found_however_they_are_written() {
    for values in [
        vec!["a=1; __Secure-mercure_access_token=t; b=2"],
        vec!["a=1;__Secure-mercure_access_token=t;b=2"],
        vec!["a=1", "__Secure-mercure_access_token=t", "b=2"],
        vec!["junk; =; ;; __Secure-mercure_access_token = t"],
        vec!["__Secure-mercure_access_token=\"t\""],
        vec!["__Secure-mercure_access_token=t; __Secure-mercure_access_token=second"],
        vec![
            "__Secure-mercure_access_token=t",
            "__Secure-mercure_access_token=second",
        ],
    ] {
        assert_eq!(
            in_cookies(&values),
            found("t", Carrier::Cookie),
            "{values:?}"
        );
    }
    let bytes = [(COOKIE, b"x=\xff\xfe; mercureAuthorization=t".as_slice())];
    assert_eq!(find(&bytes, None), found("t", Carrier::LegacyCookie));
    for value in [
        "__secure-mercure_access_token=t",
        "x__Secure-mercure_access_token=t",
        "mercureauthorization=t",
    ] {
        assert_eq!(in_cookies(&[value]), Ok(None), "{value}");
    }
    assert_eq!(
        in_cookies(&["mercureAuthorization=a b"]),
        Err(Malformed::Characters(Carrier::LegacyCookie))
    );
}

#[test]
fn an_empty_cookie_is_none() {
    for value in [
        "mercureAuthorization=",
        "mercureAuthorization=\"\"",
        "mercureAuthorization",
    ] {
        assert_eq!(in_cookies(&[value]), Ok(None), "{value}");
    }
    let both = format!("{NEW}=; mercureAuthorization=d");
    assert_eq!(in_cookies(&[&both]), found("d", Carrier::LegacyCookie));
}

#[test]
fn without_0_x_there_are_two_places() {
    let settings = CarrierSettings::default().with_cookie("token");
    let cookies = [(COOKIE, b"mercureAuthorization=d; token=c".as_slice())];
    assert_eq!(
        find_with(&settings, &cookies, Some("authorization=b")),
        found("c", Carrier::Cookie)
    );
    let cookies = [(COOKIE, b"mercureAuthorization=d".as_slice())];
    assert_eq!(
        find_with(&settings, &cookies, Some("authorization=b&authorization=")),
        Ok(None)
    );
}

#[test]
fn a_token_is_not_shown() {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
    let presented = carrier(&headers, None, &CarrierSettings::default())
        .unwrap()
        .unwrap();
    assert_eq!(
        format!("{presented:?}"),
        "Presented(in the Authorization header)"
    );
}
