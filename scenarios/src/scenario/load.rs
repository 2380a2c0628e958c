//! Reads `scenario.toml`, applies `extends` and `--set`, and explains what is wrong in it.
//!
//! What is typed wins over what is written, and a scenario over the one that it extends: `--seed`, `--sample` and
//! `--set`, then the scenario, then its base, and the base of that. All are merged as TOML tables first and become
//! a [`Config`] only then, so that a key need not be given more than once. Begin with [`load`]; the values
//! themselves are checked by `check`, at the end.
//!
//! No input file is opened here. That a file is missing is said by [`Scenario::find`], when something wants to read
//! it.

use super::{Config, Scenario};
use engine::{Fault, Result, disk};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What the command line changes in a scenario. The manifest of a run holds the scenario with these changes, so a run can
/// be repeated without knowing what was typed.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--seed`: at most 2^63 − 1, the largest whole number of TOML.
    pub seed: Option<u64>,
    /// `--sample`: share of the population, above 0 and up to 1.
    pub sample: Option<f64>,
    /// `--allow-unknown`: largest share of the records of a file that may be not understood.
    pub allow_unknown: Option<f64>,
    /// `--set key=value`, in order; of two for one key the later holds. They come after `--seed` and `--sample`.
    pub set: Vec<String>,
}

/// Longest chain of `extends`. Two scenarios that extend each other end here, and not with a full stack.
const MAX_DEPTH: usize = 8;

/// Reads the scenario in `path` (a folder with `scenario.toml`, or the file itself).
///
/// # Errors
/// A [`Fault`] with file and line for a missing file, broken TOML, an unknown key ("did you mean") or
/// a value out of range.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Scenario> {
    let file = if path.is_dir() { path.join("scenario.toml") } else { path.to_path_buf() };
    if !file.exists() {
        return Err(Fault::new(&file, "", "no such scenario")
            .expected("a folder with a scenario.toml")
            .advice("`wayfare new my-scenario` writes a commented one")
            .into());
    }
    let mut folders = Vec::new();
    let mut table = read_merged(&file, &mut folders, 0)?;
    if let Some(seed) = overrides.seed {
        let seed = i64::try_from(seed)
            .map_err(|_| Fault::new("--seed", seed, "is too large").expected("at most 2^63 - 1"))?;
        table.insert("seed".into(), Value::Integer(seed));
    }
    if let Some(sample) = overrides.sample {
        table.insert("sample".into(), Value::Float(sample));
    }
    if let Some(allowed) = overrides.allow_unknown {
        table.insert("allow-unknown".into(), Value::Float(allowed));
    }
    for assignment in &overrides.set {
        set(&mut table, assignment)?;
    }
    // Written out and read back so that an error of the merged whole has a line to point at.
    let config: Config = Config::deserialize_from(table, &file)?;
    check(&config, &file)?;
    folders.push(data_root().join(config.data.folder.as_deref().unwrap_or("")));
    Ok(Scenario { config, file, folders })
}

/// The folder that holds real data: `WAYFARE_DATA`, else `data` below the folder in which the program was started.
pub fn data_root() -> PathBuf {
    std::env::var_os("WAYFARE_DATA")
        .filter(|v| !v.is_empty())
        .map_or_else(|| PathBuf::from("data"), PathBuf::from)
}

impl Scenario {
    /// The path of an input file or folder: in the first folder that has it. A scenario's own folder comes first, so that one
    /// that extends another may bring a changed file of the same name.
    ///
    /// # Errors
    /// A [`Fault`] that names the folders looked in and says how to get the file.
    pub fn find(&self, name: &Path) -> Result<PathBuf> {
        for folder in &self.folders {
            let path = folder.join(name);
            if path.exists() {
                return Ok(path);
            }
        }
        let tried = self.folders.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ");
        // Only a scenario that lists its files can be fetched.
        let advice = if self.config.data.files.is_empty() {
            "put the file there".to_string()
        } else {
            format!("run `wayfare fetch {} --from DIR`, or set WAYFARE_DATA", self.folders[0].display())
        };
        Err(Fault::new(&self.file, name.display(), "input file not found")
            .expected(format!("in one of: {tried}"))
            .advice(advice)
            .into())
    }
}

