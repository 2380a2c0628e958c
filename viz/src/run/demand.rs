//! Who travels, how, and for what: shares and tables counted from the travellers of a run.

use super::Story;
use crate::report::{ActivityDay, ModeShare, Section, Table};
use engine::activity::{Activity, SLOT_S, SLOTS};
use engine::agent::{Agent, Stay};
use engine::choice::share::{self, BANDS_KM, VISTA_2009};
use engine::id::LegId;
use engine::mode::Mode;

/// What people do through the day; nothing where no activities are known but that something was done, as of the travellers
/// of a trip table.
pub(super) fn activities(agents: &[Agent<'_>]) -> Option<ActivityDay> {
    let share = activity_shares(agents);
    let known = |activity: &Activity| share[activity.index()].iter().any(|share| *share > 0.0);
    let known = Activity::ALL.iter().any(|activity| *activity != Activity::Other && known(activity));
    known.then(|| ActivityDay { title: "Activities through the day".into(), share })
}

/// Share of persons in each activity, by quarter hour; what is missing to 1 is travel. A person counts for what they do in
/// the middle of the quarter hour. Travellers of whom no activities are known do not count at all.
fn activity_shares(agents: &[Agent<'_>]) -> Vec<Vec<f64>> {
    let mut counts = vec![vec![0u32; SLOTS]; Activity::COUNT];
    for agent in agents {
        for Stay { episode, .. } in agent.stays() {
            for (slot, count) in counts[episode.activity.index()].iter_mut().enumerate() {
                let middle_s = slot as u32 * SLOT_S + SLOT_S / 2;
                *count += u32::from(episode.start_s <= middle_s && middle_s < episode.end_s);
            }
        }
    }
    let n = agents.iter().filter(|agent| agent.chain.is_some()).count().max(1) as f64;
    counts.into_iter().map(|row| row.into_iter().map(|c| f64::from(c) / n).collect()).collect()
}

/// Mode shares of all trips by distance. Beside them those of VISTA, whose tours say what distance does in the choice of
/// modes, if the days were `made` here.
pub(super) fn mode_shares(agents: &[Agent<'_>], made: bool) -> Vec<ModeShare> {
    let trips = agents.iter().flat_map(|agent| &agent.trips.0);
    let shares = share::by_distance(trips.map(|trip| (f64::from(trip.distance_m), trip.mode)));
    let mut rows = Vec::new();
    for (band, (model, survey)) in shares.iter().zip(&VISTA_2009).enumerate() {
        let (from, to) = (BANDS_KM[band], BANDS_KM[band + 1]);
        let distance =
            if to.is_finite() { format!("{from:.0}–{to:.0} km") } else { format!("over {from:.0} km") };
        if model.iter().sum::<f64>() > 0.0 {
            rows.extend(Mode::ALL.iter().map(|mode| ModeShare {
                distance: distance.clone(),
                mode: mode.name().into(),
                model: model[*mode as usize],
                survey: made.then_some(survey[*mode as usize]),
            }));
        }
    }
    rows
}

/// Mode shares of the trips of those who work on the day, go to school, or neither. Statistics of commuting, with which a
/// planner will compare, are about the first group only; the mean of all trips hides it.
pub(super) fn modes_by_day(agents: &[Agent<'_>]) -> Table {
    let does = |agent: &Agent<'_>, activity| {
        agent.chain.is_some_and(|chain| chain.0.iter().any(|episode| episode.activity == activity))
    };
    let mut counts = [[0u32; Mode::ALL.len()]; 5];
    for agent in agents {
        let day = match (does(agent, Activity::Work), does(agent, Activity::School)) {
            _ if agent.chain.is_none() => 4,
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        for trip in &agent.trips.0 {
            counts[day][trip.mode as usize] += 1;
            counts[3][trip.mode as usize] += 1;
        }
    }
    let names = [
        "who work that day",
        "who go to school and do not work",
        "who do neither",
        "all",
        "of whom no activities are known",
    ];
    let rows = names.iter().zip(counts).filter_map(|(name, counts)| {
        let n = counts.iter().sum::<u32>();
        let share = |count: u32| format!("{:.1} %", 100.0 * f64::from(count) / f64::from(n));
        (n > 0).then(|| [name.to_string(), n.to_string()].into_iter().chain(counts.map(share)).collect())
    });
    let modes = Mode::ALL.iter().map(|mode| mode.name().to_string());
    Table {
        section: Section::Demand,
        title: "Modes of trips".into(),
        text: "Shares of the trips of persons by what they do that day. Mode constants in the scenario move them.".into(),
        columns: ["Persons", "Trips"].map(String::from).into_iter().chain(modes).collect(),
        links: Vec::new(),
        rows: rows.collect(),
    }
}

/// What each layer of demand adds to the day, in the order of the scenario: travellers, trips, and their part of the
/// distance driven. Few lorries may drive much of it.
pub(super) fn by_layer(story: &Story<'_>) -> Table {
    let learned = story.learned;
    let n = story.layers.len();
    let (mut persons, mut trips, mut driven, mut km) =
        (vec![0u64; n], vec![0u64; n], vec![0u64; n], vec![0.0; n]);
    for agent in story.agents {
        let at = agent.layer.index();
        persons[at] += 1;
        for leg in learned.legs.of(agent.person) {
            trips[at] += 1;
            if learned.legs.drives(leg) {
                driven[at] += 1;
                km[at] += route_m(story, leg) / 1000.0;
            }
        }
    }
    // Never 0: where nobody drives, shares are 0 %, and not undefined.
    let all_km = km.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let row = |at: usize| {
        let share = format!("{:.1} %", 100.0 * km[at] / all_km);
        let counts = [persons[at], trips[at], driven[at]].map(|count| count.to_string());
        [story.layers[at].clone()].into_iter().chain(counts).chain([share]).collect()
    };
    Table {
        section: Section::Demand,
        title: "Layers of demand".into(),
        text: "What each source of travellers adds to the simulated sample; distance along the links of the last day's routes.".into(),
        columns: ["Layer", "Travellers", "Trips", "Trips that drive", "Share of distance driven"].map(String::from).to_vec(),
        links: Vec::new(),
        rows: (0..n).map(row).collect(),
    }
}

/// Length of the links of a leg's route, the first left out (a trip starts at its end), metres. It is the distance that
/// volumes of links add up to, and differs from the straight-line distance by which mode shares are told.
pub(super) fn route_m(story: &Story<'_>, leg: LegId) -> f64 {
    let route = story.learned.routes.of(leg);
    route.iter().skip(1).map(|link| story.network.link(*link).length_m).sum()
}

/// Households by the cars they own, and how many have more cars away from home at once than that. This is a weakness of the
/// model that a reader should see in numbers: modes are chosen by each person alone.
pub(super) fn car_use_by_cars(story: &Story<'_>) -> Table {
    let used = engine::store::households::cars(story.households, story.agents);
    let mut rows = [[0u64; 2]; 4];
    for ((household, _), used) in story.households.iter().zip(used) {
        let row = &mut rows[usize::from(household.vehicles.min(3))];
        row[0] += 1;
        row[1] += u64::from(used.at_once > u32::from(household.vehicles));
    }
    let names = ["none", "one", "two", "three and more"];
    let row = |(name, [n, short]): (&str, [u64; 2])| {
        let share = if n == 0 { "–".into() } else { format!("{:.1} %", 100.0 * short as f64 / n as f64) };
        vec![name.to_string(), n.to_string(), short.to_string(), share]
    };
    Table {
        section: Section::Demand,
        title: "Cars of households".into(),
        text: "Households whose members have more cars away from home at the same time than the household owns: modes are chosen person by person, nobody asks whether a car is left.".into(),
        columns: ["Cars owned", "Households", "More cars away than owned", "Share"].map(String::from).to_vec(),
        links: Vec::new(),
        rows: names.into_iter().zip(rows).map(row).collect(),
    }
}
