//! `wayfare export` for planners: the tables of a run, or of a comparison of two, for spreadsheets, maps and scripts.
//!
//! What the tables hold is decided in [`engine::sheet`], how files look in [`netconvert::sheets`]; here one is handed to the
//! other. Nothing is read but the folder of the run (of both runs): the input files of the scenario may be gone.

use crate::compare;
use crate::say::Voice;
use engine::sheet::{self, Sheet};
use engine::store::{Manifest, name};
use engine::table::{Column, Type, column};
use engine::{Fault, Result, disk};
use netconvert::sheets::{ABOUT, Added, COLUMNS, File, Format, Writer};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is exported.
enum Opened {
    Run(sheet::run::Run),
    Pair(sheet::compared::Pair),
}

/// A sheet by name, with what makes it.
type Recipe<'a> = (&'static str, Box<dyn Fn() -> Result<Sheet> + 'a>);

impl Opened {
    /// Opens a run or a comparison, and says what it is: a line for each thing to know.
    fn open(folder: &Path) -> Result<(Self, Vec<[String; 2]>)> {
        if folder.join(name::MANIFEST).exists() || !folder.join(compare::FILE).exists() {
            let manifest = Manifest::<serde_json::Value>::read(folder)?;
            let mut about = said_of("run", folder, &manifest);
            about.extend(notes(&manifest));
            return Ok((Self::Run(sheet::run::Run::open(folder)?), about));
        }
        let [base, variant] = compare::runs(folder)?;
        let manifests = [&base, &variant].map(|run| Manifest::<serde_json::Value>::read(run));
        let [of_base, of_variant] = manifests;
        let (of_base, of_variant) = (of_base?, of_variant?);
        let mut about = said_of("base", &base, &of_base);
        about.extend(said_of("variant", &variant, &of_variant));
        about.push([
            "differences".into(),
            "the variant less the base; times of residents are those of persons in both".into(),
        ]);
        about.extend(notes(&of_base));
        Ok((Self::Pair(sheet::compared::Pair::open(&base, &variant)?), about))
    }

    /// What can be made of it.
    fn recipes(&self) -> Vec<Recipe<'_>> {
        fn of<'a, T>(all: &'a [sheet::run::Recipe<T>], from: &'a T) -> Vec<Recipe<'a>> {
            all.iter().map(|(name, make)| (*name, Box::new(|| make(from)) as Box<dyn Fn() -> _>)).collect()
        }
        match self {
            Self::Run(run) => of(&sheet::run::SHEETS, run),
            Self::Pair(pair) => of(&sheet::compared::SHEETS, pair),
        }
    }
}

/// What a manifest says of a run.
fn said_of(role: &str, folder: &Path, manifest: &Manifest<serde_json::Value>) -> Vec<[String; 2]> {
    let setting =
        |key: &str| manifest.config.get(key).and_then(|value| value.as_str()).unwrap_or("").to_string();
    let sample = manifest.config.get("sample").map_or("1".to_string(), ToString::to_string);
    let made = format!("Wayfare {} ({}), {}", manifest.version, manifest.commit, manifest.started);
    let mut about = vec![
        [role.into(), setting("title")],
        ["question".into(), setting("question")],
        ["folder".into(), folder.display().to_string()],
        ["scenario".into(), manifest.scenario.display().to_string()],
        ["made by".into(), made],
        ["seed".into(), manifest.seed.to_string()],
        ["sample".into(), format!("{sample} of the population was simulated")],
    ];
    about.extend(manifest.inputs.iter().map(|input| ["source".into(), input.path.display().to_string()]));
    about.retain(|[_, value]| !value.is_empty());
    about
}

/// What a reader of the tables must know.
fn notes(manifest: &Manifest<serde_json::Value>) -> Vec<[String; 2]> {
    let mut notes = [
        [
            "volumes",
            "columns that end in _vph, _vpd or _population are of the whole population: what was simulated over the sample",
        ],
        ["simulated", "columns that begin with vehicles_ or end in _simulated count what was simulated"],
        ["weight", "turns a row into trips, persons or households of the population: sum it instead of counting rows"],
        ["hours", "hours of the clock: what happens after 24:00 counts for the hour of the next day"],
        ["times", "_s are seconds (times of day: since midnight, may pass 24 h = 86400), _m metres, _mps metres a second"],
        ["empty", "not known, or does not apply"],
    ]
    .map(|note| note.map(String::from))
    .to_vec();
    notes.extend(manifest.warnings.iter().map(|warning| ["warning of the run".into(), warning.to_string()]));
    notes
}

