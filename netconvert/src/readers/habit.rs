//! The habits of real files: what spreadsheets, R, pandas, SAS and people do to a table without changing what it says.
//!
//! A habit of the whole file must give the same result as the good input, or a refusal (too much that is not understood is one,
//! since every verb stops there). A habit of one cell may change the result, as an empty cell does, where it is told.

use super::{Outcome, Reader, all};
use engine::Warning;
use engine::warning::{ALLOWED_UNKNOWN, too_much_unknown};
use std::io::Write;
use std::path::Path;

/// A table as cells; `None` for text that is none (XML, TNTP).
struct Table {
    delimiter: char,
    header: bool,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn of(name: &str, text: &str) -> Option<Self> {
        let header = name != "days.txt";
        let delimiter = if name == "meta.txt" { '\t' } else { ',' };
        if !(name.ends_with(".csv") || name.ends_with(".txt")) {
            return None;
        }
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.has_headers(false).flexible(true).delimiter(delimiter as u8);
        let rows = reader.from_reader(text.as_bytes()).into_records();
        let rows = rows.map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Some(Self { delimiter, header, rows })
    }

    /// Rows below the header.
    fn data(&self) -> std::ops::Range<usize> {
        usize::from(self.header)..self.rows.len()
    }

    fn columns(&self) -> usize {
        self.rows[0].len()
    }