/// Reads a scenario and lays it over the one that it extends, which is read the same way. The folders of both go
/// into `folders`, that of the scenario before that of its base.
fn read_merged(file: &Path, folders: &mut Vec<PathBuf>, depth: usize) -> Result<Table> {
    if depth > MAX_DEPTH {
        return Err(Fault::new(
            file,
            "extends",
            format!("more than {MAX_DEPTH} scenarios extend each other"),
        )
        .expected("a chain that ends")
        .into());
    }
    let text = disk::read_text(file)?;
    let table: Table = toml::from_str(&text).map_err(|e| toml_fault(file, &text, &e))?;
    let folder = file.parent().unwrap_or(Path::new(".")).to_path_buf();
    folders.push(folder.clone());
    let Some(base) = table.get("extends") else {
        // Here the text is still the one of the file, so a fault can name its line. A scenario that extends another
        // is checked after merging: alone it is not whole.
        let _: Config = toml::from_str(&text).map_err(|e| toml_fault(file, &text, &e))?;
        return Ok(table);
    };
    let Some(base) = base.as_str() else {
        return Err(Fault::new(file, "extends", "is not text")
            .expected("the folder of another scenario")
            .into());
    };
    let base_file = folder.join(base).join("scenario.toml");
    if !base_file.exists() {
        return Err(Fault::new(
            file,
            "extends",
            format!("there is no scenario in {}", folder.join(base).display()),
        )
        .expected("a folder, relative to this scenario")
        .into());
    }
    let mut merged = read_merged(&base_file, folders, depth + 1)?;
    lead_to_base(&mut merged, base);
    merge(&mut merged, table);
    Ok(merged)
}

/// Paths of a base that begin with a point lead on from its own folder, not from that of the scenario which extends it. (A
/// bare name is looked for in the folders of both, so that a file can be replaced by one of the same name.)
fn lead_to_base(table: &mut Table, base: &str) {
    fn lead(value: &mut Value, base: &Path) {
        match value {
            Value::String(text) if text == "." || text.starts_with("./") || text.starts_with("../") => {
                *text = base.join(&*text).display().to_string();
            }
            Value::Array(values) => values.iter_mut().for_each(|value| lead(value, base)),
            Value::Table(table) => table.iter_mut().for_each(|(_, value)| lead(value, base)),
            _ => {}
        }
    }
    // `[data]` speaks of folders below WAYFARE_DATA.
    let of_base = table.iter_mut().filter(|(key, _)| *key != "data");
    of_base.for_each(|(_, value)| lead(value, Path::new(base)));
}

/// Lays `over` upon `base`: tables key by key, anything else replaced, measures of a policy added: a what-if on top of
/// another what-if has both. Layers of demand (`[[people]]`) are replaced all together, so that nobody travels twice.
fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) if same_kind(old, &new) => merge(old, new),
            (Some(Value::Array(old)), Value::Array(new)) if key == "policy" => old.extend(new),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Whether two tables may be merged: those with another `format` or `source` replace each other whole, because the keys of
/// one format mean nothing in the other and would be refused as unknown.
fn same_kind(old: &Table, new: &Table) -> bool {
    ["format", "source"].iter().all(|tag| new.get(*tag).is_none() || old.get(*tag) == new.get(*tag))
}

/// Applies one `--set`: dots in the key lead into sections, which are made where they are missing. A value that is
/// not TOML is text, so that quotes, which a shell would take away, are not needed.
fn set(table: &mut Table, assignment: &str) -> Result<()> {
    let fault =
        |what: &str| Fault::new("--set", assignment, what).expected("key=value, e.g. assign.iterations=10");
    let (key, value) = assignment.split_once('=').ok_or_else(|| fault("has no \"=\""))?;
    // A value is read as TOML would read it behind a key: 10 is a number, true a truth value, [1, 2] a list.
    let value = toml::from_str::<Table>(&format!("v = {value}"))
        .ok()
        .and_then(|mut t| t.remove("v"))
        // "09:00" is a time of day to TOML 1.1, and text to us.
        .filter(|v| !v.is_datetime())
        .unwrap_or_else(|| Value::String(value.to_string()));
    let mut keys: Vec<&str> = key.trim().split('.').collect();
    let last = keys.pop().filter(|k| !k.is_empty()).ok_or_else(|| fault("has no key"))?;
    let mut at = table;
    for key in keys {
        at = at
            .entry(key)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| fault(&format!("\"{key}\" is not a section")))?;
    }
    at.insert(last.to_string(), value);
    Ok(())
}

impl Config {
    /// The scenario of a merged table; a key that no scenario has is refused.
    fn deserialize_from(table: Table, file: &Path) -> Result<Self> {
        let text = toml::to_string(&table).map_err(|e| Fault::new(file, "", e.to_string()))?;
        toml::from_str(&text).map_err(|e| {
            // Lines of the merged text are not lines of the file: name the key only.
            let mut fault = toml_fault(file, &text, &e);
            fault.record = "after extends and --set".into();
            fault.into()
        })
    }
}

