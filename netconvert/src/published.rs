//! Files as their publishers give them, turned into the tables that scenarios name: what `wayfare fetch` converts by itself.
//! The results have checksums of their own, so one that differs by a bit is found.

use crate::r_data::{Column, read_frame};
use engine::{Error, Fault, Result};
use shapefile::dbase::{FieldValue, Record};
use std::io::Write;
use std::path::Path;

/// A number in the table of PeMS' typical weekday, by its column.
#[derive(Clone, Copy)]
enum Digits {
    /// A whole number.
    Whole,
    /// As it is.
    All,
    /// Rounded to so many decimals, halves to even.
    Decimals(i32),
}

/// Columns of [`pems_typical`], in the order of the result.
const PEMS: [(&str, Digits); 19] = [
    ("station", Digits::Whole),
    ("district", Digits::Whole),
    ("route", Digits::Whole),
    ("direction", Digits::All),
    ("type", Digits::All),
    ("hour", Digits::Whole),
    ("lanes", Digits::Whole),
    ("median_flow", Digits::Decimals(1)),
    ("avg_flow", Digits::Decimals(1)),
    ("sd_flow", Digits::Decimals(1)),
    ("median_speed", Digits::Decimals(1)),
    ("avg_speed", Digits::Decimals(1)),
    ("median_occup", Digits::Decimals(4)),
    ("days_observed", Digits::Whole),
    ("state_pm", Digits::All),
    ("abs_pm", Digits::All),
    ("latitude", Digits::Decimals(6)),
    ("longitude", Digits::Decimals(6)),
    ("year", Digits::Whole),
];

/// Hourly means of PeMS' typical weekday, from the data frame of R that MTC publishes (`pems_hour_d04_2017.RDS`), as the CSV
/// that [`crate::pems::read_hourly_typical`] reads. Flows and speeds have one decimal there, occupancies
/// four, degrees six.
///
/// # Errors
/// A [`Fault`] for a file that is no such table.
pub fn pems_typical(rds: &Path, out: &mut dyn Write) -> Result<()> {
    let frame = read_frame(rds)?;
    let find = |(name, digits): (&str, Digits)| {
        let found = frame.iter().find(|(known, _)| known == name).map(|(_, column)| (column, digits));
        found.ok_or_else(|| {
            Fault::new(rds, name, "the column is missing").expected("PeMS' hours of a typical weekday")
        })
    };
    let columns = PEMS.into_iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let n = match columns[0].0 {
        Column::Numbers(values) => values.len(),
        Column::Texts(values) => values.len(),
    };
    let row = |at: usize| columns.iter().map(|(column, digits)| cell(column, at, *digits)).collect();
    write_csv(&PEMS.map(|(name, _)| name), (0..n).map(row), out)
}

/// A value as text, empty where it is missing.
fn cell(column: &Column, at: usize, digits: Digits) -> String {
    let number = match column {
        Column::Texts(values) => return values[at].clone().unwrap_or_default(),
        Column::Numbers(values) => values[at],
    };
    let Some(number) = number else { return String::new() };
    match digits {
        Digits::Whole => format!("{number:.0}"),
        Digits::All => format!("{number:?}"),
        Digits::Decimals(decimals) => {
            let scale = f64::from(10_i32.pow(decimals.unsigned_abs()));
            format!("{:?}", (number * scale).round_ties_even() / scale)
        }
    }
}

/// Columns of [`numbered_routes`] with the names that they have in the shapefile.
const ROUTES: [(&str, &str); 13] = [
    ("a", "A"),
    ("b", "B"),
    ("distance_mi", "DISTANCE"),
    ("lanes", "LANES"),
    ("ft", "FT"),
    ("at", "AT"),
    ("cap_vphpl_code", "CAP"),
    ("ffs_mph", "FFS"),
    ("fft_min", "FFT"),
    ("route", "ROUTENUM"),
    ("dir", "ROUTEDIR"),
    ("use", "USE"),
    ("city", "CITYNAME"),
];

