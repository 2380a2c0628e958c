//! Any bytes behind a good hash are refused, or a day that runs to its end. The first run writes a good checkpoint
//! into the corpus when `WAYFARE_FUZZ_SEED` names a file.
#![no_main]

use engine::checkpoint::{Sections, write};
use engine::event::Event;
use engine::traffic::{Nobody, Sink};
use engine::network::Network;
use engine::traffic::{Config, Frozen, Start, Then, World, run_from};
use engine::trip::{Legs, Routes};
use engine::twin::grid;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

struct Setting {
    network: Network,
    legs: Legs,
    routes: Routes,
    config: Config,
}

struct Freezer(std::path::PathBuf);

impl Sink for Freezer {
    fn second(&mut self, _: &[Event]) -> engine::Result<()> {
        Ok(())
    }

    fn pause(&mut self, frozen: &Frozen) -> engine::Result<Then> {
        write(&self.0, |to| frozen.put(to))?;
        Ok(Then::Stop)
    }
}

/// A small town whose whole day fits into ten minutes.
fn setting() -> &'static Setting {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    SETTING.get_or_init(|| {
        let (network, mut legs, routes) = grid::scenario(3, 40, 3).expect("a grid");
        legs.depart_s.iter_mut().for_each(|depart_s| *depart_s = *depart_s / 300 % 200);
        let config = Config { sample: 0.02, end_s: 600, bin_s: 100, ..Config::default() };
        let setting = Setting { network, legs, routes, config };
        if let Some(path) = std::env::var_os("WAYFARE_FUZZ_SEED") {
            let world = setting.world();
            let start = Start { frozen: None, pause: Some(&|now_s| now_s == 120) };
            run_from(&world, start, &mut Freezer(path.into())).expect("a seed");
        }
        setting
    })
}

impl Setting {
    fn world(&self) -> World<'_> {
        World::new(&self.network, &self.legs, &self.routes, &[], &self.config).expect("a world")
    }
}

fuzz_target!(|bytes: &[u8]| {
    let setting = setting();
    let world = setting.world();
    let Ok(sections) = Sections::parse("fuzz".into(), bytes.to_vec()) else { return };
    let Ok(frozen) = Frozen::take(&sections, &world.nothing_yet()) else { return };
    if frozen.check(&world).is_ok() {
        let start = Start { frozen: Some(frozen), pause: None };
        run_from(&world, start, &mut Nobody).expect("a checked day runs to its end");
    }
});