/// Turns a TOML error into `file:line: what — expected — did you mean`.
fn toml_fault(file: &Path, text: &str, error: &toml::de::Error) -> Fault {
    // The parser tells bytes; people look for lines, the first of which is 1.
    let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = plain(error.message());
    let (what, expected) = message.split_once(", expected ").map_or((message.as_str(), ""), |(w, e)| (w, e));
    let mut fault = Fault::new(file, if line > 0 { line.to_string() } else { String::new() }, what);
    // The names that would have been known stand in the message itself: the parser lists them after "expected".
    if let Some(unknown) = what.split('`').nth(1) {
        let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        if let Some(close) = closest(unknown, &names) {
            fault = fault.advice(format!("did you mean `{close}`?"));
        }
    }
    if expected.is_empty() { fault } else { fault.expected(expected) }
}

/// The parser's words for types in those of people.
fn plain(message: &str) -> String {
    let words = [
        ("invalid type: string ", "is text: "),
        ("invalid type: integer ", "is a whole number: "),
        ("invalid type: floating point ", "is a number with a fraction: "),
        ("invalid type: boolean ", "is a truth value: "),
        ("invalid type: sequence", "is a list"),
        ("invalid type: map", "is a section"),
        ("invalid value: integer ", "is out of range: "),
        ("expected f64", "expected a number"),
        ("expected u64", "expected a whole number, 0 or more"),
        ("expected u32", "expected a whole number, 0 or more"),
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected usize", "expected a whole number, 0 or more"),
        ("expected i64", "expected a whole number"),
        ("expected a boolean", "expected true or false"),
        ("expected a string", "expected text in quotes"),
        ("expected a sequence", "expected a list in [ ]"),
    ];
    words.iter().fold(message.to_owned(), |message, (from, to)| message.replace(from, to))
}

