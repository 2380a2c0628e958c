//! A plans file means the same to a run and to a survey.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use program::{run, wayfare};

const NETWORK: &str = r#"<?xml version="1.0"?>
<network><nodes><node id="a" x="0" y="0"/><node id="b" x="1000" y="0"/></nodes>
<links capperiod="01:00:00">
<link id="ab" from="a" to="b" length="1000" freespeed="10" capacity="1800" permlanes="1" modes="car"/>
<link id="ba" from="b" to="a" length="1000" freespeed="10" capacity="1800" permlanes="1" modes="car"/>
</links></network>"#;

const SCENARIO: &str = r#"title = "t"
[network]
format = "matsim"
file = "network.xml"
[people]
source = "plans"
file = "plans.xml"
"#;

/// Activity types as VISTA's plans and MATSim's scenarios write them; two in a row change a vehicle.
const DAYS: [[&str; 4]; 6] = [
    ["At Home", "Buy Something", "Recreational", "Go Home"],
    ["home", "pt interaction", "work", "home"],
    ["home_86400.0", "Work Related", "Personal Business", "Go Home"],
    ["h", "educ_higher", "Social", "At Home"],
    ["At Home", "Change Mode", "Pick-up or Drop-off Someone", "home"],
    ["home", "Accompany Someone", "shop-goods", "Moon Walk"],
];

fn plans() -> String {
    let mut text = String::from("<?xml version=\"1.0\"?>\n<population>\n");
    for (person, kinds) in DAYS.iter().enumerate() {
        text += &format!("<person id=\"{person}\"><plan selected=\"yes\">\n");
        for (at, kind) in kinds.iter().enumerate() {
            let link = if at % 2 == 0 { "ab" } else { "ba" };
            let end = if at < 3 { format!(" end_time=\"{:02}:00:00\"", 7 + 4 * at) } else { String::new() };
            let leg = if at < 3 { "<leg mode=\"walk\"/>" } else { "" };
            text += &format!("<activity type=\"{kind}\" link=\"{link}\" x=\"{at}\" y=\"0\"{end}/>{leg}\n");
        }
        text += "</plan></person>\n";
    }
    text + "</population>\n"
}

#[test]
fn a_run_and_a_survey_read_the_same_days_in_one_plans_file() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("network.xml", NETWORK), ("plans.xml", &plans()), ("scenario.toml", SCENARIO)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let (out, file) = (folder.path().join("out"), folder.path().join("plans.xml"));
    let manifest = run(folder.path(), &out, &[]);
    let said = wayfare(&["score", out.to_str().unwrap(), file.to_str().unwrap(), "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let score: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(score["n"], serde_json::json!([6, 6]));
    for (name, jsd) in score["jsd"].as_object().unwrap() {
        assert_eq!(jsd["value"], 0.0, "{name}: {score}");
    }
    assert_eq!((&score["minutes"][0]["group"], &score["minutes"][0]["mae"]), (&"all".into(), &0.0.into()));
    // What neither understands is said by both.
    assert!(manifest["warnings"].to_string().contains("Moon Walk"), "{}", manifest["warnings"]);
    assert!(said.err.contains("Moon Walk"), "{}", said.err);
    let survey = wayfare(&["survey", file.to_str().unwrap(), "--json"]);
    let survey: serde_json::Value = serde_json::from_str(&survey.out).unwrap();
    let shop =
        survey["activities"].as_array().unwrap().iter().find(|a| a["activity"] == "shop-goods").unwrap();
    // Person 0 shops from 7 to 11 and person 5 from 11 to 15: 480 minutes over six persons.
    assert_eq!(shop["minutes"], 80.0);
}
