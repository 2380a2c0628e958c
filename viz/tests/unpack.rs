//! The script of the page reads a map as Rust does: both unpack the same file, and every number is compared. It runs
//! in Node.js; where there is none, `browser.rs` still compares sums and one link in Chromium.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

#[path = "../../tests/program/data.rs"]
mod given;
mod made_up;

use serde_json::Value;
use std::process::Command;

/// What `assets/unpack.js` makes of the map of a page, as JSON. `None` without Node.js.
fn unpacked(report: &viz::Report) -> Option<Value> {
    let page = viz::page(report).unwrap();
    let data = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("unpack.js");
    let text = format!(
        "const document = {{ getElementById: () => ({{ textContent: {} }}) }};\n{}\n
         const m = Wayfare.unpackMap(Wayfare.data.map), list = v => Array.from(v);
         const day = d => d && {{ volume: list(d.volume), speed: list(d.speed), daily: list(d.daily) }};
         console.log(JSON.stringify({{ names: m.names, routes: m.route, marks: m.marks, origin: m.origin,
           klass: list(m.klass), lanes: list(m.lanes), free: list(m.free), capacity: list(m.capacity),
           length: list(m.length), first: list(m.first), points: list(m.points), day: day(m.day), base: day(m.base) }}));",
        serde_json::to_string(data).unwrap(),
        include_str!("../assets/unpack.js").replace("\"use strict\";", ""),
    );
    engine::disk::write_bytes(&script, text.as_bytes()).unwrap();
    let Ok(output) = Command::new("node").arg(&script).output() else {
        given::skipped("program", "Node.js");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Compares numbers of the script (32-bit in typed arrays) with ours.
fn same(theirs: &Value, ours: impl ExactSizeIterator<Item = f64>, what: &str) {
    let theirs = theirs.as_array().unwrap();
    assert_eq!(theirs.len(), ours.len(), "{what}");
    for (place, (a, b)) in theirs.iter().zip(ours).enumerate() {
        let a = a.as_f64().unwrap();
        assert!((a - b).abs() <= 1e-6 * b.abs().max(1.0), "{what}[{place}]: {a}, not {b}");
    }
}

fn same_day(theirs: &Value, ours: &viz::Hourly, links: &[viz::MapLink]) {
    let n = links.len();
    same(&theirs["volume"], ours.volume_vph.iter().map(|&v| f64::from(v)), "volume");
    let byte = |at: usize| match f64::from(ours.speed_mps[at]) / links[at % n].freespeed_mps {
        share if share > 0.0 => 1.0 + (share * 254.0).round(),
        _ => 0.0,
    };
    same(&theirs["speed"], (0..24 * n).map(byte), "speed");
    let daily = |link: usize| (0..24).map(|hour| f64::from(ours.volume_vph[hour * n + link])).sum();
    same(&theirs["daily"], (0..n).map(daily), "daily");
}

#[test]
fn the_script_reads_a_map_as_rust_does() {
    for report in [made_up::report(12), made_up::comparison(6)] {
        let Some(theirs) = unpacked(&report) else { return };
        let map = viz::Map::unpack("map.bin", &report.map.as_ref().unwrap().pack()).unwrap();
        let links = &map.links;
        assert_eq!(theirs["names"], serde_json::json!(links.iter().map(|l| &l.name).collect::<Vec<_>>()));
        assert_eq!(theirs["routes"], serde_json::json!(links.iter().map(|l| &l.route).collect::<Vec<_>>()));
        same(&theirs["klass"], links.iter().map(|l| f64::from(l.class)), "class");
        same(&theirs["lanes"], links.iter().map(|l| l.lanes), "lanes");
        same(&theirs["free"], links.iter().map(|l| l.freespeed_mps), "free speed");
        same(&theirs["capacity"], links.iter().map(|l| l.capacity_vph), "capacity");
        same(&theirs["length"], links.iter().map(|l| l.length_m), "length");
        let origin = &theirs["origin"];
        let (east, north) = (origin[0].as_f64().unwrap(), origin[1].as_f64().unwrap());
        let flat =
            |l: &viz::MapLink| l.points_m.iter().flat_map(|p| [p.0 - east, p.1 - north]).collect::<Vec<_>>();
        same(&theirs["points"], links.iter().flat_map(flat).collect::<Vec<_>>().into_iter(), "points");
        same_day(&theirs["day"], &map.day, links);
        match &map.base {
            Some(base) => same_day(&theirs["base"], base, links),
            None => assert!(theirs["base"].is_null()),
        }
        let marks = theirs["marks"].as_array().unwrap();
        assert_eq!(marks.len(), map.marks.len());
        for (theirs, ours) in marks.iter().zip(&map.marks) {
            let wanted = serde_json::json!({"link": ours.link, "closed": ours.closed, "what": ours.what});
            assert_eq!(theirs, &wanted);
        }
    }
}