/// Links of numbered routes, from the shapefile of MTC's Travel Model One (`TM1_numberedRoutes_wgs84.shp` with its `.dbf`), as
/// the CSV that [`crate::bay_area::read_routes`] reads. Points have six decimals of a degree.
///
/// # Errors
/// A [`Fault`] for a file that is no such shapefile.
pub fn numbered_routes(shp: &Path, out: &mut dyn Write) -> Result<()> {
    let fault =
        |what: String| Fault::new(shp, "", what).expected("the lines of numbered routes, with their .dbf");
    let mut reader = shapefile::Reader::from_path(shp).map_err(|e| fault(e.to_string()))?;
    let mut rows = Vec::new();
    for pair in reader.iter_shapes_and_records_as::<shapefile::Polyline, Record>() {
        let (line, record) = pair.map_err(|e| fault(e.to_string()))?;
        let mut row = Vec::with_capacity(ROUTES.len() + 1);
        for (_, name) in ROUTES {
            let value = record.get(name).ok_or_else(|| fault(format!("has no column {name}")))?;
            row.push(text(value));
        }
        let points = line.parts().iter().flatten().map(|p| format!("{:.6} {:.6}", p.x, p.y));
        row.push(points.collect::<Vec<_>>().join(";"));
        rows.push(row);
    }
    let header: Vec<&str> = ROUTES.iter().map(|(name, _)| *name).chain(["lonlat_path"]).collect();
    write_csv(&header, rows.into_iter(), out)
}

fn text(value: &FieldValue) -> String {
    match value {
        FieldValue::Numeric(Some(number)) if number.fract() == 0.0 => format!("{number:.0}"),
        FieldValue::Numeric(Some(number)) => format!("{number:?}"),
        FieldValue::Float(Some(number)) => format!("{number:?}"),
        FieldValue::Character(Some(text)) => text.trim().to_string(),
        _ => String::new(),
    }
}

fn write_csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>, out: &mut dyn Write) -> Result<()> {
    let fault = |e: csv::Error| Error::Other(format!("a converted table could not be written: {e}"));
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(header).map_err(fault)?;
    for row in rows {
        writer.write_record(row).map_err(fault)?;
    }
    writer.flush().map_err(|e| fault(e.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shapefile::dbase::TableWriterBuilder;

    #[test]
    fn numbers_are_written_as_publishers_of_csv_write_them() {
        let column = Column::Numbers(vec![Some(8.0), Some(68.35), Some(0.000_05), None]);
        let told = |digits| (0..4).map(|at| cell(&column, at, digits)).collect::<Vec<_>>();
        assert_eq!(told(Digits::Decimals(1)), ["8.0", "68.4", "0.0", ""]);
        assert_eq!(told(Digits::All), ["8.0", "68.35", "5e-5", ""]);
        assert_eq!(told(Digits::Whole)[0], "8");
    }

    #[test]
    fn lines_of_a_shapefile_become_rows_that_the_reader_of_routes_takes() {
        let folder = tempfile::tempdir().unwrap();
        let shp = folder.path().join("routes.shp");
        let name = |name: &str| name.try_into().unwrap();
        let mut table = TableWriterBuilder::new();
        for (_, field) in ROUTES {
            table = match field {
                "ROUTEDIR" | "CITYNAME" => table.add_character_field(name(field), 20),
                "DISTANCE" | "FFT" => table.add_float_field(name(field), 13, 11),
                _ => table.add_numeric_field(name(field), 10, 0),
            };
        }
        let mut writer = shapefile::Writer::from_path(&shp, table).unwrap();
        let mut record = Record::default();
        for (_, field) in ROUTES {
            record.insert(
                field.to_string(),
                match field {
                    "ROUTEDIR" => FieldValue::Character(Some("W".into())),
                    "CITYNAME" => FieldValue::Character(Some("Vacaville".into())),
                    "DISTANCE" | "FFT" => FieldValue::Float(Some(0.81)),
                    _ => FieldValue::Numeric(Some(80.0)),
                },
            );
        }
        let points = [(-121.969_358, 38.362_243), (-121.979_699, 38.3537)];
        let line = shapefile::Polyline::new(points.map(|(x, y)| shapefile::Point::new(x, y)).to_vec());
        writer.write_shape_and_record(&line, &record).unwrap();
        drop(writer);
        let mut bytes = Vec::new();
        numbered_routes(&shp, &mut bytes).unwrap();
        let told = String::from_utf8(bytes).unwrap();
        assert_eq!(
            told.lines().nth(1).unwrap(),
            "80,80,0.81,80,80,80,80,80,0.81,80,W,80,Vacaville,-121.969358 38.362243;-121.979699 38.353700"
        );
        let file = folder.path().join("routes.csv");
        std::fs::write(&file, told).unwrap();
        let projection = engine::projection::Projection::new(&engine::projection::Crs::Epsg(32_610)).unwrap();
        assert_eq!(crate::bay_area::read_routes(file, &projection).unwrap()[0].direction, 'W');
    }
}
