//! A share: what one pass of a worker gives to an audience, put together once for all of it.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice},
};

use bytes::{Buf, Bytes, BytesMut};

use crate::{direct::Socket, frame::Frame, position::Offset};

#[derive(Debug)]
pub(crate) struct Share {
    /// What is to be written: the chunks, joined where they are small.
    parts: Vec<Bytes>,
    /// Where each chunk ends, and the offset up to which one who has read it has everything.
    ends: Vec<(usize, Offset)>,
    /// Up to here, everyone has had everything before.
    before: Offset,
}

/// Chunks are joined into one slice up to this size: a copy for all of an audience costs less than
/// many slices for each of them. Beyond it, the copy would.
const JOINED: usize = 128 << 10;

/// Slices of one write: more than a few cost more than they save, and systems have a limit (1,024).
const SLICES: usize = 64;

impl Share {
    /// Of messages with these offsets, ascending.
    pub(crate) fn of<'a>(messages: impl Iterator<Item = (Offset, &'a Frame)>) -> Self {
        let mut parts = Vec::new();
        let mut ends = Vec::new();
        let mut size = 0;
        for (offset, frame) in messages {
            size += frame.len();
            ends.push((size, offset));
            parts.push(frame.chunk());
        }
        if parts.len() > 1 && size <= JOINED {
            let mut joined = BytesMut::with_capacity(size);
            parts.iter().for_each(|part| joined.extend_from_slice(part));
            parts = vec![joined.freeze()];
        }
        let before = ends
            .first()
            .map_or(Offset::START, |(_, first)| first.previous());
        Self {
            parts,
            ends,
            before,
        }
    }

    /// A heartbeat, for those who have everything up to `passed`.
    pub(crate) fn heartbeat(passed: Offset) -> Self {
        let chunk = Frame::of(tidings_sse::HEARTBEAT).chunk();
        Self {
            ends: vec![(chunk.len(), passed)],
            parts: vec![chunk],
            before: passed,
        }
    }

    /// How many messages it holds.
    pub(crate) fn messages(&self) -> usize {
        self.ends.len()
    }

    /// Writes as much as the socket takes now; says how many bytes.
    pub(crate) fn write(&self, socket: &mut dyn Socket) -> io::Result<usize> {
        if let [part] = &*self.parts {
            return try_write(socket, &[IoSlice::new(part)]);
        }
        let mut rest: VecDeque<Bytes> = self.parts.iter().cloned().collect();
        write_out(socket, &mut rest)
    }

    /// What is left when `taken` bytes have been: the place up to which all is written or is in the
    /// rest of a chunk that has been cut. `None` if nothing is left.
    pub(crate) fn rest(&self, taken: usize) -> Option<(Offset, Option<Bytes>)> {
        let cut = self.ends.partition_point(|(end, _)| *end <= taken);
        let (end, offset) = *self.ends.get(cut)?;
        let (start, before) = match cut.checked_sub(1) {
            Some(last) => self.ends[last],
            None => (0, self.before),
        };
        if taken == start {
            return Some((before, None));
        }
        let rest = match &*self.parts {
            [joined] => joined.slice(taken..end),
            parts => parts[cut].slice(taken - start..),
        };
        Some((offset, Some(rest)))
    }
}

/// Writes as much of `rest` as the socket takes now, and takes it off; says how many bytes.
pub(crate) fn write_out(socket: &mut dyn Socket, rest: &mut VecDeque<Bytes>) -> io::Result<usize> {
    let mut total = 0;
    while !rest.is_empty() {
        let slices: Vec<IoSlice<'_>> = rest
            .iter()
            .take(SLICES)
            .map(|part| IoSlice::new(part))
            .collect();
        let asked: usize = slices.iter().map(|slice| slice.len()).sum();
        let taken = try_write(socket, &slices)?;
        total += taken;
        take_off(rest, taken);
        if taken < asked {
            break;
        }
    }
    Ok(total)
}

fn take_off(rest: &mut VecDeque<Bytes>, mut count: usize) {
    while let Some(part) = rest.front_mut() {
        if part.len() > count {
            part.advance(count);
            return;
        }
        count -= part.len();
        rest.pop_front();
    }
}

/// A socket that takes nothing now takes 0 bytes: no error.
fn try_write(socket: &mut dyn Socket, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    match socket.try_write(slices) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames() -> [Frame; 3] {
        ["a", "bb", "ccc"].map(|text| Frame::of(text.as_bytes()))
    }

    fn share(frames: &[Frame]) -> Share {
        let offsets = [3, 5, 9].map(Offset);
        Share::of(offsets.into_iter().zip(frames))
    }

    #[test]
    fn what_is_left_begins_where_the_socket_stopped() {
        let frames = frames();
        let share = share(&frames);
        let whole: Vec<u8> = frames.iter().flat_map(|frame| frame.chunk()).collect();
        assert_eq!(share.parts, [&whole[..]]);
        let (first, second) = (frames[0].len(), frames[0].len() + frames[1].len());
        assert_eq!(share.rest(0), Some((Offset(2), None)));
        assert_eq!(share.rest(first), Some((Offset(3), None)));
        assert_eq!(share.rest(second), Some((Offset(5), None)));
        assert_eq!(share.rest(whole.len()), None);
        let rest = Bytes::copy_from_slice(&whole[first + 1..second]);
        assert_eq!(share.rest(first + 1), Some((Offset(5), Some(rest))));
    }

    #[test]
    fn long_chunks_are_not_copied() {
        let frame = Frame::of(&vec![b'x'; JOINED]);
        let frames = [frame.clone(), frame];
        let share = share(&frames);
        assert_eq!(share.parts[1].as_ptr(), frames[1].chunk().as_ptr());
        let size = frames[0].len();
        let (offset, rest) = share.rest(size + 7).unwrap();
        assert_eq!(offset, Offset(5));
        assert_eq!(rest.unwrap(), frames[1].chunk().slice(7..));
    }
}
