#![doc = include_str!("../README.md")]

pub mod models;
pub mod score;
pub mod study;
mod torch;
pub mod uses;

pub use models::chain::Generator;
pub use models::chain::weights::Weights;
pub use torch::device;

impl engine::activity::Generate for Generator {
    fn chains(
        &self,
        persons: &[(engine::id::PersonId, engine::people::Demographics)],
        weekday: u8,
        seed: u64,
    ) -> engine::Result<Vec<engine::activity::Chain>> {
        self.generate(persons, weekday, seed)
    }
}

#[cfg(test)]
mod tests {
    use engine::activity::Chain;
    use engine::activity::diary::Diary;
    use engine::people::Sex;

    /// The day of a person of whom nothing else is told.
    pub(crate) fn diary(person: &str, chain: Chain) -> Diary {
        Diary {
            person: person.into(),
            weekday: None,
            age: None,
            sex: Sex::Unknown,
            employed: None,
            student: None,
            weight: 1.0,
            chain,
        }
    }
}
