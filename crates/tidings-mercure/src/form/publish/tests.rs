use super::*;

fn hub() -> HubUrl {
    HubUrl::parse("https://example.com/.well-known/mercure").unwrap()
}

fn parse(body: &str) -> Result<PublishForm, InvalidPublishForm> {
    PublishForm::parse(body.as_bytes(), &hub(), &FormLimits::default())
}

/// The refusal of a form that has a topic and this.
fn refused(rest: &str) -> InvalidPublishForm {
    parse(&format!("topic=a&{rest}")).unwrap_err()
}

fn accepted(rest: &str) -> PublishForm {
    parse(&format!("topic=a&{rest}")).unwrap()
}

#[test]
fn n20_a_form_has_a_topic_and_is_utf8() {
    let form =
        parse("topic=https%3A%2F%2Fexample.com%2Fb%C3%BCcher&data=a+b%0Ac&unknown=1&x").unwrap();
    assert_eq!(form.topics, ["https://example.com/b\u{fc}cher"]);
    assert_eq!(form.data, "a b\nc");
    assert!(!form.private);
    assert_eq!((form.id, form.event_type, form.retry), (None, None, None));
    for body in ["", "data=x", "Topic=a", "topics=a"] {
        assert_eq!(parse(body), Err(InvalidPublishForm::NoTopic), "{body}");
    }
    for (rest, field) in [
        ("data=%ff", "data"),
        ("x=%C3", "x"),
        ("%FF=a", "\u{fffd}"),
        ("topic=%ED%A0%80", "topic"),
    ] {
        let field = field.to_owned();
        assert_eq!(
            refused(rest),
            InvalidPublishForm::NotUtf8 { field },
            "{rest}"
        );
    }
    assert_eq!(refused("data=%ff").status(), 400);
}

#[test]
fn n21_the_first_topic_is_the_canonical_one() {
    assert_eq!(
        parse("topic=b&x=1&topic=a&topic=b").unwrap().topics,
        ["b", "a", "b"]
    );
    assert!(matches!(
        refused("topic=a%0A"),
        InvalidPublishForm::Topic(InvalidTopic::Character(_))
    ));
}

#[test]
fn n22_n23_no_topic_may_be_the_hubs() {
    for topic in [
        "",
        "mercure",
        "%2F.well-known%2Fmercure%2Fx",
        "https://other/.well-known/%256Dercure",
    ] {
        let error = refused(&format!("topic={topic}"));
        assert_eq!(
            error,
            InvalidPublishForm::Topic(InvalidTopic::Reserved),
            "{topic}"
        );
        assert_eq!(error.status(), 400);
    }
    assert_eq!(
        refused("topic=*"),
        InvalidPublishForm::Topic(InvalidTopic::Wildcard)
    );
}

#[test]
fn n24_data_may_be_any_text() {
    assert_eq!(accepted("data=%00%0D%0A%E2%80%8B").data, "\0\r\n\u{200b}");
    assert_eq!(accepted("data=1&data=2").data, "1");
    assert_eq!(accepted("data").data, "");
}

#[test]
fn n25_private_is_so_by_its_presence() {
    for rest in [
        "private",
        "private=",
        "private=on",
        "private=0",
        "private=false",
    ] {
        assert!(accepted(rest).private, "{rest}");
    }
    assert!(!accepted("Private=on").private);
}

#[test]
fn n26_an_id_is_no_reserved_one() {
    assert_eq!(accepted("id=urn:uuid:1").id.as_deref(), Some("urn:uuid:1"));
    assert_eq!(
        accepted("id=id-[%22https://a%22]").id.as_deref(),
        Some("id-[\"https://a\"]")
    );
    assert_eq!(accepted("id=").id, None);
    for rest in ["id=%23", "id=%23a", "id=earliest"] {
        assert_eq!(refused(rest), InvalidPublishForm::ReservedId, "{rest}");
    }
    assert!(accepted("id=Earliest").id.is_some());
    for rest in ["id=a%0Adata:+x", "id=%00", "id=%C2%85", "id=%E2%80%8B"] {
        assert!(
            matches!(
                refused(rest),
                InvalidPublishForm::Character { field: "id", .. }
            ),
            "{rest}"
        );
    }
}

#[test]
fn n27_a_type_is_not_the_hubs() {
    assert_eq!(accepted("type=added").event_type.as_deref(), Some("added"));
    assert_eq!(accepted("type").event_type, None);
    assert_eq!(refused("type=mercure"), InvalidPublishForm::ReservedType);
    assert!(accepted("type=Mercure").event_type.is_some());
    assert!(matches!(
        refused("type=a%0D"),
        InvalidPublishForm::Character { field: "type", .. }
    ));
}

#[test]
fn n28_retry_is_digits() {
    assert_eq!(accepted("retry=0010").retry, Some(10));
    assert_eq!(accepted("retry=18446744073709551615").retry, Some(u64::MAX));
    assert_eq!(accepted("retry=").retry, None);
    for retry in [
        "+",
        "%2B1",
        "-1",
        "1.5",
        "1e3",
        "%D9%A1",
        "18446744073709551616",
        "+1",
    ] {
        assert_eq!(
            refused(&format!("retry={retry}")),
            InvalidPublishForm::Retry,
            "{retry}"
        );
    }
}

#[test]
fn n30_what_is_over_a_limit_is_too_large() {
    let limits = FormLimits::default();
    let long = |field: &str, length| format!("{field}={}", "x".repeat(length));
    for (field, limit) in [
        ("topic", limits.topic_bytes),
        ("id", limits.id_bytes),
        ("type", limits.type_bytes),
    ] {
        accepted(&long(field, limit));
        let error = refused(&long(field, limit + 1));
        assert!(
            matches!(error, InvalidPublishForm::TooLong { .. }),
            "{field}"
        );
        assert_eq!(error.status(), 413, "{field}");
    }
    assert_eq!(
        accepted(&"topic=b&".repeat(limits.topics - 1)).topics.len(),
        limits.topics
    );
    let error = refused(&"topic=b&".repeat(limits.topics));
    assert_eq!(
        error,
        InvalidPublishForm::TooManyTopics {
            limit: limits.topics
        }
    );
    assert_eq!(error.status(), 413);
    accepted(&"x&".repeat(limits.fields - 1));
    let error = refused(&"x&".repeat(limits.fields));
    assert_eq!(
        error,
        InvalidPublishForm::TooManyFields {
            limit: limits.fields
        }
    );
    assert_eq!(error.status(), 413);
}

#[test]
fn refusals_name_the_field() {
    for (rest, message) in [
        (
            "topic=*",
            "`topic`: the topic `*` can't be published to, because it stands for all topics; name one",
        ),
        (
            "id=%07",
            "`id` is not allowed: it has the control character U+0007 at byte 0; remove it",
        ),
        (
            "retry=x",
            "`retry` must be a whole number of milliseconds, in digits and below 2^64",
        ),
    ] {
        assert_eq!(refused(rest).to_string(), message);
    }
}
