//! Fills the report from a run.
//!
//! The numbers are those of the run ([`Verdict`], [`Learned`]) and of its travellers; what is counted here is
//! counted for the report only (shares by layer, cars of households, links that block). How it looks is the
//! business of [`viz`]: here it is decided what is said, in which words, and against which target. `report.json`
//! and `map.bin` hold everything that was said, so that `wayfare report` can draw it again without the run.
//!
//! Begin with `of`, which lists the parts. Distances driven and speeds are in miles, as counties in the United
//! States, for whom this is written, measure them.

use crate::scenario::Manifest;
use crate::source::Source;
use engine::activity::{Activity, SLOT_S, SLOTS};
use engine::agent::{Agent, Household, Stay};
use engine::choice::share::{self, BANDS_KM, VISTA_2009};
use engine::id::{LegId, PersonId};
use engine::learn::Learned;
use engine::mode::Mode;
use engine::people;
use engine::policy::Compiled;
use engine::store::name;
use engine::validate::published::Equilibrium;
use engine::validate::verdict::{Counted, Verdict};
use engine::{Error, Result, disk};
use std::collections::BTreeMap;
use std::path::Path;
use viz::{ActivityDay, Card, Hourly, Map, Mark, ModeShare, Report, Section, Table, Tone};

/// Largest `map.bin` that is read, bytes. The Bay Area's has 4 MB.
const MOST_MAP_BYTES: u64 = 1 << 28;

/// Everything a report tells of: what a run stood on, who travelled, what came of it.
pub struct Story<'a> {
    /// Network, zones, and counts as they were read.
    pub source: &'a Source,
    /// Names of the layers of demand.
    pub layers: &'a [String],
    /// All travellers, with activities and trips as they happened on the last day.
    pub agents: &'a [Agent<'a>],
    /// Households with their members; none where trips are given.
    pub households: &'a [(Household, Vec<PersonId>)],
    /// Iterations and the last day.
    pub learned: &'a Learned,
    /// What was found.
    pub verdict: &'a Verdict,
    /// Fit of the synthetic population to the totals of its zones; `None` where nobody was made.
    pub fit: Option<&'a people::Fit>,
    /// What is different from the base case.
    pub policy: &'a Compiled,
}

/// Writes `report.html`, `report.json`, `map.bin` and the plots.
///
/// # Errors
/// What the file system says.
pub fn write(story: &Story<'_>, manifest: &Manifest, folder: &Path) -> Result<()> {
    let mut report = of(story, manifest);
    // What is drawn is what the file holds, so that the report looks the same when it is drawn from it again.
    let (path, packed) = (folder.join(name::MAP), map(story, manifest.config.sample).pack());
    disk::write_bytes(&path, &packed)?;
    report.map = Some(Map::unpack(&path.display().to_string(), &packed)?);
    let data = serde_json::to_vec(&report).map_err(|e| Error::Other(e.to_string()))?;
    disk::write_bytes(folder.join(name::REPORT_DATA), &data)?;
    draw(&report, folder)
}

/// Draws a report that was written before.
///
/// # Errors
/// A fault where the folder holds no `report.json` or no `map.bin`, or one of another version.
pub fn redraw(folder: &Path) -> Result<()> {
    let path = folder.join(name::REPORT_DATA);
    let mut report: Report = serde_json::from_slice(&disk::read(&path, 1 << 31)?).map_err(|e| {
        engine::Fault::new(&path, e.line(), format!("is not the data of a report ({e})"))
            .advice("run the scenario again")
    })?;
    let path = folder.join(name::MAP);
    report.map = Some(Map::unpack(&path.display().to_string(), &disk::read(&path, MOST_MAP_BYTES)?)?);
    draw(&report, folder)
}

/// The plots into `svg/`, then the page. The page is last: whoever finds it finds the plots as well.
fn draw(report: &Report, folder: &Path) -> Result<()> {
    let svg = folder.join("svg");
    disk::make_folder(&svg)?;
    viz::write_svgs(report, &svg)?;
    viz::write_report(report, folder.join(name::REPORT))
}

/// The network with the last day on it, and what the policy changes.
fn map(story: &Story<'_>, sample: f64) -> Map {
    let network = &story.source.network;
    let day = Hourly::from_bins(network, &story.learned.outcome.bins, sample);
    Map { marks: marks(story.policy), ..Map::new(network, day) }
}

