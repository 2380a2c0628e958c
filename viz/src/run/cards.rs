//! Headline numbers of a run.

use super::Story;
use crate::report::{Card, Tone};
use engine::mode::Mode;
use engine::validate::counts::OfKind;
use engine::validate::verdict::{Counted, Verdict};

/// The headline numbers: how much was simulated, how well it fits, how settled and how jammed the day is.
pub(super) fn cards(story: &Story<'_>) -> Vec<Card> {
    let mut cards = size_cards(story.verdict, story.sample);
    cards.extend(fit_cards(story.verdict));
    cards.extend(flow_cards(story.verdict));
    cards
}

/// A headline number; `meaning` is the sentence under it.
pub(super) fn card(name: &str, value: String, unit: &str, meaning: &str, tone: Tone) -> Card {
    Card { name: name.into(), value, unit: unit.into(), meaning: meaning.into(), tone }
}

/// A number as a card shows it: 1234567 → "1.23 M".
pub(super) fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1e6 => format!("{:.2} M", value / 1e6),
        v if v >= 1e4 => format!("{:.1} k", value / 1e3),
        _ => format!("{value:.0}"),
    }
}

/// A number of the verdict; 0 where the run has none of that name.
fn number(verdict: &Verdict, key: &str) -> f64 {
    verdict.numbers.get(key).copied().unwrap_or(0.0)
}

