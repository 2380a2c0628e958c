//! Tables beside the figures: where the day jams, how well it meets totals and a published equilibrium.

use super::cards::short;
use super::{Story, demand, travel};
use crate::report::{Driven, Section, Table};
use engine::people::Fit;
use engine::validate::published::Equilibrium;

/// The tables beside the figures, each under the section that it names.
pub(super) fn tables(story: &Story<'_>, by_link: &travel::ByLink, driven: &[Driven]) -> Vec<Table> {
    let mut tables = travel::tables(story, by_link, driven);
    tables.extend([blocking(story), demand::by_layer(story)]);
    if let Some(fit) = story.fit {
        tables.push(demand::modes_by_day(story.agents));
        tables.push(demand::car_use_by_cars(story));
        tables.push(population(fit));
    }
    tables.extend(super::crossed::tables(&story.verdict.screenlines));
    if let Some(e) = &story.verdict.equilibrium {
        tables.push(equilibrium(e));
    }
    tables
}

/// Wanted and made totals of the synthetic population.
fn population(fit: &Fit) -> Table {
    Table {
        section: Section::Demand,
        title: "Fit of the synthetic population".into(),
        text: "Totals wanted and made, and the mean absolute difference of a zone.".into(),
        columns: ["Total of", "Wanted", "Made", "Mean zone error"].map(String::from).to_vec(),
        links: Vec::new(),
        rows: fit
            .controls
            .iter()
            .map(|c| {
                vec![
                    c.counts.clone(),
                    short(c.wanted),
                    short(c.households.total),
                    format!("{:.2}", c.households.mean_absolute_error),
                ]
            })
            .collect(),
    }
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
        links: Vec::new(),
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
    let network = &story.network;
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
        let class = network.links[*link].class.name();
        vec![
            travel::road(network, story.locations, *link),
            class.into(),
            n.to_string(),
            format!("{worst:02}:00"),
        ]
    };
    links.truncate(20);
    Table {
        section: Section::Convergence,
        title: "Links that block most".into(),
        text: "Vehicles that waited at a full link for longer than the stuck time and were pushed onto it, with the worst hour.".into(),
        columns: ["Road", "Class", "Pushed", "Worst hour"].map(String::from).to_vec(),
        links: links.iter().map(|(link, _)| *link as u32).collect(),
        rows: links.iter().map(row).collect(),
    }
}
