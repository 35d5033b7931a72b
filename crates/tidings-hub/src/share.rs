//! A share: what one pass of a worker gives to an audience, put together once for all of it.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice},
};

use bytes::{Buf, Bytes, BytesMut};

use crate::{direct::Socket, frame::Frame, position::Offset};

#[derive(Debug)]
pub(crate) struct Share {
    /// What is to be written: the chunks, joined where they are small, and where each of these
    /// blocks ends.
    blocks: Vec<(usize, Bytes)>,
    /// Where each chunk ends, and the offset up to which one who has read it has everything.
    ends: Vec<(usize, Offset)>,
    /// Up to here, everyone has had everything before.
    before: Offset,
}

/// Chunks are joined into blocks of up to this size: a copy for all of an audience costs less than
/// many slices for each of them. A larger chunk is a block of its own, and is not copied.
const BLOCK: usize = 128 << 10;

/// Slices of one write: more than a few cost more than they save, and systems have a limit (1,024).
const SLICES: usize = 64;

impl Share {
    /// Of messages with these offsets, ascending.
    pub(crate) fn of<'a>(messages: impl Iterator<Item = (Offset, &'a Frame)>) -> Self {
        let mut blocks = Vec::new();
        let mut ends = Vec::new();
        let mut size = 0;
        let mut block = Vec::new();
        let mut start = 0;
        for (offset, frame) in messages {
            if size + frame.len() - start > BLOCK && !block.is_empty() {
                blocks.push((size, join(&mut block, size - start)));
                start = size;
            }
            size += frame.len();
            ends.push((size, offset));
            block.push(frame.chunk());
        }
        if !block.is_empty() {
            blocks.push((size, join(&mut block, size - start)));
        }
        let before = ends
            .first()
            .map_or(Offset::START, |(_, first)| first.previous());
        Self {
            blocks,
            ends,
            before,
        }
    }

    /// A heartbeat, for those who have everything up to `passed`.
    pub(crate) fn heartbeat(passed: Offset) -> Self {
        let chunk = Frame::of(tidings_sse::HEARTBEAT).chunk();
        Self {
            ends: vec![(chunk.len(), passed)],
            blocks: vec![(chunk.len(), chunk)],
            before: passed,
        }
    }

    /// How many messages it holds.
    pub(crate) fn messages(&self) -> usize {
        self.ends.len()
    }

    /// Writes as much as the socket takes now; says how many bytes.
    pub(crate) fn write(&self, socket: &mut dyn Socket) -> io::Result<usize> {
        let mut total = 0;
        for blocks in self.blocks.chunks(SLICES) {
            let (asked, taken) = write_some(socket, blocks.iter().map(|(_, block)| block))?;
            total += taken;
            if taken < asked {
                break;
            }
        }
        Ok(total)
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
        let index = self.blocks.partition_point(|(last, _)| *last < end);
        let (last, block) = &self.blocks[index];
        let first = last - block.len();
        let rest = &block[taken - first..end - first];
        // Not to keep all of a block for the sake of a little.
        let rest = match rest.len() < block.len() / 2 {
            true => Bytes::copy_from_slice(rest),
            false => block.slice_ref(rest),
        };
        Some((offset, Some(rest)))
    }
}

/// Writes as much of `rest` as the socket takes, until it takes no more, and takes it off; says how
/// many bytes. A socket says when it is writable again only after it has said that it is not.
pub(crate) fn write_out(socket: &mut dyn Socket, rest: &mut VecDeque<Bytes>) -> io::Result<usize> {
    let mut total = 0;
    while !rest.is_empty() {
        let (_, taken) = write_some(socket, rest.iter().take(SLICES))?;
        if taken == 0 {
            break;
        }
        total += taken;
        take_off(rest, taken);
    }
    Ok(total)
}

/// One write of at most [`SLICES`] slices. Says how many bytes these are, and how many were taken:
/// none, where the socket takes nothing now.
fn write_some<'a>(
    socket: &mut dyn Socket,
    parts: impl Iterator<Item = &'a Bytes>,
) -> io::Result<(usize, usize)> {
    let mut slices = [IoSlice::new(&[]); SLICES];
    let mut count = 0;
    let mut asked = 0;
    for (slice, part) in slices.iter_mut().zip(parts) {
        *slice = IoSlice::new(part);
        count += 1;
        asked += part.len();
    }
    loop {
        return match socket.try_write(&slices[..count]) {
            Ok(taken) => Ok((asked, taken)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok((asked, 0)),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
    }
}

/// The parts as one, `size` bytes long.
fn join(parts: &mut Vec<Bytes>, size: usize) -> Bytes {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let mut joined = BytesMut::with_capacity(size);
    parts
        .drain(..)
        .for_each(|part| joined.extend_from_slice(&part));
    joined.freeze()
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
        assert_eq!(share.blocks, [(whole.len(), Bytes::from(whole.clone()))]);
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
        let long = Frame::of(&vec![b'x'; BLOCK]);
        let [short, other, _] = frames();
        let frames = [short, other, long];
        let share = share(&frames);
        let before = frames[0].len() + frames[1].len();
        let ends = [before, before + frames[2].len()];
        assert_eq!([share.blocks[0].0, share.blocks[1].0], ends);
        assert_eq!(share.blocks[1].1.as_ptr(), frames[2].chunk().as_ptr());
        let (offset, rest) = share.rest(before + 7).unwrap();
        assert_eq!(offset, Offset(9));
        assert_eq!(rest.unwrap(), frames[2].chunk().slice(7..));
    }
}
