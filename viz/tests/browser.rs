//! The page in a real browser: it draws, it logs no error, and no text of the user gets out of its
//! place. Skipped where there is no Chromium.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by its panic")]

#[path = "../../tests/program/data.rs"]
mod given;
mod made_up;

use std::path::Path;
use std::process::{Command, Stdio};

/// The page as the browser left it, what it logged, and a picture.
struct Seen {
    dom: String,
    log: String,
    picture: Vec<u8>,
}

fn chromium() -> Option<&'static str> {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = known.into_iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        given::skipped("program", "Chromium");
    }
    found
}

fn open(browser: &str, report: &viz::Report) -> Seen {
    open_text(browser, &viz::page(report).unwrap())
}

fn open_text(browser: &str, text: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    engine::disk::write_bytes(&page, text.as_bytes()).unwrap();
    let picture = folder.path().join("picture.png");
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args([
            "--disable-sync",
            "--enable-logging=stderr",
            "--window-size=1280,900",
            "--virtual-time-budget=4000",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Seen {
        dom: String::from_utf8_lossy(&output.stdout).into_owned(),
        log: String::from_utf8_lossy(&output.stderr).into_owned(),
        picture: std::fs::read(&picture).unwrap_or_default(),
    }
}

/// Lines that the page, not the browser, has logged.
fn complaints(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("CONSOLE") || line.contains("Uncaught")).collect()
}

#[test]
fn a_full_report_draws_and_logs_no_error() {
    let Some(browser) = chromium() else { return };
    let seen = open(browser, &made_up::report(40));
    assert_eq!(complaints(&seen.log), [""; 0], "{}", seen.log);
    assert!(seen.dom.contains("data-ready=\"yes\""), "the scripts did not reach their end");
    let drawn = seen.dom.split("data-links=\"").nth(1).and_then(|rest| rest.split('"').next());
    assert_eq!(drawn, Some("6240"), "all links of the grid are in view");
    assert!(seen.dom.contains("Station 400000") || seen.dom.contains("Station 40"), "a station is shown");
    assert!(seen.picture.len() > 30_000, "the picture has {} bytes", seen.picture.len());
}

#[test]
fn a_comparison_draws_and_logs_no_error() {
    let Some(browser) = chromium() else { return };
    let seen = open(browser, &made_up::comparison(12));
    assert_eq!(complaints(&seen.log), [""; 0], "{}", seen.log);
    assert!(seen.dom.contains("data-ready=\"yes\"") && seen.dom.contains("difference to the base"));
}

#[test]
fn an_empty_report_is_a_page() {
    let Some(browser) = chromium() else { return };
    let seen = open(browser, &viz::Report { title: "Nothing".into(), ..Default::default() });
    assert_eq!(complaints(&seen.log), [""; 0], "{}", seen.log);
    assert!(seen.dom.contains("data-ready=\"yes\""));
}

/// Names out of a user's files, written to break out of every place they stand in.
#[test]
fn hostile_names_stay_text() {
    let evil = "</script></svg><script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">'\"&";
    let mut report = made_up::report(8);
    for text in [
        &mut report.title,
        &mut report.scenario,
        &mut report.question,
        &mut report.commit,
        &mut report.host,
        &mut report.hash,
    ] {
        *text = evil.into();
    }
    let map = report.map.as_mut().unwrap();
    map.links.iter_mut().for_each(|link| {
        link.name = evil.into();
        link.route = evil.into();
    });
    map.marks.iter_mut().for_each(|mark| mark.what = evil.into());
    report.stations.iter_mut().for_each(|station| {
        station.name = evil.into();
        station.label = evil.into();
        station.class = evil.into();
    });
    report.fit.iter_mut().for_each(|fit| fit.group = evil.into());
    report.curves[0].title = evil.into();
    report.checks[1].first = evil.into();
    report.warnings = vec![evil.into()];
    report.tables[0].rows[0][0] = evil.into();
    report.cards[0].value = evil.into();
    let page = viz::page(&report).unwrap();
    assert!(!page.contains("<img"), "an element came out of a text");
    for plot in viz::svg::plots(&report) {
        assert!(!plot.file().contains("<script"), "{}", plot.name);
    }
    let Some(browser) = chromium() else { return };
    let seen = open(browser, &report);
    assert_eq!(complaints(&seen.log), [""; 0], "{}", seen.log);
    assert!(seen.dom.contains("data-ready=\"yes\"") && !seen.dom.contains("<title>broken"));
}

/// The script reads out of the packed text what Rust packed: sums and one link in full.
#[test]
fn the_page_unpacks_what_was_packed() {
    let Some(browser) = chromium() else { return };
    let report = made_up::report(12);
    let map = report.map.as_ref().unwrap();
    let (n, k) = (map.links.len(), 77);
    let text = viz::page(&report).unwrap();
    let probe = format!(
        "const m = Wayfare.unpackMap(Wayfare.data.map), p = 2 * m.first[{k}];
         const all = m.day.volume.reduce((a, b) => a + b, 0);
         document.body.dataset.probe = [all, m.names[{k}], m.klass[{k}], m.capacity[{k}], m.length[{k}], m.points[p],
           m.points[p + 1], m.points[p + 2], m.points[p + 3], m.day.volume[8 * m.n + {k}], m.day.speed[8 * m.n + {k}]].join(' ');
         Wayfare.startMap();"
    );
    let seen = open_text(browser, &text.replace("Wayfare.startMap();", &probe));
    assert_eq!(complaints(&seen.log), [""; 0], "{}", seen.log);
    let found = seen.dom.split("data-probe=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let link = &map.links[k];
    let all: f64 = map.day.volume_vph.iter().map(|&v| f64::from(v)).sum();
    let at = |values: &[f32]| f64::from(values[8 * n + k]);
    let share = 1.0 + (at(&map.day.speed_mps) / link.freespeed_mps * 254.0).round();
    let [(x0, y0), (x1, y1)] =
        [link.points_m[0], link.points_m[1]].map(|(x, y)| (x - 550_000.0, y - 4_180_000.0));
    let volume = at(&map.day.volume_vph);
    let (name, class) = (&link.name, link.class);
    let wanted = format!(
        "{all} {name} {class} {} {} {x0} {y0} {x1} {y1} {volume} {share}",
        link.capacity_vph, link.length_m
    );
    assert_eq!(found, wanted);
}

/// What a script in the page finds, as text, with the page in a frame of this width: a window of Chromium is never
/// narrower than 500 pixels.
fn probe(browser: &str, report: &viz::Report, width: u32, script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let inner = viz::page(report).unwrap().replace(
        "</body>",
        &format!("<script>parent.postMessage((() => {{ {script} }})(), '*');</script></body>"),
    );
    engine::disk::write_bytes(folder.path().join("inner.html"), inner.as_bytes()).unwrap();
    let frame = folder.path().join("inner.html");
    let outer = format!(
        "<body><script>addEventListener('message', e => document.body.dataset.probe = e.data)</script>
         <iframe src=\"file://{}\" style=\"border:0\" width=\"{width}\" height=\"900\"></iframe></body>",
        frame.display()
    );
    let seen = open_text(browser, &outer);
    let found = seen.dom.split("data-probe=\"").nth(1).and_then(|rest| rest.split('"').next());
    found.unwrap_or_else(|| panic!("no message: {}", seen.log)).to_string()
}

#[test]
fn a_telephone_shows_the_page_without_scrolling_sideways_and_its_charts_can_be_read() {
    let Some(browser) = chromium() else { return };
    let smallest = "const sizes = [...document.querySelectorAll('svg.plot text')].map(text => parseFloat(getComputedStyle(text).fontSize)
           * text.ownerSVGElement.getBoundingClientRect().width / text.ownerSVGElement.viewBox.baseVal.width);
         return [document.documentElement.scrollWidth, Math.min(...sizes).toFixed(1), document.getElementById('legend-box')?.open ?? ''].join(' ');";
    for (report, open) in
        [(made_up::report(12), "false"), (made_up::comparison(6), "false"), (made_up::several(), "")]
    {
        let found = probe(browser, &report, 420, smallest);
        let words: Vec<&str> = found.split(' ').collect();
        // Less than the frame where a bar to scroll down has its place.
        assert!(words[0].parse::<u32>().unwrap() <= 420 && words[2] == open, "{found}");
        assert!(words[1].parse::<f64>().unwrap() >= 10.5, "text of {} px", words[1]);
    }
    assert!(
        probe(browser, &made_up::report(12), 1280, smallest).ends_with("true"),
        "a wide map opens its legend"
    );
}

#[test]
fn roads_are_found_by_a_part_of_their_name() {
    let Some(browser) = chromium() else { return };
    let mut report = made_up::report(8);
    let map = report.map.as_mut().unwrap();
    map.links[3].route = "Mission Street".into();
    map.links[5].route = "Mission Street".into();
    let found = probe(
        browser,
        &report,
        900,
        "const search = document.getElementById('find'), found = document.getElementById('found'), said = [];
         for (const word of ['mission', '101', 'nowhere']) {
           search.value = word; search.dispatchEvent(new Event('change')); said.push(found.textContent);
         }
         return said.join('|') + '|' + document.getElementById('roads').children.length;",
    );
    let said: Vec<&str> = found.split('|').collect();
    assert_eq!(said[0], "Mission Street: 2 links");
    assert!(said[1].starts_with("101: "), "{found}");
    assert_eq!(said[2], "No road or station has that name.");
    assert_eq!(said[3], "3", "101, 92 and the street");
}
