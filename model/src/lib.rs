#![doc = include_str!("../README.md")]

pub mod adapt;
pub mod adaptation;
pub mod baseline;
pub mod chain;
pub mod experiment;
pub mod known_world;
pub mod reconstruct;
pub mod reference;
pub mod score;
pub mod survey;
mod torch;
pub mod tours;
pub mod train;

pub use chain::Generator;
pub use chain::weights::Weights;
pub use torch::device;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    /// The folder of real data, where there is one.
    pub(crate) fn data() -> Option<PathBuf> {
        let folder = std::env::var_os("WAYFARE_DATA").map(PathBuf::from).filter(|folder| folder.is_dir());
        if folder.is_none() {
            eprintln!("skipped: WAYFARE_DATA names no folder");
        }
        folder
    }
}

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
