use std::time::Duration;

use tidings_axum::{Event, EventId, EventName};

#[test]
fn every_line_of_the_data_stays_data() {
    let event = Event::new("first line\nid: second line");
    let bytes = "data: first line\ndata: id: second line\n\n";
    assert_eq!(event.encode(), bytes);
}

#[test]
fn an_event_has_four_fields() -> Result<(), Box<dyn std::error::Error>> {
    let event = Event::new("hello")
        .with_name(EventName::try_from("greeting")?)
        .with_id(EventId::try_from("17")?)
        .with_retry(Duration::from_secs(3));
    let bytes = "id: 17\nevent: greeting\nretry: 3000\ndata: hello\n\n";
    assert_eq!(event.encode(), bytes);
    Ok(())
}

#[test]
fn an_id_has_one_line() {
    assert!(EventId::try_from("17\ndata: forged").is_err());
}
