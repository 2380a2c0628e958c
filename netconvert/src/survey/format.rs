//! The surveys that can be read, by name, and which of them a folder holds.

use super::nhts::{self, Year};
use super::{Reading, atus, cmap, india, psrc, queensland, vista};
use engine::people::Sex;
use engine::{Fault, Result, disk};
use std::path::Path;

/// A survey's file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// National Household Travel Survey of the United States, 2017.
    Nhts2017,
    /// The same, 2022.
    Nhts2022,
    /// Victorian Integrated Survey of Travel and Activity, tables of persons, trips and households.
    Vista,
    /// Puget Sound Regional Council 2017, in the format of DaySim.
    Psrc2017,
    /// My Daily Travel 2018-19, Chicago Metropolitan Agency for Planning.
    Cmap,
    /// Queensland Household Travel Survey 2017-2020.
    Queensland,
    /// American Time Use Survey, spells with clock times.
    Atus,
    /// Time Use Survey 2024 of India.
    IndiaTus,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Nhts2017,
        Self::Nhts2022,
        Self::Vista,
        Self::Psrc2017,
        Self::Cmap,
        Self::Queensland,
        Self::Atus,
        Self::IndiaTus,
    ];

    /// Its name, which is also its survey's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nhts2017 => "nhts2017",
            Self::Nhts2022 => "nhts2022",
            Self::Vista => "vista",
            Self::Psrc2017 => "psrc2017",
            Self::Cmap => "cmap",
            Self::Queensland => "queensland",
            Self::Atus => "atus",
            Self::IndiaTus => "india-tus",
        }
    }

    /// The format of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether a file name (lower case) is that of the format's table of trips, places or spells.
    /// Names are enough to know these surveys apart: nothing is opened.
    fn fits(self, name: &str) -> bool {
        match self {
            Self::Nhts2017 => name.contains("trippub"),
            Self::Nhts2022 => name.contains("tripv2pub"),
            Self::Vista => name.contains("trips_vista") || name.starts_with("t_vista"),
            Self::Psrc2017 => name.starts_with("trip17"),
            Self::Cmap => name.trim_end_matches(".gz").trim_end_matches(".csv").ends_with("place"),
            Self::Queensland => name.contains("qts_trips"),
            // The file of totals (`atusact.csv`) has no clock times.
            Self::Atus => name.starts_with("atusact_") || name.starts_with("atusact-"),
            Self::IndiaTus => name.contains("india_tus"),
        }
    }

    /// The formats of which a folder (or file) holds the table of trips.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn detect(path: &Path) -> Result<Vec<Self>> {
        let files = if path.is_dir() { disk::list(path)? } else { vec![path.to_path_buf()] };
        let names: Vec<String> = files
            .iter()
            .map(|file| file.file_name().unwrap_or_default().to_string_lossy().to_lowercase())
            .collect();
        Ok(Self::ALL.into_iter().filter(|format| names.iter().any(|name| format.fits(name))).collect())
    }

    /// Reads the survey from its folder (or, where it is one table, its file).
    ///
    /// # Errors
    /// A [`Fault`] where a table or column is missing, or a file is cut short or too large.
    pub fn read(self, path: &Path) -> Result<Reading> {
        let mut reading = match self {
            Self::Nhts2017 => nhts::survey(path, Year::Y2017),
            Self::Nhts2022 => nhts::survey(path, Year::Y2022),
            Self::Vista => vista::survey(path),
            Self::Psrc2017 => psrc::survey(path),
            Self::Cmap => cmap::survey(path),
            Self::Queensland => queensland::survey(path),
            Self::Atus => atus::survey(path),
            Self::IndiaTus => india::survey(path),
        }?;
        note_what_is_not_told(&mut reading);
        Ok(reading)
    }
}

/// Counts the days of whose person an age, a sex and so on is not known, with their share: the cell was empty, or held a
/// code that says nothing.
fn note_what_is_not_told(reading: &mut Reading) {
    let Reading { survey, intake, .. } = reading;
    let weighted = survey.diaries.iter().any(|day| day.weight != 1.0);
    for day in &survey.diaries {
        let missing = [
            ("the age of the person is not known", day.age.is_none()),
            ("the sex of the person is not known", day.sex == Sex::Unknown),
            ("whether the person has a job is not known", day.employed.is_none()),
            ("whether the person is enrolled is not known", day.student.is_none()),
            ("the day of the week is not known", day.weekday.is_none()),
            ("the weight is 1, as where none is told", weighted && day.weight == 1.0),
        ];
        for (what, _) in missing.into_iter().filter(|(_, missing)| *missing) {
            intake.noted.part("days", what, &day.person);
        }
    }
}

/// Reads the survey that a folder holds, of the format that is named or of the only one that fits.
///
/// # Errors
/// A [`Fault`] where no format fits, several do and none is named, or the survey cannot be read.
pub fn read(path: &Path, format: Option<Format>) -> Result<Reading> {
    let names = |formats: &[Format]| formats.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ");
    if !path.exists() {
        return Err(Fault::new(path, "", "no such file or folder").advice("check the path").into());
    }
    if let Some(format) = format {
        return format.read(path);
    }
    match Format::detect(path)?.as_slice() {
        [format] => format.read(path),
        [] => Err(Fault::new(path, "", "holds no survey that is known")
            .expected(format!("the tables of one of {}", names(&Format::ALL)))
            .into()),
        several => Err(Fault::new(path, "", format!("holds several surveys: {}", names(several)))
            .expected("one")
            .advice(format!("name it, e.g. {}={}", several[0].name(), path.display()))
            .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder_of;

    #[test]
    fn formats_are_found_and_named() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Some(format));
        }
        let folder = folder_of(&[("trippub.csv", ""), ("5_QTS_TRIPS.csv", ""), ("notes.md", "")]);
        assert_eq!(Format::detect(folder.path()).unwrap(), [Format::Nhts2017, Format::Queensland]);
        let several = read(folder.path(), None).unwrap_err();
        assert!(several.to_string().contains("nhts2017, queensland"), "{several}");
        let none = folder_of(&[]);
        assert_eq!(read(none.path(), None).unwrap_err().exit_code(), 2);
    }
}
