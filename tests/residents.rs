//! What is known of a region is met by its residents: cars, workers between regions, lengths of ways, modes of tours. On a
//! synthetic county, with tables that say something else than its own people would do.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use engine::activity::Activity;
use engine::mode::Mode;
use engine::store;
use program::{run, wayfare};
use std::path::{Path, PathBuf};

const REGIONS: [&str; 4] = ["south-west", "south-east", "north-west", "north-east"];
/// Households by number of cars: many cars in the north, few in the south.
const CARS: &str = "region,0,1,2,3+,source\nsouth-west,40,40,15,5,ours\nsouth-east,30,50,15,5,ours\n\
                    north-west,2,28,50,20,ours\nnorth-east,1,29,50,20,ours\n";
/// All who live in the north work there; of the south nobody works in the north-west.
const FLOWS: &str = "home,work,workers,source\nsouth-west,south-west,50,ours\nsouth-west,south-east,40,ours\n\
                     south-west,north-east,10,ours\nsouth-east,south-west,30,ours\nsouth-east,south-east,70,ours\n\
                     north-west,north-west,40,ours\nnorth-west,north-east,60,ours\nnorth-east,north-east,80,ours\n\
                     north-east,north-west,20,ours\n";
const LENGTHS: &str = "purpose,to_km,tours\nmeals-out,1,80\nmeals-out,2,15\nmeals-out,4,5\nleisure social,2,5\n\
                       leisure social,4,25\nleisure social,8,70\n";
const MODES: &str = "purpose,mode,tours\nwork,car,50\nwork,ride,10\nwork,transit,25\nwork,bike,5\nwork,walk,10\n\
                     other,car,40\nother,ride,20\nother,transit,10\nother,bike,10\nother,walk,20\n";

