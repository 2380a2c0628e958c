//! Who is due when: nothing is touched in a second in which it has nothing to do.

use super::vehicle::NIL;

/// Seconds that a wheel looks ahead. What is due later is woken at the rim and put in again.
pub(super) const HORIZON_S: u32 = 1024;

/// A timing wheel: a list of numbers for each second ahead. Who is in it remembers the earliest second
/// for which it is, and ignores all other calls, so nothing is ever searched for or taken out. The lists
/// keep their memory from turn to turn.
#[derive(Debug)]
pub(super) struct Wheel(Vec<Vec<u32>>);

impl Wheel {
    pub fn new() -> Self {
        Self(vec![Vec::new(); HORIZON_S as usize])
    }

    /// Puts `number` into the list of a second less than [`HORIZON_S`] ahead.
    #[inline]
    pub fn put(&mut self, number: u32, time_s: u32) {
        self.0[(time_s % HORIZON_S) as usize].push(number);
    }

    /// Takes the list of a second; give it back with [`Wheel::give_back`].
    #[inline]
    pub fn take(&mut self, time_s: u32) -> Vec<u32> {
        std::mem::take(&mut self.0[(time_s % HORIZON_S) as usize])
    }

    /// Gives the memory of the list of a second back.
    #[inline]
    pub fn give_back(&mut self, mut list: Vec<u32>, time_s: u32) {
        list.clear();
        self.0[(time_s % HORIZON_S) as usize] = list;
    }
}

/// Persons by the second in which they depart or, teleported, arrive.
#[derive(Debug)]
pub(super) struct Agenda {
    /// The first person of each second of the day, and last of those who are due after its end.
    heads: Vec<u32>,
    /// Next person in the same list. A person is in one list at a time, the waiting list of a link
    /// included, so they all share this array.
    pub next: Vec<u32>,
    /// Persons in the lists who are due before the day ends.
    pub n: usize,
}

impl Agenda {
    pub fn new(n_persons: usize, end_s: u32) -> Self {
        Self { heads: vec![NIL; end_s as usize + 1], next: vec![NIL; n_persons], n: 0 }
    }

    /// Puts a person in. Who is due after the day's end is listed, so that a frozen day has everybody who is on the way,
    /// and never due.
    pub fn put(&mut self, person: u32, time_s: u32) {
        let end = self.heads.len() - 1;
        let at = (time_s as usize).min(end);
        self.next[person as usize] = self.heads[at];
        self.heads[at] = person;
        self.n += usize::from(at < end);
    }

    /// Persons in the lists from `from_s` on, with their second.
    pub fn listed(&self, from_s: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let seconds = self.heads.iter().enumerate().skip(from_s as usize);
        seconds.flat_map(|(time_s, &head)| {
            let more = |&person: &u32| Some(self.next[person as usize]).filter(|&next| next != NIL);
            std::iter::successors(Some(head).filter(|&head| head != NIL), more)
                .map(move |person| (person, time_s as u32))
        })
    }

    /// Takes the persons of a second, lowest number first.
    pub fn take(&mut self, time_s: u32, due: &mut Vec<u32>) {
        due.clear();
        let mut person = std::mem::replace(&mut self.heads[time_s as usize], NIL);
        while person != NIL {
            due.push(person);
            person = self.next[person as usize];
        }
        self.n -= due.len();
        due.sort_unstable();
    }
}