/// All of the report but the map. What a scenario does not have (counts, zones, a published equilibrium) stays empty, and
/// the page then leaves it out.
fn of(story: &Story<'_>, manifest: &Manifest) -> Report {
    let config = &manifest.config;
    let report = Report {
        title: config.title.clone(),
        scenario: manifest.scenario.parent().unwrap_or(Path::new("")).display().to_string(),
        question: config.question.clone(),
        seed: config.seed,
        sample: config.sample,
        version: manifest.version.clone(),
        commit: manifest.commit.clone(),
        date: Some(manifest.started.clone()),
        cards: cards(story, manifest),
        activities: vec![ActivityDay { title: "Simulated".into(), share: activity_shares(story.agents) }],
        iterations: story.learned.iterations.clone(),
        modes: mode_shares(story.agents, story.fit.is_some()),
        mode_survey: "VISTA 2009, Melbourne".into(),
        tables: tables(story),
        checks: story.verdict.checks.clone(),
        assumptions: assumptions(story, manifest),
        warnings: manifest.warnings.iter().map(ToString::to_string).collect(),
        phases: manifest.phases.clone(),
        threads: manifest.threads,
        host: format!("{}, {} processors", manifest.host.system, manifest.host.cpus),
        hash: manifest.hash.events.clone(),
        ..Report::default()
    };
    match &story.verdict.counted {
        Some(counted) => report.with_counts(&counted.validation, &counted.rows, &places(story.source)),
        None => report,
    }
}

/// Where stations stand, by name.
fn places(source: &Source) -> BTreeMap<&str, (f64, f64)> {
    let stations = source.counts.iter().flat_map(|counts| &counts.stations);
    // Of two stations of one name, the first is the one that is compared.
    stations.rev().filter_map(|station| Some((station.name.as_str(), station.xy_m?))).collect()
}

/// What a policy changes, as marks on the map: closed links with their hours, tolled links with the amount in dollars, and
/// links with another capacity, speed, number of lanes or signal, unless they are closed too.
pub fn marks(policy: &Compiled) -> Vec<Mark> {
    let mut marks: Vec<Mark> = policy
        .closed
        .iter()
        .map(|w| Mark {
            link: w.link.0,
            closed: true,
            what: format!("closed {}–{}", engine::unit::hms(w.from_s), engine::unit::hms(w.to_s)),
        })
        .collect();
    let tolled = policy.tolls.iter().map(|t| Mark {
        link: t.window.link.0,
        closed: false,
        what: format!("toll {:.2}", t.amount),
    });
    marks.extend(tolled);
    let changed = policy.changes.iter().filter(|c| !policy.closed.iter().any(|w| w.link == c.link));
    marks.extend(changed.map(|c| Mark {
        link: c.link.0,
        closed: false,
        what: "capacity, speed, lanes or signal changed".into(),
    }));
    marks.dedup_by_key(|m| (m.link, m.closed));
    marks
}

/// A headline number; `meaning` is the sentence under it.
fn card(name: &str, value: String, unit: &str, meaning: &str, tone: Tone) -> Card {
    Card { name: name.into(), value, unit: unit.into(), meaning: meaning.into(), tone }
}

/// A number as a card shows it: 1234567 → "1.23 M".
fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1e6 => format!("{:.2} M", value / 1e6),
        v if v >= 1e4 => format!("{:.1} k", value / 1e3),
        _ => format!("{value:.0}"),
    }
}

/// The headline numbers: how much was simulated, how well it fits, how settled and how jammed the day is.
fn cards(story: &Story<'_>, manifest: &Manifest) -> Vec<Card> {
    let mut cards = size_cards(story.verdict, manifest);
    cards.extend(fit_cards(story.verdict));
    cards.extend(flow_cards(story.verdict));
    cards
}

/// A number of the verdict; 0 where the run has none of that name.
fn number(verdict: &Verdict, key: &str) -> f64 {
    verdict.numbers.get(key).copied().unwrap_or(0.0)
}

/// How much was simulated. Persons and trips are those of the sample, as they are in the tables; the distance is that of the
/// whole population, as it is in published statistics.
fn size_cards(v: &Verdict, manifest: &Manifest) -> Vec<Card> {
    let get = |key: &str| number(v, key);
    let miles = v.vmt_km * 1000.0 / engine::unit::M_PER_MILE;
    vec![
        card(
            "Persons simulated",
            short(get("persons")),
            "",
            &format!("a sample of {:.3} of the population", manifest.config.sample),
            Tone::Plain,
        ),
        card(
            "Trips",
            short(get("trips")),
            "",
            &format!("{} of them by car", short(get("car_trips"))),
            Tone::Plain,
        ),
        card("Vehicle miles travelled", short(miles), "veh·mi", "the whole population on a day", Tone::Plain),
        card(
            "Mean speed of cars",
            format!("{:.1}", if v.vht_h > 0.0 { miles / v.vht_h } else { 0.0 }),
            "mph",
            "distance over time, all arrived car trips",
            Tone::Plain,
        ),
    ]
}

