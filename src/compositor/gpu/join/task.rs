//! Pictures that were asked for, and how far joining them has come.

use std::collections::VecDeque;
use std::ops::Range;

use crate::compositor::JoinBatch;
use crate::compositor::gpu::requests::Join;
use crate::png::JoinedBits;

/// Pictures of a group at most: one invocation looks at all of them.
const GROUP_PICTURES: usize = 1024;

/// A batch that is cut into groups of pictures whose bits have room in the buffer that is read back. How many bits come of a
/// picture is not clear before; there is room for the most that can.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct JoinTask {
    join: Join,
    /// Of all tasks.
    pub(super) number: u64,
    /// Pictures that are not submitted yet, and their words of bits at most.
    groups: VecDeque<(Range<usize>, u64)>,
    /// Groups in flight.
    open: usize,
    has_begun: bool,
    joined: Vec<Option<JoinedBits>>,
}

impl JoinTask {
    /// Of groups whose bits take so many bytes at most, unless one picture has more.
    pub(in crate::compositor::gpu) fn new(number: u64, join: Join, bytes: u64) -> Self {
        let batch = &join.batch;
        let most: Vec<u64> = (0..batch.pictures())
            .map(|number| batch.encoder.most_joined_bits(batch.picture(number)).div_ceil(32))
            .collect();
        let mut groups = VecDeque::new();
        let mut first = 0;
        while first < most.len() {
            let mut words = 0;
            let fits = most[first..].iter().take(GROUP_PICTURES).take_while(|&&own| {
                words += own;
                4 * words <= bytes
            });
            let end = first + fits.count().max(1);
            groups.push_back((first..end, most[first..end].iter().sum()));
            first = end;
        }
        let joined = vec![None; most.len()];
        Self { join, number, groups, open: 0, has_begun: false, joined }
    }

    pub(super) fn batch(&self) -> &JoinBatch {
        &self.join.batch
    }

    /// Whether there are pictures to submit.
    pub(in crate::compositor::gpu) fn has_more(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Whether pictures were submitted.
    pub(in crate::compositor::gpu) fn has_begun(&self) -> bool {
        self.has_begun
    }

    pub(super) fn next_group(&mut self) -> Option<(Range<usize>, u64)> {
        self.has_begun = true;
        self.groups.pop_front()
    }

    /// A group was submitted.
    pub(super) fn submitted(&mut self) {
        self.open += 1;
    }

    /// These came of some pictures that were submitted.
    pub(super) fn done(&mut self, pictures: Range<usize>, joined: Vec<Option<JoinedBits>>) {
        self.open -= 1;
        self.joined[pictures].iter_mut().zip(joined).for_each(|(to, joined)| *to = joined);
    }

    /// All that is not done is left to the CPU.
    pub(in crate::compositor::gpu) fn give_up(&mut self) {
        self.groups.clear();
        self.open = 0;
    }

    pub(in crate::compositor::gpu) fn is_done(&self) -> bool {
        self.groups.is_empty() && self.open == 0
    }

    /// How many pictures were joined.
    pub(in crate::compositor::gpu) fn joined(&self) -> u64 {
        self.joined.iter().flatten().count() as u64
    }

    /// Gives what was joined. Nobody waits for it where the run was stopped.
    pub(in crate::compositor::gpu) fn answer(self) {
        let _ = self.join.answer.send(self.joined);
    }
}
