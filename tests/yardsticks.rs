//! A run beside published figures: read, refused, compared, drawn; on a synthetic county, whose figures are those of its hidden
//! true day.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{run, scenario, wayfare};
use serde_json::Value;
use std::path::Path;

/// What `validate --yardsticks` says of a run.
fn compared(run: &Path) -> Value {
    let said = wayfare(&["validate", run.to_str().unwrap(), "--yardsticks", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

/// The row of a measure and group.
fn row<'a>(of: &'a Value, measure: &str, group: &str) -> &'a Value {
    let is_it = |row: &&Value| row["measure"] == measure && row["group"] == group;
    of.as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("no {measure} of {group}"))
}

fn refused(county: &Path, words: &[&str]) {
    let said = wayfare(&["check", county.to_str().unwrap()]);
    assert_eq!(said.code, 2, "{}", said.err);
    words.iter().for_each(|word| assert!(said.err.contains(word), "{word}: {}", said.err));
}

#[test]
fn a_county_is_held_beside_its_hidden_truth() {
    let folder = tempfile::tempdir().unwrap();
    let (county, out) = (folder.path().join("county"), folder.path().join("run"));
    let made = wayfare(&["new", county.to_str().unwrap(), "--synthetic", "--persons", "2000", "--quiet"]);
    assert_eq!(made.code, 0, "{}", made.err);
    run(&county, &out, &["--set", "assign.iterations=2"]);
    let told = compared(&out);
    assert!(told["list"].as_array().unwrap().len() > 15);
    let yardsticks = told["yardsticks"].as_array().unwrap();
    assert!(yardsticks.len() > 30, "{}", yardsticks.len());
    // Another seed of the same world: nearly as many persons and trips, and not the same bits.
    for (measure, near) in
        [("persons", 0.02), ("cars-per-household", 0.1), ("trips-per-person", 0.1), ("vmt", 0.25)]
    {
        let ratio = row(&told["yardsticks"], measure, "all")["ratio"].as_f64().unwrap();
        assert!((ratio - 1.0).abs() < near, "{measure}: {ratio}");
    }
    assert_ne!(row(&told["yardsticks"], "vmt", "all")["ratio"], 1.0);
    // The measures agree with the rest of the run.
    let manifest = program::manifest(&out);
    let fact = |measure: &str, group: &str| row(&told["measures"], measure, group)["value"].as_f64().unwrap();
    let summary = |name: &str| manifest["summary"][name].as_f64().unwrap();
    assert_eq!(fact("trips", "all"), summary("trips"));
    assert_eq!(fact("trips", "all/car"), summary("car_trips"));
    assert_eq!(fact("persons", "all"), summary("persons"));
    assert!((fact("vmt", "all") * engine::unit::M_PER_MILE / 1000.0 / summary("vmt_km") - 1.0).abs() < 1e-9);
    let validation: Value =
        serde_json::from_slice(&std::fs::read(out.join("validation.json")).unwrap()).unwrap();
    assert_eq!(validation["measures"].as_array().unwrap().len(), told["measures"].as_array().unwrap().len());
    for (at, told) in yardsticks.iter().enumerate() {
        let kept = &validation["yardsticks"][at];
        let ratio = |of: &Value| of["ratio"].as_f64().unwrap_or(0.0);
        assert_eq!((&kept["measure"], &kept["group"]), (&told["measure"], &told["group"]));
        assert!((ratio(kept) - ratio(told)).abs() < 1e-9, "{kept}");
    }
    // Vehicle hours of who is on the road are those of all that depart.
    let hours: f64 = validation["on_the_road"][0]["vehicles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .sum();
    assert!((hours / validation["vht_h"].as_f64().unwrap() - 1.0).abs() < 1e-6, "{hours}");
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(
        page.contains("<section id=\"yardsticks\">") && page.contains("the hidden true day of the county")
    );
    assert!(out.join("svg/on-the-road.svg").exists());
    let schema = wayfare(&["schema"]);
    assert!(schema.out.contains("share of persons who make no trip that day; group: kind of person"));
    // Figures are read anew, without a run: one more in the scenario, and another in the file.
    let file = county.join("yardsticks.csv");
    let figures = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, "measure,group,value,unit,source\nstay-at-home,all,50,%,invented\n").unwrap();
    let again = compared(&out);
    assert_eq!(again["yardsticks"].as_array().unwrap().len(), 1);
    assert_eq!(row(&again["yardsticks"], "stay-at-home", "all")["yardstick"], 0.5);
    // What is not known is refused with the line and the closest name, before anything runs.
    std::fs::write(&file, "measure,group,value,unit,source\nstay-home,all,50,%,invented\n").unwrap();
    refused(&county, &["yardsticks.csv:2:", "is no measure", "\"stay-at-home\""]);
    std::fs::write(&file, "measure,group,value,unit,source\nstay-at-home,seniors,50,%,invented\n").unwrap();
    refused(&county, &["yardsticks.csv:2:", "\"seniors\" is no kind of person", "did you mean \"senior\""]);
    std::fs::write(&file, figures).unwrap();
    let scenario = county.join("scenario.toml");
    let text = std::fs::read_to_string(&scenario).unwrap();
    let more =
        "\n[[yardstick]]\nmeasure = \"vmt\"\ngroup = \"trucks\"\nvalue = 10.0\nsource = \"invented\"\n";
    std::fs::write(&scenario, text + more).unwrap();
    refused(&county, &["scenario.toml:yardstick[0]:", "\"trucks\" is no layer", "residents"]);
}

/// Each figure of the Bay Area names a measure, a unit and a source; counties and layers need the data of the scenario.
#[test]
fn the_figures_of_the_bay_area_are_understood() {
    use engine::validate::yardstick::{Names, Yardstick};
    let file = scenario("bay-area").join("yardsticks.csv");
    let counties = [
        "San Francisco",
        "San Mateo",
        "Santa Clara",
        "Alameda",
        "Contra Costa",
        "Solano",
        "Napa",
        "Sonoma",
        "Marin",
    ]
    .map(String::from);
    let names = Names { regions: &counties, layers: &[] };
    let figures = netconvert::yardsticks::read(&file).unwrap();
    let understood: Vec<Yardstick> = figures
        .iter()
        .map(|(line, of)| {
            Yardstick::understand(of, &names, &file, &line.to_string()).unwrap_or_else(|e| panic!("{e}"))
        })
        .collect();
    assert!(understood.len() > 100);
    // Shares of one whole add up to it.
    let whole = |measure: &str| {
        let of = understood.iter().filter(|y| y.measure.name() == measure && y.group != "all");
        of.map(|y| y.value).sum::<f64>()
    };
    assert!((whole("tour-departure-share") - 1.0).abs() < 0.005, "{}", whole("tour-departure-share"));
    assert!((whole("tour-return-share") - 1.0).abs() < 0.005);
    assert!((0.9..1.0).contains(&whole("commuter-share")), "{}", whole("commuter-share"));
}