/// How near the run is to counts and to a published equilibrium, where the scenario has them.
///
/// The target of 85 % is that of the FHWA; that 60 % counts as near is ours. The static assignment must meet the published
/// flow on its worst link to 0.1 %, as both solve the same equations; the queue model solves others and has no target.
fn fit_cards(v: &Verdict) -> Vec<Card> {
    let mut cards = Vec::new();
    if let Some(Counted { validation, .. }) = &v.counted
        && let Some(share) = validation.geh_lt5_share
    {
        let tone = if share >= 0.85 {
            Tone::Good
        } else if share >= 0.6 {
            Tone::Fair
        } else {
            Tone::Poor
        };
        cards.push(card(
            "Station-hours with GEH < 5",
            format!("{:.0} %", share * 100.0),
            "",
            "FHWA 2004 asks for more than 85 %",
            tone,
        ));
    }
    if let Some(e) = &v.equilibrium {
        let tone = if e.worst_flow_error < 1e-3 { Tone::Good } else { Tone::Poor };
        cards.push(card(
            "Static assignment, worst link",
            format!("{:.4} %", e.worst_flow_error * 100.0),
            "",
            "largest difference from the published equilibrium flow",
            tone,
        ));
        cards.push(card(
            "Queue model against equilibrium",
            format!("R² {:.2}", e.queue_r2),
            "",
            "volumes of the queue model and published static flows: two models, they need not agree",
            Tone::Plain,
        ));
    }
    cards
}

/// How settled and how jammed the last day is. The limits are ours: a gap up to 2 % is settled, up to 10 % may do for rough
/// answers; fewer than one move in a thousand onto a full link leaves jams as the model makes them, while more of them say
/// that the stuck rule, and not the roads, decides who gets through.
fn flow_cards(v: &Verdict) -> [Card; 3] {
    let get = |key: &str| number(v, key);
    let gap = get("relative_gap");
    let tone = if gap <= 0.02 {
        Tone::Good
    } else if gap <= 0.1 {
        Tone::Fair
    } else {
        Tone::Poor
    };
    let gap = card(
        "Relative gap",
        format!("{:.2} %", gap * 100.0),
        "",
        "by how much drivers could still shorten their trips; 0 is equilibrium",
        tone,
    );
    let stuck = get("pushed") / get("moves").max(1.0);
    let pushed = card(
        "Pushed by the stuck rule",
        short(get("pushed")),
        "vehicles",
        &format!("{:.3} % of all moves were forced onto a full link", stuck * 100.0),
        if stuck < 0.001 { Tone::Good } else { Tone::Fair },
    );
    let aborted = card(
        "Still on the way at the end",
        short(get("aborted")),
        "vehicles",
        "counted, and left out of travel times",
        if get("aborted") == 0.0 { Tone::Good } else { Tone::Fair },
    );
    [gap, pushed, aborted]
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
fn mode_shares(agents: &[Agent<'_>], made: bool) -> Vec<ModeShare> {
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
                mode: mode.matsim().into(),
                model: model[*mode as usize],
                survey: made.then_some(survey[*mode as usize]),
            }));
        }
    }
    rows
}

/// Mode shares of the trips of those who work on the day, go to school, or neither. Statistics of commuting, with which a
/// planner will compare, are about the first group only; the mean of all trips hides it.
fn modes_by_day(agents: &[Agent<'_>]) -> Table {
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
    let modes = Mode::ALL.iter().map(|mode| mode.matsim().to_string());
    Table {
        section: Section::Demand,
        title: "Modes of trips".into(),
        text: "Shares of the trips of persons by what they do that day. Mode constants in the scenario move them.".into(),
        columns: ["Persons", "Trips"].map(String::from).into_iter().chain(modes).collect(),
        rows: rows.collect(),
    }
}

/// What each layer of demand adds to the day, in the order of the scenario: travellers, trips, and their part of the
/// distance driven. Few lorries may drive much of it.
fn by_layer(story: &Story<'_>) -> Table {
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
        rows: (0..n).map(row).collect(),
    }
}

/// Length of the links of a leg's route, the first left out (a trip starts at its end), metres. It is the distance that
/// volumes of links add up to, and differs from the straight-line distance by which mode shares are told.
fn route_m(story: &Story<'_>, leg: LegId) -> f64 {
    let route = story.learned.routes.of(leg);
    route.iter().skip(1).map(|link| story.source.network.link(*link).length_m).sum()
}

/// Households by the cars they own, and how many have more cars away from home at once than that. This is a weakness of the
/// model that a reader should see in numbers: modes are chosen by each person alone.
fn car_use_by_cars(story: &Story<'_>) -> Table {
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
        rows: names.into_iter().zip(rows).map(row).collect(),
    }
}