/// A county whose zone totals know nothing of cars, with the four tables.
fn county(folder: &Path) -> PathBuf {
    let county = folder.join("county");
    let made = wayfare(&["new", county.to_str().unwrap(), "--synthetic", "--persons", "20000", "--quiet"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let edit = |name: &str, change: &dyn Fn(String) -> String| {
        let file = county.join(name);
        std::fs::write(&file, change(std::fs::read_to_string(&file).unwrap())).unwrap();
    };
    edit("controls.csv", &|text| {
        text.lines().filter(|line| !line.starts_with("cars-")).map(|line| format!("{line}\n")).collect()
    });
    for (name, text) in
        [("cars.csv", CARS), ("flows.csv", FLOWS), ("lengths.csv", LENGTHS), ("modes.csv", MODES)]
    {
        std::fs::write(county.join(name), text).unwrap();
    }
    edit("scenario.toml", &|text| {
        let text = text.replace("source = \"county\"\n", "source = \"county\"\ncars = \"cars.csv\"\n");
        let more =
            "[place]\nlengths = \"lengths.csv\"\nflows = \"flows.csv\"\n[mode]\ntargets = \"modes.csv\"\n";
        format!("{text}\n{more}")
    });
    county
}

#[test]
fn what_is_known_of_a_region_is_met() {
    let folder = tempfile::tempdir().unwrap();
    let (county, out) = (county(folder.path()), folder.path().join("run"));
    run(&county, &out, &["--set", "assign.iterations=1"]);
    let (_, _, source) = wayfare::finished::reopen(&out).unwrap();
    let region = |zone: usize| usize::from(source.zones.zones[zone].region);
    assert_eq!(source.zones.regions, REGIONS);
    let persons = store::persons::read(&out).unwrap();
    let n = persons.layer.len();
    let who: Vec<_> = persons.demographics.iter().flatten().collect();

    // Cars: those of households with as many persons, counted by person, follow the rows of the table.
    let owners = |north: bool| {
        let here = who.iter().filter(|p| (region(p.zone.index()) > 1) == north);
        let (mut none, mut all) = (0.0, 0.0);
        here.for_each(|p| {
            let share = 1.0 / f64::from(p.household_size);
            (none, all) = (none + if p.vehicles == 0 { share } else { 0.0 }, all + share);
        });
        none / all
    };
    assert!(
        (0.25..0.45).contains(&owners(false)) && owners(true) < 0.04,
        "{} {}",
        owners(false),
        owners(true)
    );

    // Workers: no pair is farther off than five points of its row.
    let (chains, places) = store::activities::read(&out, n).unwrap();
    let at = |person: usize, activity: Activity| {
        chains[person]
            .0
            .iter()
            .position(|episode| episode.activity == activity)
            .map(|at| places[person].0[at])
    };
    let mut flows = [[0.0; 4]; 4];
    for (person, who) in who.iter().enumerate() {
        if let Some(work) = at(person, Activity::Work) {
            flows[region(who.zone.index())][region(work.zone.index())] += 1.0;
        }
    }
    let wanted =
        [[50.0, 40.0, 0.0, 10.0], [30.0, 70.0, 0.0, 0.0], [0.0, 0.0, 40.0, 60.0], [0.0, 0.0, 20.0, 80.0]];
    for (home, (row, wanted)) in flows.iter().zip(wanted).enumerate() {
        let sum: f64 = row.iter().sum();
        for (workers, wanted) in row.iter().zip(wanted) {
            assert!((100.0 * workers / sum - wanted).abs() < 5.0, "{home}: {flows:?}");
        }
    }

    // Lengths of tours from home to one place and back: meals are near, leisure is far.
    let mean_m = |activity: Activity| {
        let alone = |person: usize| {
            let chain = &chains[person].0;
            let at = (1..chain.len().saturating_sub(1)).filter(|&at| chain[at].activity == activity);
            let from_home =
                at.filter(|&at| [at - 1, at + 1].iter().all(|&by| chain[by].activity == Activity::Home));
            let way = |at: usize| places[person].0[at - 1].distance_m(&places[person].0[at]);
            from_home.map(way).collect::<Vec<f64>>()
        };
        let ways: Vec<f64> = (0..n).flat_map(alone).collect();
        ways.iter().sum::<f64>() / ways.len() as f64
    };
    let [meals_m, leisure_m] = [Activity::MealsOut, Activity::Leisure].map(mean_m);
    assert!(1.7 * meals_m < leisure_m, "{meals_m} {leisure_m}");

    // Modes of tours to work: those of their first trips.
    let (legs, _, _) = store::legs::read(&out, n).unwrap();
    let mut modes = [0.0; Mode::ALL.len()];
    for person in (0..n).filter(|&p| at(p, Activity::Work).is_some()) {
        let first = chains[person].0.iter().position(|e| e.activity == Activity::Work).unwrap();
        let leg = legs.of(engine::id::PersonId::new(person)).nth(first.saturating_sub(1));
        modes[legs.mode[leg.unwrap().index()] as usize] += 1.0;
    }
    let sum: f64 = modes.iter().sum();
    for (mode, wanted) in modes.iter().zip([50.0, 10.0, 25.0, 5.0, 10.0]) {
        assert!((100.0 * mode / sum - wanted).abs() < 3.0, "{modes:?}");
    }
}

#[test]
fn what_cannot_be_met_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let county = county(folder.path());
    let refused = |name: &str, text: &str| {
        let file = county.join(name);
        let before = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text).unwrap();
        let out = folder.path().join("out");
        let said = wayfare(&["run", county.to_str().unwrap(), "--out", out.to_str().unwrap(), "--quiet"]);
        std::fs::write(&file, before).unwrap();
        assert_eq!(said.code, 2, "{}", said.err);
        said.err
    };
    let err = refused("modes.csv", &MODES.replace("work,car,50", "work,car,900"));
    assert!(
        err.contains("of the work tours cannot be by car: with the people and cars of this run"),
        "{err}"
    );
    let err = refused("cars.csv", &CARS.replace("north-east", "northeast"));
    assert!(err.contains("did you mean \"north-east\"") && err.contains("cars.csv:5"), "{err}");
    let err = refused("flows.csv", &FLOWS.replace(",10,ours", ",-10,ours"));
    assert!(err.contains("column \"workers\" is \"-10\""), "{err}");
}