/// Writes the tables of `folder` in all formats; the result lists the files with their tables and rows.
///
/// # Errors
/// A [`Fault`] for a folder that is neither a finished run nor a comparison, and for files that are there already.
pub(super) fn tables(
    voice: &Voice,
    folder: &Path,
    formats: &[Format],
    out: Option<&Path>,
    overwrite: bool,
) -> Result<ExitCode> {
    let (opened, about) = Opened::open(folder)?;
    let recipes = opened.recipes();
    let names: Vec<&str> = recipes.iter().map(|(name, _)| *name).collect();
    let (into, targets) = targets(folder, formats, out)?;
    let files: Vec<PathBuf> =
        targets.iter().flat_map(|(format, target)| format.files(target, &names)).collect();
    may_write(&into, &files, overwrite)?;
    disk::make_folder(&into)?;
    let mut writers: Vec<(Format, Box<dyn Writer>)> = Vec::new();
    for (format, target) in &targets {
        writers.push((*format, format.open(target)?));
    }
    let (columns, left_out) = fill(voice, &recipes, &mut writers)?;
    let words = |rows: Vec<[String; 2]>| rows.into_iter().map(Vec::from).collect::<Vec<_>>();
    let about = Sheet::of_words(ABOUT, "what was exported", &OF_ABOUT, &words(about))?;
    let columns = Sheet::of_words(COLUMNS, "what each column of the tables means", &OF_COLUMNS, &columns)?;
    let mut written: Vec<File> = Vec::new();
    for (_, writer) in writers {
        written.extend(writer.finish(&about, &columns)?);
    }
    // Of an earlier export, tables that this run does not have would pass for its own.
    let stale = files.iter().filter(|path| !written.iter().any(|file| file.file == **path));
    stale.into_iter().try_for_each(disk::remove)?;
    for file in &written {
        voice.say.line(format!("{}", file.file.display()));
    }
    voice.result(&serde_json::json!({ "folder": into, "files": written, "left_out": left_out }))?;
    Ok(ExitCode::SUCCESS)
}

/// Columns of the sheet that says what was exported.
const OF_ABOUT: [Column; 2] = [
    column("item", Type::Text, "", "what is told"),
    column("value", Type::Text, "", "what there is to know of it"),
];

/// Columns of the sheet that says what columns mean.
const OF_COLUMNS: [Column; 4] = [
    column("table", Type::Text, "", "name of the table"),
    column("column", Type::Text, "", "name of the column"),
    column("unit", Type::Text, "", "unit of its values"),
    column("meaning", Type::Text, "", "what a value is"),
];

/// Makes each sheet and hands it to all formats. Returns the columns of what was written, and what was left out.
fn fill(
    voice: &Voice,
    recipes: &[Recipe<'_>],
    writers: &mut [(Format, Box<dyn Writer>)],
) -> Result<(Vec<Vec<String>>, Vec<serde_json::Value>)> {
    let (mut columns, mut left_out) = (Vec::new(), Vec::new());
    for (name, make) in recipes {
        let sheet = make()?;
        let rows = sheet.height();
        if rows == 0 {
            voice.say.line(format!("{name}: no rows, not written"));
            continue;
        }
        voice.say.line(format!("{name}: {rows} rows"));
        let mut is_in = false;
        for (format, writer) in writers.iter_mut() {
            match writer.add(&sheet)? {
                Added::Whole => is_in = true,
                Added::NoPlaces => {}
                Added::TooLong { most } => {
                    let format = format.name();
                    voice.say.line(format!(
                        "warning: {name} is left out of {format}: {rows} rows, and a sheet holds {most}; --csv writes it"
                    ));
                    left_out.push(
                        serde_json::json!({ "format": format, "table": name, "rows": rows, "most": most }),
                    );
                }
            }
        }
        if is_in {
            let of = |column: &Column| {
                [*name, column.name, column.unit, column.meaning].map(String::from).to_vec()
            };
            columns.extend(sheet.columns().iter().map(of));
        }
        if writers.iter().any(|(format, _)| *format == Format::GeoJson)
            && sheet.crs() == Some(&engine::projection::Crs::Plane)
        {
            voice.say.line(format!(
                "warning: {name}.geojson is in metres of a plane: the network says no reference system, so no map can place it"
            ));
        }
    }
    Ok((columns, left_out))
}

/// The folder that is written to, and where each format goes: into the folder, or to its one file.
fn targets(run: &Path, formats: &[Format], out: Option<&Path>) -> Result<(PathBuf, Vec<(Format, PathBuf)>)> {
    let ending = out.and_then(|out| out.extension()).map(|ending| ending.to_string_lossy().to_lowercase());
    let named = Format::ALL.into_iter().find(|format| ending.as_deref() == Some(format.name()));
    if let (Some(out), Some(named)) = (out, named) {
        if formats == [named] && named.is_one_file() {
            let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
            return Ok((parent.unwrap_or(Path::new(".")).into(), vec![(named, out.into())]));
        }
        return Err(Fault::new(out, "", "is the name of one file")
            .expected("a folder: these formats write several files")
            .advice("give --out FOLDER, or --xlsx or --gpkg alone with a file")
            .into());
    }
    let folder = out.map_or_else(|| super::beside(run, "export"), Path::to_path_buf);
    let target = |format: &Format| match format.is_one_file() {
        true => (*format, folder.join(format!("{}.{}", super::own_name(run), format.name()))),
        false => (*format, folder.clone()),
    };
    let all = formats.iter().map(target).collect();
    Ok((folder, all))
}

/// Refuses to write into a run, and over files that are there unless told to.
fn may_write(folder: &Path, files: &[PathBuf], overwrite: bool) -> Result<()> {
    let refuse = |path: &Path, what: &str, expected: &str, advice: &str| {
        Err(Fault::new(path, "", what).expected(expected).advice(advice).into())
    };
    if folder.is_file() {
        return refuse(folder, "is a file", "a folder to write to", "choose another --out");
    }
    if folder.join(name::MANIFEST).exists() {
        return refuse(folder, "holds a run", "a folder beside it", "choose another --out");
    }
    match files.iter().find(|path| path.exists()) {
        Some(path) if !overwrite => refuse(
            path,
            "is there already",
            "a new file",
            "choose another --out, or give --overwrite to replace it",
        ),
        _ => Ok(()),
    }
}
