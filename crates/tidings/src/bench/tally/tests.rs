//! Servers that lose, repeat and reorder.

use super::*;

/// A tally of a run of `messages` that were all published, after these deliveries of message to subscriber.
fn tally(
    (subscribers, topics, in_flight): (u32, u32, u32),
    messages: u32,
    deliveries: impl IntoIterator<Item = (usize, u32)>,
) -> Tally {
    let mut tally = Tally::new(subscribers, topics, in_flight);
    for _ in 0..messages {
        let sequence = tally.sent(1000);
        tally.published(sequence, 1000, 1500);
    }
    for (subscriber, sequence) in deliveries {
        let stamp = Stamp {
            sequence,
            intended: 1000,
        };
        tally.delivered(subscriber, stamp, 3000);
    }
    tally
}

/// Expected, received, lost, duplicated, out of order.
fn counts(tally: &Tally) -> [u64; 5] {
    let counts = tally.deliveries();
    [
        counts.expected,
        counts.received,
        counts.lost,
        counts.duplicated,
        counts.out_of_order,
    ]
}

/// What one subscriber is told, with one publish at a time.
fn one(messages: u32, sequence: &[u32]) -> [u64; 5] {
    counts(&tally(
        (1, 1, 1),
        messages,
        sequence.iter().map(|&message| (0, message)),
    ))
}

#[test]
fn what_comes_once_and_in_order_is_complete() {
    assert_eq!(one(4, &[0, 1, 2, 3]), [4, 4, 0, 0, 0]);
    assert_eq!(one(0, &[]), [0; 5]);
}

#[test]
fn what_does_not_come_is_lost_wherever_it_stood() {
    for rest in [[1, 2, 3], [0, 2, 3], [0, 1, 2]] {
        assert_eq!(one(4, &rest), [4, 3, 1, 0, 0], "{rest:?}");
    }
    assert_eq!(one(4, &[]), [4, 0, 4, 0, 0]);
}

#[test]
fn what_comes_again_is_duplicated() {
    assert_eq!(one(3, &[0, 0, 1, 2]), [3, 3, 0, 1, 0]);
    assert_eq!(one(3, &[0, 1, 2, 0, 1, 2]), [3, 3, 0, 3, 0]);
    assert_eq!(one(3, &[0, 2, 2, 2]), [3, 2, 1, 2, 0]);
}

#[test]
fn what_comes_late_is_out_of_order() {
    assert_eq!(one(3, &[1, 0, 2]), [3, 3, 0, 0, 1]);
    assert_eq!(one(4, &[3, 2, 1, 0]), [4, 4, 0, 0, 3]);
}

#[test]
fn what_was_never_sent_or_is_for_others_is_one_too_many() {
    assert_eq!(one(2, &[0, 1, 2]), [2, 2, 0, 1, 0]);
    let tally = tally((2, 2, 1), 2, [(0, 0), (0, 1), (1, 1)]);
    assert_eq!(counts(&tally), [2, 2, 0, 1, 0]);
}

#[test]
fn what_comes_to_a_bystander_is_one_too_many() {
    assert_eq!(
        counts(&tally((1, 1, 1), 1, [(0, 0), (1, 0)])),
        [1, 1, 0, 1, 0]
    );
}

#[test]
fn what_was_before_counts_and_is_not_measured() {
    let mut tally = tally((2, 1, 1), 1, [(0, 0), (1, 0)]);
    tally.measure_from(7000);
    let sequence = tally.sent(8000);
    tally.published(sequence, 8000, 8100);
    let stamp = Stamp {
        sequence,
        intended: 8000,
    };
    tally.delivered(0, stamp, 9000);
    assert_eq!(counts(&tally), [4, 3, 1, 0, 0]);
    assert_eq!(tally.measured_deliveries(), 1);
    assert_eq!((tally.latency.len(), tally.span()), (1, 2000));
}

#[test]
fn each_subscriber_gets_the_messages_of_its_topic() {
    // Five subscribers to three topics; seven messages: 2 × 3 + 2 × 2 + 1 × 2.
    let deliveries = (0..7).flat_map(|message| {
        let its_own = move |subscriber: &usize| *subscriber as u32 % 3 == message % 3;
        (0..5)
            .filter(its_own)
            .map(move |subscriber| (subscriber, message))
    });
    let tally = tally((5, 3, 1), 7, deliveries);
    assert_eq!(counts(&tally), [12, 12, 0, 0, 0]);
    assert!(tally.is_complete());
}

#[test]
fn with_several_in_flight_the_order_need_only_be_the_same_for_all() {
    let deliveries = |a: [u32; 4], b: [u32; 4]| {
        let a = a.map(|message| (0, message));
        a.into_iter().chain(b.map(|message| (1, message)))
    };
    let same = tally((2, 1, 4), 4, deliveries([2, 0, 3, 1], [2, 0, 3, 1]));
    assert_eq!(counts(&same), [8, 8, 0, 0, 0]);
    let other = tally((2, 1, 4), 4, deliveries([2, 0, 3, 1], [0, 2, 3, 1]));
    assert_eq!(counts(&other), [8, 8, 0, 0, 1]);
}

#[test]
fn what_the_first_subscriber_has_lost_is_not_out_of_order_for_the_others() {
    let first = [0, 3].map(|message| (0, message));
    let others = (1..4).flat_map(|subscriber| (0..4).map(move |message| (subscriber, message)));
    let tally = tally((4, 1, 4), 4, first.into_iter().chain(others));
    assert_eq!(counts(&tally), [16, 14, 2, 0, 0]);
}

#[test]
fn nobody_need_have_what_was_not_published() {
    for reaches_somebody in [false, true] {
        let mut tally = tally((3, 1, 1), 1, (0..3).map(|subscriber| (subscriber, 0)));
        let sequence = tally.sent(2000);
        tally.publish_failed(sequence);
        if reaches_somebody {
            tally.delivered(
                1,
                Stamp {
                    sequence,
                    intended: 2000,
                },
                4000,
            );
        }
        assert_eq!(counts(&tally), [3, 3, 0, 0, 0]);
        assert_eq!(tally.published_and_failed(), (1, 1));
        assert!(tally.is_complete());
    }
}

#[test]
fn one_that_is_missing_is_not_made_up_for_by_one_that_failed() {
    let mut tally = tally((1, 1, 1), 1, []);
    let sequence = tally.sent(2000);
    tally.publish_failed(sequence);
    tally.delivered(
        0,
        Stamp {
            sequence,
            intended: 2000,
        },
        4000,
    );
    assert_eq!(counts(&tally), [1, 0, 1, 0, 0]);
    assert!(!tally.is_complete());
}

#[test]
fn times_are_taken_from_the_intended_time() {
    let tally = tally((1, 1, 1), 1, [(0, 0)]);
    assert_eq!(
        (tally.latency.max() / 10, tally.publish.max() / 10),
        (200, 50)
    );
    assert_eq!(tally.span(), 2000);
}