    /// The text, with cells in quotes where they need them or where `all` are to be quoted.
    fn text(&self, delimiter: char, all: bool) -> String {
        let cell = |cell: &String| {
            let needs = all || cell.contains([delimiter, '"', '\n']);
            if needs { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
        };
        let row =
            |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(&delimiter.to_string()) + "\n";
        self.rows.iter().map(row).collect()
    }

    fn plain(&self) -> String {
        self.text(self.delimiter, false)
    }

    /// The table with every row changed; the header is row 0.
    fn each(&self, change: impl Fn(usize, &mut Vec<String>)) -> Self {
        let mut rows = self.rows.clone();
        rows.iter_mut().enumerate().for_each(|(at, row)| change(at, row));
        Self { rows, ..*self }
    }

    /// The table with the cells of one column below the header changed.
    fn column(&self, column: usize, change: impl Fn(&str) -> String) -> Self {
        let first = self.data().start;
        self.each(|at, row| {
            if at >= first
                && let Some(cell) = row.get_mut(column)
            {
                *cell = change(cell);
            }
        })
    }

    /// Columns whose cells are all whole numbers that are not below 0.
    fn whole_columns(&self) -> Vec<usize> {
        let whole = |row: usize, column: usize| {
            self.rows[row].get(column).is_some_and(|c| !c.is_empty() && c.bytes().all(|b| b.is_ascii_digit()))
        };
        (0..self.columns()).filter(|&c| self.data().all(|row| whole(row, c))).collect()
    }
}

/// A changed file: what was done, the bytes, and whether one cell alone was changed, in which line.
struct Copy {
    habit: String,
    bytes: Vec<u8>,
    cell_at: Option<u64>,
}

fn whole(habit: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Copy {
    Copy { habit: habit.into(), bytes: bytes.into(), cell_at: None }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Habits of any text.
fn of_text(text: &str) -> Vec<Copy> {
    let middle = text[..text.len() / 2].rfind('\n').map_or(0, |at| at + 1);
    let (first, second) = text.split_at(middle);
    vec![
        whole("mark of UTF-8", format!("\u{feff}{text}")),
        whole("\\r\\n", text.replace('\n', "\r\n")),
        whole("mark of UTF-8 and \\r\\n", format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        whole("two members of gzip", [gzip(first), gzip(second)].concat()),
        whole("blank lines at the end", format!("{text}\n\r\n\n")),
        whole("no end of the last line", text.trim_end().to_owned()),
    ]
}

/// Habits of whole tables.
fn of_table(table: &Table) -> Vec<Copy> {
    let decimals = |cell: &mut String| {
        if cell.contains('.') && cell.parse::<f64>().is_ok() {
            *cell = cell.replace('.', ",");
        }
    };
    let comma = table.each(|_, row| row.iter_mut().for_each(decimals));
    let mut copies = vec![
        whole("semicolons and decimal commas", comma.text(';', false)),
        whole("decimal commas", comma.plain()),
        whole(
            "blanks around cells",
            table.each(|_, row| row.iter_mut().for_each(|c| *c = format!(" {c} "))).plain(),
        ),
    ];
    if table.delimiter == ',' {
        copies.push(whole("everything in quotes", table.text(',', true)));
        copies.push(whole(
            "mark of UTF-8 and quotes",
            format!("\u{feff}{}", table.text(',', true).replace('\n', "\r\n")),
        ));
    }
    let mut empty = table.rows.clone();
    empty.push(vec![String::new(); table.columns()]);
    copies.push(whole("a row of empty cells at the end", Table { rows: empty, ..*table }.plain()));
    let mut turned = table.rows.clone();
    turned[table.data()].reverse();
    copies.push(whole("rows in another order", Table { rows: turned, ..*table }.plain()));
    if table.header {
        copies.extend(of_header(table));
    }
    for column in table.whole_columns() {
        let name = if table.header { table.rows[0][column].clone() } else { column.to_string() };
        copies
            .push(whole(format!("column {name} as 1.0"), table.column(column, |c| format!("{c}.0")).plain()));
        copies.push(whole(format!("column {name} as 01"), table.column(column, |c| format!("0{c}")).plain()));
    }
    copies
}

/// Habits of tables with names of columns.
fn of_header(table: &Table) -> Vec<Copy> {
    let extra = |name: &str, cell: &str| {
        table.each(|at, row| row.push(if at == 0 { name.to_owned() } else { cell.to_owned() }))
    };
    let mut latin = extra("remark", "caf@").plain().into_bytes();
    latin.iter_mut().filter(|b| **b == b'@').for_each(|b| *b = 0xE9);
    let upper = |at: usize, row: &mut Vec<String>| {
        if at == 0 {
            row.iter_mut().for_each(|name| *name = name.to_uppercase());
        }
    };
    let mut copies = vec![
        whole("names of columns in capitals", table.each(upper).plain()),
        whole("columns in another order", table.each(|_, row| row.reverse()).plain()),
        whole(
            "a column before the others",
            table.each(|at, row| row.insert(0, if at == 0 { String::new() } else { at.to_string() })).plain(),
        ),
        whole("Latin-1 in a column of no use", latin),
    ];
    if table.delimiter == ',' {
        copies.push(whole("a line end in quotes", extra("note", "one\ntwo").plain()));
        copies.push(whole(
            "\\r\\n and a line end in quotes",
            extra("note", "one\ntwo").plain().replace('\n', "\r\n"),
        ));
    }
    copies
}

/// Columns of names and words, in which any word is a value.
const NAMES: [&str; 15] = [
    "street",
    "crossing",
    "link_id",
    "uniqueid",
    "link",
    "route",
    "Fwy",
    "region",
    "region_name",
    "control",
    "person",
    "HHID",
    "zone",
    "COUNTY_NAME",
    "state",
];
/// Columns of numbers that may be below 0.
const SIGNED: [&str; 12] = [
    "lon",
    "lat",
    "longitude",
    "latitude",
    "Longitude",
    "Latitude",
    "x_m",
    "y_m",
    "income",
    "income_usd",
    "x_coord",
    "y_coord",
];
/// Columns in which an empty cell says something: no name, no route, nobody's mode, no spread over days.
const MAY_BE_EMPTY: [&str; 13] = [
    "street",
    "crossing",
    "region_name",
    "control",
    "modes",
    "volume_sd",
    "sd_flow",
    "speed_mps",
    "STUDYING",
    "person",
    "industry",
    "paper_jsd",
    "paper_output_minutes",
];

/// Habits of single cells of the first row: no value, in the words of several programs, and times of no day.
fn of_cells(table: &Table) -> Vec<Copy> {
    let mut copies = Vec::new();
    let row = table.data().start;
    for column in 0..table.columns() {
        let name = if table.header { table.rows[0][column].clone() } else { column.to_string() };
        for word in ["", "NA", "NaN", "-30", "24:00", "25:30", "x"] {
            let is = |list: &[&str]| list.contains(&name.as_str());
            let missing = matches!(word, "" | "NA" | "NaN");
            let legal =
                (is(&NAMES) && !missing) || (is(&SIGNED) && word == "-30") || (is(&MAY_BE_EMPTY) && missing);
            if legal {
                continue;
            }
            let mut rows = table.rows.clone();
            rows[row][column] = word.to_owned();
            let name = &name;
            copies.push(Copy {
                habit: format!("{word:?} in column {name}"),
                bytes: Table { rows, ..*table }.plain().into_bytes(),
                cell_at: Some(row as u64 + 1),
            });
        }
    }
    copies
}

/// All copies of a file.
fn copies(name: &str, text: &str) -> Vec<Copy> {
    let mut all = of_text(text);
    if let Some(table) = Table::of(name, text) {
        all.extend(of_table(&table));
        all.extend(of_cells(&table));
    }
    all
}

/// What warnings say, without their file.
fn words(warnings: &[Warning]) -> Vec<(String, u64)> {
    warnings.iter().map(|w| (w.what.clone(), w.count)).collect()
}

/// What is wrong with the outcome of a copy, if anything is.
fn wrong(good: &(Vec<String>, Vec<Warning>), found: Outcome, copy: &Copy) -> Option<String> {
    match found {
        Err(error) if error.exit_code() != 2 => Some(format!("is refused as no fault of the input: {error}")),
        Err(engine::Error::Input(fault)) => {
            let line = fault.record.parse::<u64>().ok();
            let at = line.zip(copy.cell_at).filter(|(line, at)| line != at && *line != 1);
            // A later row may be what contradicts the changed one.
            at.filter(|(line, at)| line < at).map(|_| format!("names a wrong line: {fault}"))
        }
        Err(_) => None,
        Ok((lines, warnings)) => {
            let refused = !too_much_unknown(&warnings, ALLOWED_UNKNOWN).is_empty();
            let told = copy.cell_at.is_some() && words(&warnings) != words(&good.1);
            (lines != good.0 && !refused && !told).then(|| {
                let new = lines
                    .iter()
                    .find(|line| !good.0.contains(line))
                    .cloned()
                    .unwrap_or_else(|| "fewer lines".into());
                format!("gives another result in silence: {new}")
            })
        }
    }
}

/// Tries every `step`th copy of each file of a reader, from the `first` one.
fn exercise(reader: &Reader, first: usize, step: usize) -> Vec<String> {
    let files: Vec<(&str, &str)> = reader.files.iter().map(|(n, t)| (*n, t.as_str())).collect();
    let folder = crate::testing::folder_of(&files);
    let read = |folder: &Path| (reader.read)(folder);
    let good = read(folder.path()).unwrap();
    let mut found = Vec::new();
    for (name, text) in &files {
        for copy in copies(name, text).iter().skip(first).step_by(step) {
            std::fs::write(folder.path().join(name), &copy.bytes).unwrap();
            if let Some(what) = wrong(&good, read(folder.path()), copy) {
                found.push(format!("{} at {name}: {} {what}", reader.name, copy.habit));
            }
        }
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    found
}

#[test]
fn habits_of_real_files_never_give_another_result_in_silence() {
    let found: Vec<String> =
        all().iter().enumerate().flat_map(|(at, reader)| exercise(reader, at % 7, 7)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
#[ignore = "the whole of what habits_of_real_files_never_give_another_result_in_silence samples"]
fn all_habits_of_real_files_never_give_another_result_in_silence() {
    let found: Vec<String> = all().iter().flat_map(|reader| exercise(reader, 0, 1)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The canary: a reader that takes a semicolon for a part of a name, or an empty cell for nought, is found out.
#[test]
fn the_exercise_finds_a_silent_reader() {
    let silent = Reader::new("t", &[("t.csv", "id,n\n1,2.5\n")], |folder| {
        let text = String::from_utf8_lossy(&std::fs::read(folder.join("t.csv")).unwrap()).into_owned();
        let cells = text.lines().skip(1).flat_map(|line| line.split(',').map(|c| c.parse().unwrap_or(0.0)));
        Ok((vec![format!("{:?}", cells.collect::<Vec<f64>>())], Vec::new()))
    });
    let found = exercise(&silent, 0, 1);
    for habit in ["semicolons", "\"NA\" in column n", "columns in another order"] {
        assert!(found.iter().any(|what| what.contains(habit)), "{habit} is not among {found:?}");
    }
}
