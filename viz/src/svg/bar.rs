//! Bars: fit by group, mode shares by distance, who gains and who loses.
//!
//! Three figures of the report, each of which compares groups: [`fit_bars`] says where the fit to counts is good
//! and where it is not, [`mode_bars`] holds modes against a survey, [`group_bars`] says who pays for a measure and
//! who gains. Each bar has its number of observations or persons beside it: a group of few may be far off by chance
//! alone.

use super::Plot;
use super::frame::{Axis, Frame, heading, label, plain, rect, round_up};
use crate::report::{Fit, ModeShare};
use crate::text::{escape, grouped, percent, put, signed};
use engine::validate::compare::Gain;

/// Share of station-hours with GEH below 5 that a calibrated freeway model should reach (Wisconsin DOT
/// criteria in FHWA Traffic Analysis Toolbox III, 2004, table 4).
pub(crate) const TARGET: f64 = 0.85;

/// The class of a share of GEH < 5, and so its colour: green where the target is met, amber near it (60 % and more), red
/// below. The limit of 60 % is ours; it only says how far a reader should worry.
pub(crate) fn tone(share: f64) -> &'static str {
    match share {
        s if s >= TARGET => "good",
        s if s >= 0.6 => "fair",
        _ => "poor",
    }
}

/// Share of station-hours with GEH below 5 by group of one kind (`hour`, `class`, `route`, …), x from 0 to 100 %, with the
/// 85 % line. Groups come in the order of the rows, so that hours stay in the order of the day. `None` when the kind has
/// fewer than two groups with a share: a single bar compares nothing.
pub fn fit_bars(fits: &[Fit], by: &str) -> Option<Plot> {
    let bars: Vec<(&Fit, f64)> = fits
        .iter()
        .filter(|fit| fit.by == by)
        .filter_map(|fit| fit.measures.geh_lt5_share.map(|share| (fit, share)))
        .collect();
    if bars.len() < 2 {
        return None;
    }
    // A row a bar; the figure grows with the number of groups.
    let height = 84.0 + 22.0 * bars.len() as f64;
    let mut out = String::new();
    let title = format!("GEH below 5, by {by}");
    heading(&mut out, &title);
    // Seven units a letter hold all but the widest names.
    let longest = bars.iter().map(|(fit, _)| fit.group.chars().count()).max().unwrap_or(0);
    let left = (24.0 + 7.0 * longest as f64).clamp(150.0, 360.0);
    let x = Axis::linear(0.0, 1.0, (left, 600.0));
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (height - 34.0, 44.0)) };
    frame.marks(&mut out, &[0.0, 0.25, 0.5, 0.75, 1.0], |v| format!("{:.0} %", v * 100.0));
    for (place, (fit, share)) in bars.iter().enumerate() {
        let y = 50.0 + 22.0 * place as f64;
        label(&mut out, "end", (left - 10.0, y + 12.0), &fit.group);
        let tip = format!(
            "{}: {} of {} station-hours",
            fit.group,
            percent(Some(*share), 1),
            grouped(fit.measures.n as f64)
        );
        rect(&mut out, tone(*share), [left, y, x.px(*share) - left, 16.0], &tip);
        label(
            &mut out,
            "tick",
            (612.0, y + 12.0),
            &format!("{} · n = {}", percent(Some(*share), 0), grouped(fit.measures.n as f64)),
        );
    }
    // The target is drawn last and lies over the bars, which shows by how much each misses it.
    let target = x.px(TARGET);
    put(&mut out, format_args!("<path class=\"target\" d=\"M{target:.1} 40V{:.0}\"/>", height - 34.0));
    label(&mut out, "tick mid", (target, 34.0), "target 85 %");
    Some(Plot { name: format!("fit-by-{}", super::slug(by)), title, size: (720, height as u32), body: out })
}

/// Mode shares by distance of the trip: one full bar for the model (dark) and one for the survey (pale) in each band, both
/// from 0 to 100 % of the trips. Where the borders of the two bars lie under each other, the model agrees. `None` without a
/// row.
pub fn mode_bars(shares: &[ModeShare]) -> Option<Plot> {
    let mut bands: Vec<&str> = Vec::new();
    let mut modes: Vec<&str> = Vec::new();
    for share in shares {
        if !bands.contains(&share.distance.as_str()) {
            bands.push(&share.distance);
        }
        if !modes.contains(&share.mode.as_str()) {
            modes.push(&share.mode);
        }
    }
    if bands.is_empty() {
        return None;
    }
    // Without a survey one bar a band, and nothing to tell apart.
    let compared = shares.iter().any(|share| share.survey.is_some());
    let step = if compared { 52.0 } else { 30.0 };
    let height = 96.0 + step * bands.len() as f64;
    let mut out = String::new();
    heading(&mut out, "Mode shares by trip distance");
    mode_legend(&mut out, &modes);
    let x = Axis::linear(0.0, 1.0, (190.0, 690.0));
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (height - 30.0, 44.0)) };
    frame.marks(&mut out, &[0.0, 0.25, 0.5, 0.75, 1.0], |v| format!("{:.0} %", v * 100.0));
    for (place, band) in bands.iter().enumerate() {
        let y = 70.0 + step * place as f64;
        label(&mut out, "strong end", (118.0, y + if compared { 24.0 } else { 13.0 }), band);
        label(&mut out, "tick end", (182.0, y + 13.0), "model");
        stack(&mut out, x, y, "", band, &modes, shares, |share| Some(share.model));
        if shares.iter().any(|s| s.distance == *band && s.survey.is_some()) {
            label(&mut out, "tick end", (182.0, y + 33.0), "survey");
            stack(&mut out, x, y + 20.0, " pale", band, &modes, shares, |share| share.survey);
        }
    }
    Some(Plot {
        name: "mode-shares".into(),
        title: format!("Mode shares by trip distance, model{}", if compared { " and survey" } else { "" }),
        size: (720, height as u32),
        body: out,
    })
}

