//! Bars: fit by group, mode shares by distance, who gains and who loses.
//!
//! Three figures of the report, each of which compares groups: [`fit_bars`] says where the fit to counts is good
//! and where it is not, [`mode_bars`] holds modes against a survey, [`group_bars`] says who pays for a measure and
//! who gains. Each bar has its number of observations or persons beside it: a group of few may be far off by chance
//! alone.

use super::Plot;
use super::frame::{Axis, Frame, LEFT, Names, RIGHT, WIDTH, heading, label, plain, rect, round_up};
use crate::report::{Fit, ModeShare};
use crate::text::{grouped, percent, put, signed};
use engine::validate::compare::Gain;

/// Share of station-hours with GEH below 5 that a calibrated freeway model should reach (Wisconsin DOT
/// criteria in FHWA Traffic Analysis Toolbox III, 2004, table 4).
pub(crate) const TARGET: f64 = 0.85;

/// Where bars end; right of it stand their numbers.
const BARS_END: f64 = 276.0;

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
    let names = Names::of(bars.iter().map(|(fit, _)| fit.group.as_str()));
    let bottom = 50.0 + names.row() * bars.len() as f64;
    let mut out = String::new();
    let title = format!("GEH below 5, {}", kind_words(by));
    heading(&mut out, &title);
    let x = Axis::linear(0.0, 1.0, (names.left, BARS_END));
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (bottom, 44.0)) };
    frame.marks(&mut out, &[0.0, 0.25, 0.5, 0.75, 1.0], |v| format!("{:.0} %", v * 100.0));
    for (place, (fit, share)) in bars.iter().enumerate() {
        let y = names.write(&mut out, 48.0 + names.row() * place as f64, &fit.group);
        let n = grouped(fit.measures.n as f64);
        let tip = format!("{}: {} of {n} station-hours", fit.group, percent(Some(*share), 1));
        rect(&mut out, tone(*share), [names.left, y, x.px(*share) - names.left, 16.0], &tip);
        let text = format!("{} of {n}", percent(Some(*share), 0));
        label(&mut out, "tick end", (RIGHT, y + 12.0), &text);
    }
    // The target is drawn last and lies over the bars, which shows by how much each misses it.
    let target = x.px(TARGET);
    put(&mut out, format_args!("<path class=\"target\" d=\"M{target:.1} 42V{bottom:.0}\"/>"));
    label(&mut out, "tick mid", (target, 38.0), "target 85 %");
    label(&mut out, "tick end", (RIGHT, 38.0), "station-hours");
    let name = format!("fit-by-{}", super::slug(by));
    Some(Plot { name, title, size: (WIDTH, bottom as u32 + 26), body: out })
}

/// What the groups of a kind are, in words.
pub(crate) fn kind_words(by: &str) -> String {
    match by {
        "model" => "this run and a baseline".into(),
        "hour" => "by hour of the day".into(),
        "period" => "by period of the day".into(),
        "class" => "by class of road".into(),
        "kind" => "by kind of detector".into(),
        other => format!("by {other}"),
    }
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
    let step = if compared { 46.0 } else { 24.0 };
    let bottom = 64.0 + step * bands.len() as f64;
    let mut out = String::new();
    heading(&mut out, "Mode shares by trip distance");
    mode_legend(&mut out, &modes);
    let x = Axis::linear(0.0, 1.0, (if compared { 128.0 } else { 84.0 }, RIGHT - 12.0));
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (bottom, 44.0)) };
    frame.marks(&mut out, &[0.0, 0.25, 0.5, 0.75, 1.0], |v| format!("{:.0} %", v * 100.0));
    for (place, band) in bands.iter().enumerate() {
        let y = 62.0 + step * place as f64;
        label(&mut out, "strong end", (76.0, y + if compared { 22.0 } else { 13.0 }), band);
        if compared {
            label(&mut out, "tick end", (122.0, y + 12.0), "model");
        }
        stack(&mut out, x, y, "", band, &modes, shares, |share| Some(share.model));
        if shares.iter().any(|s| s.distance == *band && s.survey.is_some()) {
            label(&mut out, "tick end", (122.0, y + 31.0), "survey");
            stack(&mut out, x, y + 19.0, " pale", band, &modes, shares, |share| share.survey);
        }
    }
    Some(Plot {
        name: "mode-shares".into(),
        title: format!("Mode shares by trip distance, model{}", if compared { " and survey" } else { "" }),
        size: (WIDTH, bottom as u32 + 28),
        body: out,
    })
}

/// Modes with their colours, in the order of the bars. There are five colours, for the five modes of the model.
pub(super) fn mode_legend(out: &mut String, modes: &[&str]) {
    for (place, mode) in modes.iter().enumerate() {
        let x = LEFT + 78.0 * place as f64;
        rect(out, &format!("f{}", place % 5 + 1), [x, 36.0, 13.0, 12.0], "");
        label(out, "", (x + 19.0, 47.0), mode);
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
/// (orange), whiskers of 1.96 standard errors, the range of the mean over persons alone (95 %). The axis is as long to
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
    let names = Names::of(groups.iter().map(|group| group.key.as_str()));
    let bottom = 62.0 + names.row() * groups.len() as f64 + 26.0 * kinds as f64;
    let mut out = String::new();
    heading(&mut out, "Who gains and who loses time");
    let x = Axis::linear(-most, most, (names.left, BARS_END));
    let frame = Frame { x, y: Axis::linear(0.0, 1.0, (bottom, 60.0)) };
    frame.marks(&mut out, &x.ticks(4), plain);
    let axis = "change of travel time, minutes per person and day";
    label(&mut out, "soft mid", (f64::from(WIDTH) / 2.0, bottom + 38.0), axis);
    label(&mut out, "end soft", (x.px(0.0) - 8.0, 50.0), "saves time");
    label(&mut out, "soft", (x.px(0.0) + 8.0, 50.0), "loses time");
    label(&mut out, "tick end", (RIGHT, 50.0), "persons");
    let mut y = 58.0;
    for (n, group) in groups.iter().enumerate() {
        if n == 0 || groups[n - 1].by != group.by {
            label(&mut out, "strong", (LEFT, y + 20.0), group.by);
            y += 26.0;
        }
        let top = names.write(&mut out, y, &group.key);
        group_row(&mut out, x, top, group);
        y += names.row();
    }
    put(&mut out, format_args!("<path class=\"axis\" d=\"M{:.1} 56V{bottom:.0}\"/>\n", x.px(0.0)));
    Some(Plot {
        name: "gains-and-losses".into(),
        title: "Mean change of daily travel time by group of people".into(),
        size: (WIDTH, bottom as u32 + 46),
        body: out,
    })
}

/// One group: its bar from the zero line, the whisker, and the number with the size of the group.
fn group_row(out: &mut String, x: Axis, y: f64, group: &Gain) {
    let minutes = group.time_min.difference;
    let (zero, end) = (x.px(0.0), x.px(minutes));
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
    label(out, "tick end", (BARS_END + 48.0, y + 12.0), &signed(minutes, 2));
    label(out, "tick end", (RIGHT, y + 12.0), &grouped(group.n as f64));
}
