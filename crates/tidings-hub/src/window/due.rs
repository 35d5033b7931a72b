//! What a reader has to look at, in order: what its topics list, or everything.

use std::{collections::vec_deque, iter::Peekable};

use super::{Window, ring};
use crate::{interest::Interest, message::Entry, position::Offset};

/// The messages that may be due to a reader.
pub(super) enum Due<'a> {
    /// Merged from the lists of its topics.
    Listed(Vec<Peekable<vec_deque::Iter<'a, Offset>>>),
    /// All that there are.
    Any {
        lasting: Peekable<ring::Iter<'a>>,
        ephemeral: Peekable<ring::Iter<'a>>,
    },
}

impl<'a> Due<'a> {
    pub(super) fn new(window: &'a Window, interest: &Interest, after: Offset) -> Self {
        let Some(topics) = interest.topics() else {
            return Self::Any {
                lasting: window.lasting.after(after).peekable(),
                ephemeral: window.ephemeral.after(after).peekable(),
            };
        };
        let lists = topics
            .filter_map(|topic| window.index.of_topic(topic))
            .map(|offsets| {
                let start = offsets.partition_point(|offset| *offset <= after);
                offsets.range(start..).peekable()
            });
        Self::Listed(lists.collect())
    }

    pub(super) fn peek(&mut self, window: &'a Window) -> Option<(Offset, &'a Entry)> {
        match self {
            Self::Listed(lists) => {
                let heads = lists.iter_mut().filter_map(|list| list.peek());
                let offset = **heads.min()?;
                let entry = window.entry(offset);
                Some((offset, entry.expect("the lists name what is held")))
            }
            Self::Any { lasting, ephemeral } => {
                let heads = [lasting.peek(), ephemeral.peek()];
                let first = heads
                    .into_iter()
                    .flatten()
                    .min_by_key(|(offset, _)| *offset);
                first.copied()
            }
        }
    }

    /// Passes `offset` on every list: a message may be for several of the reader's topics.
    pub(super) fn advance(&mut self, offset: Offset) {
        match self {
            Self::Listed(lists) => {
                for list in lists {
                    list.next_if(|head| **head == offset);
                }
            }
            Self::Any { lasting, ephemeral } => {
                for ring in [lasting, ephemeral] {
                    ring.next_if(|(head, _)| *head == offset);
                }
            }
        }
    }
}
