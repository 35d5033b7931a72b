//! The parameter `after`, by which a page says where the next one begins.
//!
//! To clients it is a text that they take from a `Link`. In it are the dialect of the list and the
//! place that the page has ended at: so it has one length whatever is listed, and still means the same
//! when the subscription at that place has ended.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use tidings_axum::Problem;

use super::super::{document::Matched, presence::Place};
use crate::token::Dialect;

const NAME: &str = "after";

/// The address of the next page of a list, relative to the address of this one.
pub(super) fn next(dialect: Dialect, place: Place) -> String {
    let mut bytes = vec![mark(dialect)];
    bytes.extend(place.to_bytes());
    format!("?{NAME}={}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The place after which a page of this list is to begin; `None` where it is the first one.
///
/// # Errors
/// It is not of this list, or there are several.
pub(super) fn asked(
    query: Option<&str>,
    dialect: Dialect,
    matched: Option<&Matched>,
) -> Result<Option<Place>, Problem> {
    let mut values = values(query);
    let Some(after) = values.next() else {
        return Ok(None);
    };
    let place = place(&after, dialect)
        .filter(|place| matched.is_none_or(|matched| place.is_of(matched)))
        .filter(|_| values.next().is_none());
    place.map(Some).ok_or_else(|| {
        bad(
            "the parameter `after` is none that this list has given; follow the header `Link` \
             with rel=\"next\" of the page before, or leave `after` out to begin with the first",
        )
    })
}

/// Refuses the parameter where there is no list.
///
/// # Errors
/// It is there.
pub(super) fn none(query: Option<&str>) -> Result<(), Problem> {
    match values(query).next() {
        Some(_) => Err(bad(
            "a single subscription has no pages; leave the parameter `after` out",
        )),
        None => Ok(()),
    }
}

fn values(query: Option<&str>) -> impl Iterator<Item = String> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == NAME)
        .map(|(_, value)| value.into_owned())
}

fn place(after: &str, dialect: Dialect) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(after).ok()?;
    let (first, place) = bytes.split_first()?;
    let place = place.try_into().ok()?;
    (*first == mark(dialect)).then(|| Place::from_bytes(place))
}

fn mark(dialect: Dialect) -> u8 {
    match dialect {
        Dialect::Legacy => 0,
        Dialect::V1 => 1,
    }
}

fn bad(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::MatcherType;

    #[test]
    fn n61_a_page_goes_on_where_its_list_has_said() {
        let [a, b] = ["a", "b"].map(|text| Matched {
            kind: MatcherType::Exact,
            text: text.to_owned(),
        });
        let place = Place::of(&a, Uuid::from_u128(7));
        let next = next(Dialect::V1, place);
        let query = next.strip_prefix('?').unwrap();
        for of in [None, Some(&a)] {
            assert_eq!(asked(Some(query), Dialect::V1, of), Ok(Some(place)));
            assert_eq!(asked(None, Dialect::V1, of), Ok(None));
            assert_eq!(asked(Some("x=y"), Dialect::V1, of), Ok(None));
        }
        assert_eq!(none(Some("x=y")), Ok(()));
        // That of another list, cut short, made up, or said twice.
        assert!(asked(Some(query), Dialect::V1, Some(&b)).is_err());
        assert!(asked(Some(query), Dialect::Legacy, None).is_err());
        assert!(none(Some(query)).is_err());
        for bad in [
            &query[..query.len() - 1],
            &format!("{query}A"),
            &format!("{query}="),
            "after=",
            "after",
            "after=10",
            "after=\u{e9}",
            &format!("{query}&{query}"),
        ] {
            assert!(asked(Some(bad), Dialect::V1, None).is_err(), "{bad}");
        }
    }
}
