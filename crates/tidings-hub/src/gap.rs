//! The gap: how a subscriber is told that history is lost. Never silence.
//!
//! A gap is an event named `gap` whose data is a small JSON object: `requested`, the id that the
//! client asked for, or in mid-stream the place up to which it had everything; `reason`; and `from`, the place after which the stream goes on. Its own id is that
//! place too, so a client that loses its connection right after it resumes without another gap.

use tidings_sse::{Event, EventId, EventName};

use crate::{frame::Frame, position::Position, resume::Reason};

/// The name of the event.
pub(crate) const NAME: &str = "gap";

/// Between two messages of a stream, or before its first: something is missing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) requested: String,
    pub(crate) reason: Reason,
    pub(crate) from: Position,
}

impl Gap {
    pub(crate) fn frame(&self) -> Frame {
        let from = self.from.to_string();
        let data = serde_json::json!({
            "requested": self.requested,
            "reason": self.reason.as_str(),
            "from": from,
        });
        let name = EventName::try_from(NAME).expect("one word");
        let id = EventId::try_from(from).expect("a position is printable ASCII");
        let event = Event::new(data.to_string()).with_name(name).with_id(id);
        Frame::of(&event.encode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::{Epoch, Offset};

    #[test]
    fn what_was_asked_for_cannot_become_another_field() {
        let gap = Gap {
            requested: "x\r\ndata: y\n\n".into(),
            reason: Reason::Unknown,
            from: Position::at(Epoch::parse(b"0123abcv").unwrap(), Offset(7)),
        };
        assert_eq!(
            gap.frame().event(),
            concat!(
                "id: 0123abcv-7\nevent: gap\n",
                r#"data: {"from":"0123abcv-7","reason":"unknown","requested":"x\r\ndata: y\n\n"}"#,
                "\n\n"
            )
        );
    }
}