/// The name most like `word`, if one is alike at all: Jaro-Winkler likeness above 0.75, a limit that takes in swapped and
/// missing letters but no other word.
pub fn closest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let best = names.iter().map(|name| (strsim::jaro_winkler(word, name), *name));
    best.filter(|(likeness, _)| *likeness > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// Checks the ranges that types cannot hold, of the scenario alone. Whether its files exist and fit each other is
/// said where they are read.
fn check(config: &Config, file: &Path) -> Result<()> {
    let fault =
        |key: &str, what: String, expected: &str| Err(Fault::new(file, key, what).expected(expected).into());
    if !(config.sample > 0.0 && config.sample <= 1.0) {
        return fault("sample", format!("is {}", config.sample), "a share above 0 and up to 1");
    }
    if !(0.0..=1.0).contains(&config.allow_unknown) {
        return fault("allow-unknown", format!("is {}", config.allow_unknown), "a share from 0 to 1");
    }
    if config.activity.weekday > 6 {
        return fault(
            "activity.weekday",
            format!("is {}", config.activity.weekday),
            "0 (Monday) to 6 (Sunday)",
        );
    }
    if !(1..=1000).contains(&config.assign.iterations) {
        return fault("assign.iterations", format!("is {}", config.assign.iterations), "1 to 1000");
    }
    let assign = &config.assign;
    if !((0.0..=1.0).contains(&assign.switch_most)
        && assign.switch_half > 0.0
        && assign.switch_share > 0.0
        && assign.logit_per_min >= 0.0)
    {
        return fault(
            "assign",
            "has a share outside 0 to 1 or a negative number".into(),
            "0 ≤ switch-most ≤ 1, switch-half and switch-share > 0 and logit-per-min ≥ 0",
        );
    }
    if assign.asked == 0 || assign.asked_exactly == 0 || !(2..=20).contains(&assign.routes) {
        return fault(
            "assign",
            "asks nobody, or lets nobody remember".into(),
            "asked ≥ 1 and 2 ≤ routes ≤ 20",
        );
    }
    if assign.departure.as_ref().is_some_and(|d| {
        !((0.0..1.0).contains(&d.early) && d.late >= 0.0 && d.late.is_finite())
            || d.step_s == 0
            || d.steps > 20
    }) {
        let expected = "0 ≤ early < 1, late ≥ 0, step-s ≥ 1 and steps ≤ 20";
        return fault("assign.departure", "is out of range".into(), expected);
    }
    if !(config.assign.stop_gap >= 0.0 && config.assign.value_of_time > 0.0) {
        return fault(
            "assign",
            "has a negative gap or value of time".into(),
            "stop-gap ≥ 0 and value-of-time > 0",
        );
    }
    if config.mode_constants.by_mode().iter().any(|added| !(-20.0..=20.0).contains(added)) {
        return fault("mode-constants", "has one that is out of range".into(), "numbers from -20 to 20");
    }
    let congested_mph = config.validate.congested_mph;
    if !(congested_mph > 0.0 && congested_mph <= 120.0) {
        return fault("validate.congested-mph", format!("is {congested_mph}"), "more than 0, at most 120");
    }
    match engine::unit::parse_hms(&config.traffic.end) {
        Some(end_s) if (3600..=172_800).contains(&end_s) => Ok(()),
        _ => fault("traffic.end", format!("is \"{}\"", config.traffic.end), "a time from 01:00 to 48:00"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = r#"
title = "T"
[network]
format = "matsim"
file = "network.xml"
[people]
source = "plans"
file = "plans.xml"
"#;

    fn folder(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("scenario.toml"), text).unwrap();
        folder
    }

    fn fails(text: &str) -> String {
        let folder = folder(text);
        let error = load(folder.path(), &Overrides::default()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string().replace(&folder.path().display().to_string(), "DIR")
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_closest_name() {
        let text = fails(&BASE.replace("title", "titel = \"x\"\ntitle"));
        assert!(text.starts_with("DIR/scenario.toml:2: unknown field `titel`"), "{text}");
        assert!(text.ends_with("did you mean `title`?"), "{text}");
        let text = fails(&format!("{BASE}[assign]\niteration = 3\n"));
        assert!(text.contains("did you mean `iterations`?"), "{text}");
    }

    #[test]
    fn a_path_with_a_point_leads_on_from_the_scenario_that_says_it() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::create_dir_all(home.path().join(name)).unwrap();
            std::fs::write(home.path().join(name).join("scenario.toml"), text).unwrap();
        };
        let county = BASE
            .replace("format = \"matsim\"\nfile = \"network.xml\"", "format = \"county\"\nfolder = \".\"");
        write("base", &county);
        write("what/if", "extends = \"../../base\"\n");
        write("what/if/more", "extends = \"..\"\n");
        for from in ["what/if", "what/if/more"] {
            let scenario = load(&home.path().join(from), &Overrides::default()).unwrap();
            let crate::scenario::NetworkInput::County { folder, .. } = &scenario.config.network else {
                panic!()
            };
            let found = scenario.find(folder).unwrap().canonicalize().unwrap();
            assert_eq!(found, home.path().join("base").canonicalize().unwrap(), "{from}");
        }
    }

    #[test]
    fn a_wrong_type_is_told_in_plain_words() {
        let text = fails(&BASE.replace("title", "sample = \"half\"\ntitle"));
        assert_eq!(text, "DIR/scenario.toml:2: is text: \"half\" — expected a number");
        let text = fails(&format!("{BASE}[assign]\niterations = -3\n"));
        assert!(
            text.contains("is out of range: `-3`") && text.contains("a whole number, 0 or more"),
            "{text}"
        );
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (line, want) in [
            ("sample = 0.0", "sample: is 0"),
            ("sample = 1.5", "sample: is 1.5"),
            ("allow-unknown = 5", "allow-unknown: is 5"),
            ("activity = { weekday = 7 }", "weekday: is 7"),
            ("traffic = { end = \"25\" }", "traffic.end"),
            ("mode-constants = { transit = -21 }", "mode-constants: has one that is out of range"),
        ] {
            let text = fails(&format!("{line}\n{BASE}"));
            assert!(text.contains(want), "{text}");
        }
    }

    #[test]
    fn a_scenario_changes_another_and_the_command_line_both() {
        let base = folder(BASE);
        let child = base.path().join("child");
        std::fs::create_dir(&child).unwrap();
        std::fs::write(
            child.join("scenario.toml"),
            "extends = \"..\"\ntitle = \"C\"\n[assign]\niterations = 7\n",
        )
        .unwrap();
        let overrides = Overrides {
            seed: Some(9),
            sample: Some(0.5),
            allow_unknown: Some(0.2),
            set: vec!["traffic.stuck-s=60".into(), "traffic.end=28:00".into()],
        };
        let scenario = load(&child, &overrides).unwrap();
        let config = &scenario.config;
        assert_eq!((config.title.as_str(), config.seed, config.sample), ("C", 9, 0.5));
        assert_eq!((config.assign.iterations, config.traffic.stuck_s, config.allow_unknown), (7, 60, 0.2));
        assert_eq!(config.traffic.end, "28:00");
        assert!(matches!(config.network, super::super::NetworkInput::Matsim { .. }));
        assert_eq!(scenario.folders.len(), 3);
        let overrides = Overrides { set: vec!["traffic.stuck=60".into()], ..Overrides::default() };
        assert!(load(&child, &overrides).unwrap_err().to_string().contains("did you mean `stuck-s`?"));
    }

    #[test]
    fn a_circle_of_scenarios_ends() {
        let text = fails("extends = \".\"\ntitle = \"x\"\n");
        assert!(text.contains("extend each other"), "{text}");
    }
}
