//! The plots as text, kept beside the tests: a change in a drawing shows as a change of lines.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by its panic")]

mod made_up;

use viz::svg;

/// Only the elements: styles have their own file.
fn keep(name: &str, plot: Option<svg::Plot>) {
    let plot = plot.unwrap();
    insta::assert_snapshot!(name, format!("{} {:?}\n{}", plot.title, plot.size, plot.body));
}

#[test]
fn drawings_stay_as_they_are() {
    let report = made_up::report(6);
    keep("scatter", svg::scatter(&report.stations, report.fit.first()));
    keep("heat", svg::heat(&report.stations));
    keep("departures", svg::departures(&report.purposes));
    keep("lengths", svg::lengths(&report.purposes, report.units));
    keep("desire", report.desire.as_ref().and_then(|of| svg::desire(of, report.map.as_ref())));
    keep("curve", svg::curve(&report.curves[1], 1));
    keep("fit_bars", svg::fit_bars(&report.fit, "class"));
    keep("mode_bars", svg::mode_bars(&report.modes));
    keep("convergence", svg::convergence(&report.iterations));
    keep("network", report.map.as_ref().and_then(|map| svg::network(map, report.units)));
    let comparison = made_up::comparison(6);
    let names: Vec<String> = svg::plots(&comparison).into_iter().map(|plot| plot.name).collect();
    assert_eq!(
        names[..5],
        ["gains-and-losses", "bottlenecks", "hours-lost", "departures", "desire-lines-change"]
    );
    let of = |name: &str| svg::plots(&comparison).into_iter().find(|plot| plot.name == name);
    keep("bottlenecks", of("bottlenecks"));
    keep("desire_change", of("desire-lines-change"));
    keep("group_bars", comparison.comparison.and_then(|c| svg::group_bars(&c.change.gains)));
    let coarse = viz::ActivityDay {
        title: "Simulated".into(),
        share: report.activities[0]
            .share
            .iter()
            .map(|row| row.iter().step_by(16).copied().collect())
            .collect(),
    };
    keep("activities", svg::activities(&coarse, 1));
}

#[test]
fn several_runs_have_a_line_and_a_column_each() {
    let report = made_up::several();
    let plots = svg::plots(&report);
    let names: Vec<&str> = plots.iter().map(|plot| plot.name.as_str()).collect();
    assert_eq!(names, ["departures", "mode-shares", "vmt", "hours-lost", "convergence"]);
    for (plot, name) in plots.into_iter().zip(["", "several_modes", "several_vmt", "", "several_gaps"]) {
        if !name.is_empty() {
            keep(name, Some(plot));
        }
    }
    let page = viz::page(&report).unwrap();
    let main = page.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
    let tables = main.split("<h3>").skip(1).map(|part| part.split("<figure>").next().unwrap());
    let words = tables.map(|table| {
        let rows = table.replace("</h3>", "\n").replace("</td>", " | ").replace("</th>", " | ");
        let mut text = String::new();
        let mut inside = false;
        for c in rows.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    });
    insta::assert_snapshot!("several_tables", words.collect::<Vec<_>>().join("\n\n"));
}

#[test]
fn nothing_to_draw_is_no_plot() {
    assert_eq!(svg::plots(&viz::Report::default()), []);
    let curve = viz::Curve { simulated: vec![None, Some(f64::NAN)], ..Default::default() };
    assert_eq!(svg::curve(&curve, 1), None);
    let odd = viz::StationHours {
        observed_vph: vec![Some(f64::INFINITY), None],
        simulated_vph: vec![Some(1.0)],
        ..Default::default()
    };
    assert_eq!(svg::scatter(&[odd], None), None);
}

#[test]
fn every_plot_becomes_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut report = made_up::report(8);
    let names = viz::write_svgs(&report, folder.path()).unwrap();
    assert_eq!(names.len(), svg::plots(&report).len());
    for name in &names {
        let text = engine::disk::read_text(folder.path().join(name)).unwrap();
        assert!(text.starts_with("<svg xmlns=") && text.ends_with("</svg>\n"), "{name}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{name}");
    }
    report.title = String::from("again");
    assert_eq!(viz::write_svgs(&report, folder.path()).unwrap(), names, "the same files again");
}

#[test]
fn names_are_told_beside_their_bars_or_above_them() {
    let name = "trivial baseline (has seen the counts)";
    let fit = |group: &str| viz::Fit {
        by: "model".into(),
        group: group.into(),
        measures: engine::validate::fit::Fit { geh_lt5_share: Some(0.5), ..Default::default() },
    };
    // Letters of the report's 13 px font are 7 px wide at most, on average.
    let place = |groups: [&str; 2], name: &str| {
        let plot = svg::fit_bars(&groups.map(fit), "model").unwrap();
        let (before, _) = plot.body.split_once(&format!(">{name}<")).unwrap();
        let element = before.rsplit_once("<text").unwrap().1.to_string();
        let x: f64 = element.split_once(" x=\"").unwrap().1.split('"').next().unwrap().parse().unwrap();
        (x, element.contains("end"))
    };
    let (x, ends) = place(["this run", name], name);
    assert!(!ends && x + 7.0 * name.len() as f64 <= 400.0, "it begins at {x}");
    let (x, ends) = place(["this run", "baseline"], "baseline");
    assert!(ends && x >= 7.0 * "baseline".len() as f64, "it ends at {x}");
}

#[test]
fn many_dots_become_hexagons() {
    let station = |k: u32| viz::StationHours {
        observed_vph: (0..24).map(|h| Some(f64::from(h * 40 + k % 50))).collect(),
        simulated_vph: (0..24).map(|h| Some(f64::from(h * 44 + k % 90))).collect(),
        ..Default::default()
    };
    let few: Vec<_> = (0..100).map(station).collect();
    let many: Vec<_> = (0..1000).map(station).collect();
    let (few, many) = (svg::scatter(&few, None).unwrap(), svg::scatter(&many, None).unwrap());
    assert!(few.body.contains("class=\"dots") && !few.body.contains("class=\"hex"));
    assert!(!many.body.contains("class=\"dots") && many.body.contains("class=\"hex h6"));
    assert!(many.body.len() < 60_000, "{} bytes", many.body.len());
}