/// The tables beside the figures, each under the section that it names.
fn tables(story: &Story<'_>) -> Vec<Table> {
    let mut tables = vec![blocking(story), by_layer(story)];
    if let Some(fit) = story.fit {
        tables.push(modes_by_day(story.agents));
        tables.push(car_use_by_cars(story));
        tables.push(Table {
            section: Section::Demand,
            title: "Fit of the synthetic population".into(),
            text: "Totals wanted and made, and the mean absolute difference of a zone.".into(),
            columns: ["Control", "Wanted", "Made", "Mean zone error"].map(String::from).to_vec(),
            rows: fit
                .controls
                .iter()
                .map(|c| {
                    vec![
                        c.name.clone(),
                        short(c.wanted),
                        short(c.households.total),
                        format!("{:.2}", c.households.mean_absolute_error),
                    ]
                })
                .collect(),
        });
    }
    if let Some(e) = &story.verdict.equilibrium {
        tables.push(equilibrium(e));
    }
    tables
}

/// Published flows beside those of the static assignment, which should be the same, and of the queue model, which
/// need not: it has jams that spill back and a day with hours, the static model has neither.
fn equilibrium(e: &Equilibrium) -> Table {
    Table {
        section: Section::Counts,
        title: "Published equilibrium, static assignment, queue model".into(),
        text: format!(
            "Static assignment: relative gap {:.1e}, largest difference from the published flows {:.4} %. Queue model: R² {:.3}, MAPE {:.1} % (the mean flow on every link: {:.1} %).",
            e.gap,
            e.worst_flow_error * 100.0,
            e.queue_r2,
            e.queue_mape * 100.0,
            e.baseline_mape * 100.0
        ),
        columns: ["Link", "Published (veh)", "Static (veh)", "Queue model (veh)"].map(String::from).to_vec(),
        rows: e
            .links
            .iter()
            .map(|(name, p, s, q)| {
                vec![name.clone(), format!("{p:.1}"), format!("{s:.1}"), format!("{q:.0}")]
            })
            .collect(),
    }
}

/// Links onto which most vehicles were pushed, twenty at most: where gridlock sits. A mistake in the lanes or the capacity of a link
/// shows up here.
fn blocking(story: &Story<'_>) -> Table {
    let pushed = &story.learned.outcome.pushed;
    let network = &story.source.network;
    let mut links: Vec<(usize, u64)> = pushed
        .chunks(24)
        .map(|hours| hours.iter().map(|n| u64::from(*n)).sum())
        .enumerate()
        .filter(|(_, n)| *n > 0)
        .collect();
    // Most first; of equals the first by number, so that two equal runs have the same table.
    links.sort_by_key(|(link, n)| (std::cmp::Reverse(*n), *link));
    let row = |(link, n): &(usize, u64)| {
        let hours = &pushed[link * 24..link * 24 + 24];
        let worst = (0..24).max_by_key(|h| hours[*h]).unwrap_or(0);
        let link = &network.links[*link];
        let route = link.route.as_ref().map(|(r, d)| format!("{r} {d}")).unwrap_or_default();
        vec![link.name.clone(), route, link.class.name().into(), n.to_string(), format!("{worst:02}:00")]
    };
    Table {
        section: Section::Convergence,
        title: "Links that block most".into(),
        text: "Vehicles that waited at a full link for longer than the stuck time and were pushed onto it, with the worst hour.".into(),
        columns: ["Link", "Route", "Class", "Pushed", "Worst hour"].map(String::from).to_vec(),
        rows: links.iter().take(20).map(row).collect(),
    }
}

/// What a reader must know before believing the numbers, in whole sentences. Whoever adds a simplification to the
/// model adds its sentence here; one that holds only for some runs is said only in these.
fn assumptions(story: &Story<'_>, manifest: &Manifest) -> Vec<String> {
    let config = &manifest.config;
    let mut all = vec![
        format!("Flow capacity is scaled by the sample, {}, storage by sample^0.75.", config.sample),
        format!("A vehicle that waits longer than {} s at a full link is pushed onto it.", config.traffic.stuck_s),
        "Only cars use the road model; other modes travel at stated speeds, and there are no trucks, buses or visitors.".into(),
        format!("Learning stopped because {}.", story.learned.stopped),
    ];
    let dropped = story.source.dropped.links.len();
    if dropped > 0 {
        all.push(format!("{dropped} links that are not strongly connected for cars were left out (dropped.geojson lists them)."));
    }
    if story.fit.is_some() {
        all.push("Days come from an activity model trained on surveys of Melbourne (2009) and Seattle (2017), not of this region.".into());
        all.push("Trucks, commuters from outside and through traffic are not in the zone totals and so not on the road.".into());
    }
    all
}
