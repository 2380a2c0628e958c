//! What parts tell each other, once a second.

use super::vehicle::Vehicle;

/// Something that happened on a cut link, or a person who goes on in another part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// A vehicle entered a link over its start node.
    Enter {
        /// Number of the link in the network.
        link: u32,
        /// Who drives.
        person: u32,
        /// On which leg.
        leg: u32,
        /// Where the route stands: index of the link in `Routes::links`.
        at: u32,
        /// Earliest second at which it can leave the queue.
        exit_s: u32,
    },
    /// Vehicles left the queue of a link.
    Left {
        /// Number of the link in the network.
        link: u32,
        /// How many.
        n: u32,
        /// Their sum, 2^-32 passenger-car equivalents.
        pce: i64,
    },
    /// A person stays at an activity until its next leg, which starts in the part that is told.
    Stay {
        /// Who.
        person: u32,
        /// The next leg.
        leg: u32,
        /// Its departure, seconds; later than the second of the message.
        depart_s: u32,
    },
}

impl Message {
    /// Words of a message on its way to another process.
    pub const WORDS: usize = 5;

    /// The message as words. The first tells the kind.
    pub fn to_words(self) -> [u32; Self::WORDS] {
        match self {
            Self::Enter { link, person, leg, at, exit_s } => [link, person, leg, at, exit_s],
            Self::Left { link, n, pce } => [link, u32::MAX, n, pce as u32, (pce >> 32) as u32],
            Self::Stay { person, leg, depart_s } => [u32::MAX, person, leg, depart_s, 0],
        }
    }

    /// The message of words that [`Message::to_words`] made.
    pub fn from_words(words: [u32; Self::WORDS]) -> Self {
        match words {
            [u32::MAX, person, leg, depart_s, _] => Self::Stay { person, leg, depart_s },
            [link, u32::MAX, n, low, high] => {
                Self::Left { link, n, pce: (u64::from(high) << 32 | u64::from(low)) as i64 }
            }
            [link, person, leg, at, exit_s] => Self::Enter { link, person, leg, at, exit_s },
        }
    }

    /// A vehicle that enters a link at the second `exit_s - free_s`.
    pub(super) fn enter(link: u32, leg: u32, vehicle: &Vehicle) -> Self {
        Self::Enter { link, person: vehicle.person, leg, at: vehicle.at, exit_s: vehicle.exit_s }
    }
}

/// Messages of one second, by part.
#[derive(Debug, Clone, Default)]
pub struct Post {
    /// By receiver; a part's own stays empty.
    pub to: Vec<Vec<Message>>,
    /// Persons who are on their way to another part.
    pub n_persons: usize,
}

impl Post {
    /// No messages to `n_parts`.
    pub fn new(n_parts: usize) -> Self {
        Self { to: vec![Vec::new(); n_parts], n_persons: 0 }
    }

    #[inline]
    pub(super) fn send(&mut self, part: usize, message: Message) {
        self.n_persons += usize::from(!matches!(message, Message::Left { .. }));
        self.to[part].push(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_bring_every_message_back() {
        let all = [
            Message::Enter { link: 7, person: 0, leg: 3, at: 9, exit_s: 100 },
            Message::Left { link: 0, n: 2, pce: 5 << 31 | 7 },
            Message::Left { link: 0, n: u32::MAX, pce: i64::MAX },
            Message::Stay { person: 5, leg: 6, depart_s: 7 },
        ];
        for message in all {
            assert_eq!(Message::from_words(message.to_words()), message);
        }
    }
}