/// Modes with their colours, in the order of the bars. There are five colours, for the five modes of the model.
fn mode_legend(out: &mut String, modes: &[&str]) {
    for (place, mode) in modes.iter().enumerate() {
        let x = 190.0 + 100.0 * place as f64;
        rect(out, &format!("f{}", place % 5 + 1), [x, 42.0, 14.0, 12.0], "");
        label(out, "", (x + 20.0, 53.0), mode);
    }
}

/// One bar of a band, mode after mode; `value` takes the model's share or the survey's from a row, `pale` is added to the
/// class of each part. What has no share takes no room.
#[expect(clippy::too_many_arguments, reason = "one bar of one figure; a struct would only rename them")]
fn stack(
    out: &mut String,
    x: Axis,
    y: f64,
    pale: &str,
    band: &str,
    modes: &[&str],
    shares: &[ModeShare],
    value: impl Fn(&ModeShare) -> Option<f64>,
) {
    let mut from = 0.0;
    for (place, mode) in modes.iter().enumerate() {
        let share = shares.iter().find(|s| s.distance == band && s.mode == *mode).and_then(&value);
        let Some(share) = share.filter(|share| share.is_finite() && *share > 0.0) else { continue };
        let (left, right) = (x.px(from), x.px(from + share));
        let tip = format!("{band}, {mode}: {}", percent(Some(share), 1));
        rect(out, &format!("band f{}{pale}", place % 5 + 1), [left, y, right - left, 17.0], &tip);
        from += share;
    }
}

/// Mean change of travel time by group, minutes per person and day: savings to the left (blue-green), losses to the right
/// (orange), whiskers of 1.96 standard errors, the range that holds the mean with 95 % confidence. The axis is as long to
/// the left as to the right, so that bars on both sides may be compared, and has room for every whisker. Rows of one kind
/// of group must follow each other: a heading is written where the kind changes. `None` without a group.
pub fn group_bars(groups: &[Gain]) -> Option<Plot> {
    if groups.is_empty() {
        return None;
    }
    // The axis reaches as far as the longest bar with its whisker, in both directions, up to a round number.
    let reach = |g: &Gain| g.time_min.difference.abs() + 1.96 * g.standard_error_min.unwrap_or(0.0);
    let most = groups.iter().map(reach).filter(|v| v.is_finite()).fold(0.0f64, f64::max);
    let most = round_up(most.max(1e-3) / 2.0) * 2.0;
    let kinds = groups.iter().enumerate().filter(|(n, g)| *n == 0 || groups[n - 1].by != g.by).count();
    let height = 112.0 + 22.0 * groups.len() as f64 + 28.0 * kinds as f64;
    let mut out = String::new();
    heading(&mut out, "Who gains and who loses time");
    let x = Axis::linear(-most, most, (190.0, 560.0));
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (height - 48.0, 60.0)) };
    frame.marks(&mut out, &x.ticks(4), plain);
    frame.names(&mut out, "change of travel time, minutes per person and day", "");
    label(&mut out, "end soft", (x.px(0.0) - 10.0, 52.0), "◀ saves time");
    label(&mut out, "soft", (x.px(0.0) + 10.0, 52.0), "loses time ▶");
    let mut y = 62.0;
    for (n, group) in groups.iter().enumerate() {
        if n == 0 || groups[n - 1].by != group.by {
            label(&mut out, "strong", (16.0, y + 20.0), group.by);
            y += 28.0;
        }
        group_row(&mut out, x, y, group);
        y += 22.0;
    }
    put(&mut out, format_args!("<path class=\"axis\" d=\"M{:.1} 60V{:.0}\"/>\n", x.px(0.0), height - 48.0));
    Some(Plot {
        name: "gains-and-losses".into(),
        title: "Mean change of daily travel time by group of people".into(),
        size: (720, height as u32),
        body: out,
    })
}

/// One group: its name, its bar from the zero line, the whisker, and the number with the size of the group.
fn group_row(out: &mut String, x: Axis, y: f64, group: &Gain) {
    let minutes = group.time_min.difference;
    let (zero, end) = (x.px(0.0), x.px(minutes));
    label(out, "end", (182.0, y + 12.0), &group.key);
    let tip = format!(
        "{}: {} min a day, {} persons; {} save and {} lose more than a minute",
        group.key,
        signed(minutes, 2),
        grouped(group.n as f64),
        percent(Some(group.gain_share), 0),
        percent(Some(group.loss_share), 0)
    );
    rect(
        out,
        if minutes < 0.0 { "gain" } else { "lose" },
        [zero.min(end), y, (end - zero).abs(), 16.0],
        &tip,
    );
    if let Some(error_min) = group.standard_error_min {
        let half = 1.96 * error_min;
        let (from, to) = (x.px(minutes - half), x.px(minutes + half));
        put(out, format_args!("<path class=\"whisker\" d=\"M{from:.1} {0:.1}H{to:.1}\"/>\n", y + 8.0));
    }
    let text = format!("{} · n = {}", signed(minutes, 2), grouped(group.n as f64));
    put(out, format_args!("<text class=\"tick\" x=\"572\" y=\"{:.1}\">{}</text>\n", y + 12.0, escape(&text)));
}
