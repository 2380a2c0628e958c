use super::*;
use crate::draw::{Purpose, draw};
use crate::event::Event;
use crate::traffic::Sink;
use crate::traffic::{Config, Ended, Frozen, Start, Then, World, run_from};
use crate::trip::{Legs, Routes};
use crate::twin::grid;

/// A folder that goes when the test ends.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wayfare-{name}-{}", std::process::id()));
        crate::disk::make_folder(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Freezes a day once and breaks it off.
#[derive(Default)]
struct Freezer(Option<Frozen>);

impl Sink for Freezer {
    fn second(&mut self, _: &[Event]) -> Result<()> {
        Ok(())
    }

    fn pause(&mut self, frozen: &Frozen) -> Result<Then> {
        self.0 = Some(frozen.clone());
        Ok(Then::Stop)
    }
}

fn scenario() -> (crate::network::Network, Legs, Routes, Config) {
    let (network, legs, routes) = grid::scenario(6, 400, 3).unwrap();
    (network, legs, routes, Config { sample: 0.01, end_s: 40_000, ..Config::default() })
}

fn frozen(world: &World) -> Frozen {
    let mut freezer = Freezer::default();
    let at = |now_s| now_s == 28_000;
    let ended = run_from(world, Start { frozen: None, pause: Some(&at) }, &mut freezer).unwrap();
    assert!(matches!(ended, Ended::Stopped));
    let frozen = freezer.0.unwrap();
    assert!(frozen.vehicles.len() > 5 && !frozen.waiting.is_empty(), "too quiet to be a test");
    frozen
}

#[test]
fn a_day_comes_back_as_it_was() {
    let (network, legs, routes, config) = scenario();
    let world = World::new(&network, &legs, &routes, &[], &config).unwrap();
    let frozen = frozen(&world);
    let folder = Folder::new("checkpoint");
    let path = folder.0.join("a");
    write(&path, |to| {
        routes.put("routes", to)?;
        frozen.put(to)
    })
    .unwrap();
    let sections = Sections::read(&path).unwrap();
    let read = Frozen::take(&sections, &world.nothing_yet()).unwrap();
    read.check(&world).unwrap();
    assert!(read == frozen);
    assert_eq!(Routes::take("routes", &sections, network.links.len()).unwrap(), routes);
    assert!(sections.words("no such").unwrap_err().to_string().contains("no such: is missing"));
    assert!(sections.bytes("day.depart").is_err() && sections.has("day.depart"));
}

#[test]
fn what_was_cut_off_or_altered_is_refused() {
    let folder = Folder::new("damage");
    let path = folder.0.join("a");
    write(&path, |to| to.words("numbers", [1, 2, 3].into_iter())).unwrap();
    let good = std::fs::read(&path).unwrap();
    for n in 0..good.len() {
        std::fs::write(&path, &good[..n]).unwrap();
        assert_eq!(Sections::read(&path).unwrap_err().exit_code(), 2, "{n} bytes");
        let mut flipped = good.clone();
        flipped[n] ^= 1 << (n % 8);
        std::fs::write(&path, &flipped).unwrap();
        assert!(Sections::read(&path).unwrap_err().to_string().contains("is damaged"), "byte {n}");
    }
}

#[test]
fn an_older_format_is_refused_by_its_number() {
    let folder = Folder::new("old");
    let path = folder.0.join("a");
    let mut first = b"wayfare checkpoint 1\n\0".to_vec();
    let hash = blake3::hash(&first);
    first.extend_from_slice(hash.as_bytes());
    let mut second = Vec::new();
    let facts = Facts::from([("format".into(), "wayfare checkpoint 2".into())]);
    arrays::write_sealed(&mut second, &path, &facts, |to| to.words("n", [1].into_iter())).unwrap();
    for (number, bytes) in [(1, first), (2, second)] {
        std::fs::write(&path, bytes).unwrap();
        let said = Sections::read(&path).unwrap_err().to_string();
        let wanted =
            format!("is a \"wayfare checkpoint {number}\" — expected a \"wayfare checkpoint 3\" — finish");
        assert!(said.contains(&wanted), "{said}");
    }
}

#[test]
fn the_last_good_one_is_used_and_two_are_kept() {
    let folder = Folder::new("kept");
    let kept = Checkpoints::new(&folder.0.join("checkpoints"));
    let open = |sections: &Sections| sections.words("n");
    assert_eq!(kept.newest(open).unwrap(), (None, vec![]));
    for n in 0..5 {
        kept.put(|to| to.words("n", [n].into_iter())).unwrap();
    }
    let files = crate::disk::list(folder.0.join("checkpoints")).unwrap();
    assert_eq!(files.len(), 2);
    assert_eq!(kept.newest(open).unwrap().0, Some(vec![4]));
    std::fs::write(&files[1], b"wayfare checkpoint 2\n half").unwrap();
    let (value, warnings) = kept.newest(open).unwrap();
    assert_eq!((value, warnings.len()), (Some(vec![3]), 1));
    // A write that fails leaves both.
    let failed = kept.put(|_| Err(Error::Other("power cut".into())));
    assert!(failed.is_err());
    assert_eq!(kept.newest(open).unwrap().0, Some(vec![3]));
    std::fs::write(&files[0], b"").unwrap();
    assert_eq!(kept.newest(open).unwrap_err().exit_code(), 2);
    kept.clear().unwrap();
    assert!(!folder.0.join("checkpoints").exists());
}

/// Random damage behind a good hash: refused, or a day that runs to its end. Nothing panics.
#[test]
fn hostile_sections_never_panic() {
    let (network, legs, routes, config) = scenario();
    let world = World::new(&network, &legs, &routes, &[], &config).unwrap();
    let frozen = frozen(&world);
    let folder = Folder::new("hostile");
    let path = folder.0.join("a");
    write(&path, |to| frozen.put(to)).unwrap();
    let good = std::fs::read(&path).unwrap();
    let place = |name| Arrays::parse(good.clone()).unwrap().place(name).unwrap();
    let (header, bins, links) = (0..place("day.few").start, place("day.bins.left"), place("link.flow"));
    let days = links.start..good.len() - SEAL_BYTES;
    let (mut n_refused, mut n_lived) = (0, 0);
    for trial in 0..400 {
        let mut stream = draw(1, Purpose::Test, trial, 0);
        let mut bytes = good.clone();
        // The bins are most of the file and of little interest.
        let part = match trial % 10 {
            0 => &bins,
            1 => &header,
            _ => &days,
        };
        for _ in 0..1 + stream.below(3) {
            let at = part.start + stream.below(part.len() as u32) as usize;
            bytes[at] = [0, 255, 1, bytes[at] ^ (1 << stream.below(8))][stream.below(4) as usize];
        }
        let day = Sections::parse("a".into(), bytes).and_then(|s| Frozen::take(&s, &world.nothing_yet()));
        match day.and_then(|day| day.check(&world).map(|()| day)) {
            Err(error) => {
                assert_eq!(error.exit_code(), 2);
                n_refused += 1;
            }
            Ok(day) => {
                let start = Start { frozen: Some(day), pause: None };
                run_from(&world, start, &mut crate::traffic::Nobody).unwrap();
                n_lived += 1;
            }
        }
    }
    assert!(n_refused > 50 && n_lived > 20, "{n_refused} refused, {n_lived} lived");
}