/// How much was simulated. Persons and trips are those of the sample, as they are in the tables; the distance is that of the
/// whole population, as it is in published statistics.
fn size_cards(v: &Verdict, sample: f64) -> Vec<Card> {
    let get = |key: &str| number(v, key);
    let miles = v.vmt_km * 1000.0 / engine::unit::M_PER_MILE;
    vec![
        card("Persons simulated", short(get("persons")), "", &of_population(sample), Tone::Plain),
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

/// What share of the people that is.
fn of_population(sample: f64) -> String {
    match sample {
        sample if sample >= 1.0 => "everybody; volumes are those of the simulated vehicles".into(),
        sample => {
            format!(
                "{} % of the population; volumes are scaled up to all of it",
                crate::text::trim(sample * 100.0, 2)
            )
        }
    }
}

/// How near the run is to counts and to a published equilibrium, where the scenario has them.
///
/// The target of 85 % is that of the FHWA; that 60 % counts as near is ours, and a run that is not nearer than the trivial
/// model has missed it whatever its share. The static assignment must meet the published flow on its worst link to 0.1 %, as
/// both solve the same equations; the queue model solves others and has no target.
fn fit_cards(v: &Verdict) -> Vec<Card> {
    let mut cards = Vec::new();
    if let Some(Counted { validation, .. }) = &v.counted {
        cards.extend(volume_card(&validation.headline));
        cards.extend(jam_card(&validation.headline));
    }
    if let Some(e) = &v.equilibrium {
        let tone = if e.worst_flow_error < 1e-3 { Tone::Good } else { Tone::Poor };
        cards.push(card(
            "Static assignment, worst link",
            format!("{:.4} %", e.worst_flow_error * 100.0),
            "",
            "largest difference from the published equilibrium flow; below 0.1 % both are the same solution",
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

/// Words for the stations of a kind.
fn stations_of(kind: &str) -> String {
    if kind == "all" { "Station-hours".into() } else { format!("{} station-hours", capital(kind)) }
}

/// The text with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Volumes at the stations of the headline, beside the trivial model.
fn volume_card(of: &OfKind) -> Option<Card> {
    let share = of.fit.geh_lt5_share?;
    let is_better = of.baseline.geh_lt5_share.is_none_or(|trivial| share > trivial);
    let tone = match share {
        share if share >= 0.85 => Tone::Good,
        share if share >= 0.6 && is_better => Tone::Fair,
        _ => Tone::Poor,
    };
    let trivial = of.baseline.geh_lt5_share.map_or(String::new(), |trivial| {
        format!("a trivial model that has seen the other counts reaches {:.0} %; ", trivial * 100.0)
    });
    let asked = match tone {
        Tone::Good => "the FHWA asks for more than 85 % (2004)",
        _ => "the FHWA asks for more than 85 % (2004): do not rely on the volume of a single road",
    };
    let name = format!("{} with GEH < 5", stations_of(of.kind));
    Some(card(&name, format!("{:.0} %", share * 100.0), "", &format!("{trivial}{asked}"), tone))
}

/// Congested hours of the headline that the run has, too. There is no target in the field, and so no tone.
fn jam_card(of: &OfKind) -> Option<Card> {
    let share = of.speed.hit_share()?;
    let meaning = format!(
        "of {} hours that were observed as congested are congested in the run, too; {} others are congested there alone",
        short(of.speed.n_congested() as f64),
        short(of.speed.false_alarms as f64)
    );
    Some(card("Congested hours met", format!("{:.0} %", share * 100.0), "", &meaning, Tone::Plain))
}

/// How settled and how jammed the last day is. The limits are ours, and hold for the largest of the gaps of the day and its
/// peaks, because a mean over all hours hides a peak: a gap up to 2 % is settled, up to 10 % may do for rough
/// answers; fewer than one move in a thousand onto a full link leaves jams as the model makes them, while more of them say
/// that the stuck rule, and not the roads, decides who gets through.
fn flow_cards(v: &Verdict) -> [Card; 3] {
    let get = |key: &str| number(v, key);
    let gap = get("relative_gap");
    let (am, pm) = (get("relative_gap_am"), get("relative_gap_pm"));
    let largest = gap.max(am).max(pm);
    let tone = if largest <= 0.02 {
        Tone::Good
    } else if largest <= 0.1 {
        Tone::Fair
    } else {
        Tone::Poor
    };
    let meaning = match tone {
        Tone::Good => "by how much drivers could still shorten their trips; up to 2 % the day is settled",
        Tone::Fair => {
            "by how much drivers could still shorten their trips; above 2 %, differences of a few percent between runs say nothing"
        }
        _ => {
            "above 10 %: drivers have not found their routes; let more days be simulated before you read volumes"
        }
    };
    let meaning =
        format!("{:.2} % from 6 to 10 h, {:.2} % from 15 to 19 h; {meaning}", am * 100.0, pm * 100.0);
    let gap = card("Relative gap", format!("{:.2} %", gap * 100.0), "", &meaning, tone);
    let stuck = get("pushed") / get("moves").max(1.0);
    let pushed = card(
        "Pushed by the stuck rule",
        short(get("pushed")),
        "vehicles",
        &format!(
            "{:.3} % of all moves were forced onto a full link; below 0.1 % the roads decide, not the rule",
            stuck * 100.0
        ),
        if stuck < 0.001 { Tone::Good } else { Tone::Fair },
    );
    let aborted = card(
        "Still driving when the day ended",
        short(v.aborted(Mode::Car)),
        "vehicles",
        &others_on_the_way(v),
        if v.aborted(Mode::Car) == 0.0 { Tone::Good } else { Tone::Fair },
    );
    [gap, pushed, aborted]
}

/// Who else was on the way when the day ended, by mode: a long walk is no sign of a jam, so they are no vehicles.
fn others_on_the_way(v: &Verdict) -> String {
    let words = [
        (Mode::Ride, "as passengers"),
        (Mode::Transit, "by transit"),
        (Mode::Bike, "by bicycle"),
        (Mode::Walk, "on foot"),
    ];
    let some = words.into_iter().filter(|(mode, _)| v.aborted(*mode) > 0.0);
    let others: Vec<String> = some.map(|(mode, word)| format!("{} {word}", short(v.aborted(mode)))).collect();
    match others.is_empty() {
        true => "counted, and left out of travel times; nobody else was on the way".into(),
        false => format!("counted, and left out of travel times, as are {}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walkers_are_no_vehicles() {
        let of = |numbers: &[(&str, f64)]| {
            let numbers = numbers.iter().map(|(name, n)| (name.to_string(), *n)).collect();
            let verdict = Verdict {
                checks: Vec::new(),
                counted: None,
                screenlines: Vec::new(),
                equilibrium: None,
                facts: Vec::new(),
                yardsticks: Vec::new(),
                on_the_road: Vec::new(),
                vmt_km: 0.0,
                vht_h: 0.0,
                numbers,
            };
            let [.., card] = flow_cards(&verdict);
            (card.value, card.meaning)
        };
        let (value, meaning) = of(&[
            ("aborted", 353.0),
            ("aborted_car", 3.0),
            ("aborted_walk", 332.0),
            ("aborted_transit", 18.0),
        ]);
        assert_eq!(value, "3");
        assert_eq!(meaning, "counted, and left out of travel times, as are 18 by transit, 332 on foot");
        assert_eq!(of(&[]).1, "counted, and left out of travel times; nobody else was on the way");
    }
}
