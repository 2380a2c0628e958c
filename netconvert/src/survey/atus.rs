//! The American Time Use Survey as the Bureau of Labor Statistics publishes it: spells with clock times
//! (`atusact…`: `TUCASEID`, `TUSTARTTIM`, `TUSTOPTIME`, `TEWHERE` and `TRCODEP`, `TRCODE` or the three tiers),
//! the roster (`atusrost…`: `TEAGE`, `TESEX`; line 1 is the respondent) and the respondents (`atusresp…`:
//! `TELFS`, `TUDIARYDAY`, the weight). One day a person, from 4:00 to 4:00. (The totals of minutes without clock
//! times are read by [`super::time_use`].)
//!
//! `TEWHERE` 1 is home; 12-21 and 99, and codes 18, are travel. Where the place is not told (sleep, washing) the
//! spell belongs to the stay around it.
//!
//! | column | codes, as they count here |
//! |---|---|
//! | `TEWHERE` | 1 home; 12-21 and 99 travel; other positive numbers: elsewhere, each its own kind of place; below 1: not stated |
//! | `TRCODEP` or `TRCODE`, else the tiers | six digits, tier 1, 2 and 3 of two each; 18xxyy travel for xxyy |
//! | `TELFS` | 1 at work, 2 absent from work: has a job; 3, 4 unemployed, 5 not in the labor force: has none |
//! | `TUDIARYDAY` | 1 Sunday … 7 Saturday |
//! | `TESEX` | 1 male, 2 female |
//!
//! Names of columns are matched in any case. Left out and counted: diaries with a spell whose times are not
//! stated, diaries that do not run from 4:00 to 4:00, and diaries of respondents of whom neither age nor sex is
//! known. Enrolment is not read.

use super::intake::Intake;
use super::nhts::sex_of;
use super::spell::{Spell, Where, chain, diary_min};
use super::table::{age, clock_min, code, need, number, read, weight};
use super::{Reading, Survey};
use crate::purpose::{Meaning, Purposes};
use engine::Result;
use engine::activity::diary::Diary;
use engine::people::Sex;
use std::collections::BTreeMap;
use std::path::Path;

/// A diary: its spells, each with its place where that is told, and what is wrong with its rows.
#[derive(Default)]
struct Told {
    /// Spells in the order of the file, and whether each states its place.
    spells: Vec<(Spell, bool)>,
    /// The reason to leave the diary out, where there is one.
    fault: Option<&'static str>,
}

/// Reads the folder as a survey named `atus`.
///
/// # Errors
/// A [`engine::Fault`] where one of the three tables, or one of their columns, is missing.
pub(crate) fn survey(folder: &Path) -> Result<Reading> {
    let mut intake = Intake::new(folder);
    let path = need(folder, "ATUS activities with clock times", |name| name.contains("atusact"))?;
    let told = spells(&path, &mut intake)?;
    let mut persons = persons(folder, &mut intake)?;
    let mut diaries = Vec::with_capacity(told.len());
    for (key, told) in told {
        let day = match told.fault {
            Some(fault) => Err(fault),
            None => chain(settle(told.spells)),
        };
        let day =
            day.and_then(|chain| Ok((chain, persons.remove(&key).ok_or("the person is not in the tables")?)));
        diaries.extend(intake.day(&key, day).map(|(chain, who)| Diary { chain, ..who }));
    }
    Ok(Reading {
        survey: Survey { name: "atus".into(), travellers_only: false, diaries },
        intake,
        totals: None,
    })
}

/// Gives a spell whose place is not told the place before it, or at the beginning the one after it. Sleep and
/// washing, for which the survey does not ask the place, thus belong to the stay around them. Where the person sets out before
/// any place is stated (slept, washed, went to work), or none is stated at all, the day began at home.
fn settle(mut spells: Vec<(Spell, bool)>) -> Vec<Spell> {
    spells.sort_by_key(|(spell, _)| (spell.from_min, spell.to_min));
    let first = spells.iter().find(|(_, told)| *told).map(|(spell, _)| spell.place);
    let mut here = first.filter(|place| *place != Where::Travel).unwrap_or(Where::Home);
    let mut settled = Vec::with_capacity(spells.len());
    for (mut spell, told) in spells {
        if !told {
            spell.place = here;
        } else if spell.place != Where::Travel {
            here = spell.place;
        }
        settled.push(spell);
    }
    settled
}

/// The spells by diary (`TUCASEID`).
fn spells(path: &Path, intake: &mut Intake) -> Result<BTreeMap<String, Told>> {
    let purposes = Purposes::of("atus");
    let mut all: BTreeMap<String, Told> = BTreeMap::new();
    let columns = [
        "TUCASEID",
        "TUSTARTTIM",
        "TUSTOPTIME",
        "TEWHERE",
        "?TRCODEP|TRCODE|TUTRCODE",
        "?TUTIER1CODE|TRTIER1P",
        "?TUTIER2CODE",
        "?TUTIER3CODE",
    ];
    read(path, &columns, intake, |[key, from, to, place, what, one, two, three], intake| {
        if key.is_empty() {
            return Err("TUCASEID");
        }
        let what = match number(what, 0.0, 999_999.0) {
            Some(what) => format!("{:06}", what as u32),
            None => [one, two, three].map(|tier| format!("{:0>2}", code(tier))).concat(),
        };
        let told = all.entry(code(key).to_owned()).or_default();
        let (Some(from), Some(to)) = (clock_min(from), clock_min(to)) else {
            told.fault = Some("a time is not told");
            return Err("a time");
        };
        let place = number(place, -9.0, 99.0).unwrap_or(-1.0) as i32;
        let travels = what.starts_with("18") || matches!(place, 12..=21 | 99);
        let meaning = purposes.longest(&what);
        intake.noted.whole("activities", 1);
        if meaning.is_none() && !travels {
            let said =
                format!("an activity of the code {what:?}, which is not known, says nothing about the stay");
            intake.noted.unknown("activities", said, key);
        }
        let (from_min, mut to_min) = (diary_min(from % 1440, false), diary_min(to % 1440, true));
        // The last spell may go on after the diary's end.
        if to_min < from_min {
            to_min = 1680;
        }
        let spell = Spell {
            from_min,
            to_min,
            place: match place {
                _ if travels => Where::Travel,
                1 => Where::Home,
                other => Where::Away(other.unsigned_abs() as u16),
            },
            activity: match meaning {
                // What is done at home is done elsewhere as a visit to somebody.
                Some(Meaning::Activity(engine::activity::Activity::Home)) | None => None,
                Some(Meaning::Activity(activity)) => Some(activity),
                Some(_) => None,
            },
        };
        told.spells.push((spell, travels || place > 0));
        Ok(())
    })?;
    Ok(all)
}

/// Respondents by diary, without their day. The roster lists all members of the household, of whom line 1 kept
/// the diary.
fn persons(folder: &Path, intake: &mut Intake) -> Result<BTreeMap<String, Diary>> {
    let mut persons = BTreeMap::new();
    let roster = need(folder, "the ATUS roster", |name| name.contains("atusrost"))?;
    read(&roster, &["TUCASEID", "TULINENO", "TEAGE", "TESEX"], intake, |[key, line, years, sex], _| {
        if code(line) == "1" {
            let who = Diary {
                person: code(key).to_owned(),
                weekday: None,
                age: age(years)?,
                sex: sex_of(sex),
                employed: None,
                student: None,
                weight: 1.0,
                chain: engine::activity::Chain::default(),
            };
            persons.insert(code(key).to_owned(), who);
        }
        Ok(())
    })?;
    let respondents = need(folder, "the ATUS respondents", |name| name.contains("atusresp"))?;
    let columns = ["TUCASEID", "TELFS", "TUDIARYDAY", "?TUFNWGTP|TUFINLWGT"];
    read(&respondents, &columns, intake, |[key, work, day, weighs], _| {
        if let Some(who) = persons.get_mut(code(key)) {
            // 1 at work, 2 absent, 3 and 4 unemployed, 5 not in the labor force; 1 is Sunday.
            who.employed = number(work, 1.0, 5.0).map(|work| work < 3.0);
            who.weekday = number(day, 1.0, 7.0).map(|day| (day as u8 + 5) % 7);
            who.weight = weight(weighs)?;
        }
        Ok(())
    })?;
    persons.retain(|_, who| who.age.is_some() || who.sex != Sex::Unknown);
    Ok(persons)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder_of;

    const SPELLS: &str = "tucaseid,tuactivity_n,tustarttim,tustoptime,trcodep,tewhere\n\
        20,1,04:00:00,08:00:00,010101,-1\n20,2,08:00:00,08:30:00,110101,1\n20,3,08:30:00,09:00:00,180501,12\n\
        20,4,09:00:00,17:00:00,050101,2\n20,5,17:00:00,17:20:00,180701,12\n20,6,17:20:00,18:00:00,070101,6\n\
        20,7,18:00:00,18:10:00,180701,12\n20,8,18:10:00,22:00:00,120303,1\n20,9,22:00:00,06:00:00,010101,-1\n\
        21,1,04:00:00,24:00:00,010101,-1\n";
    const ROSTER: &str = "TUCASEID,TULINENO,TEAGE,TESEX\n20,1,40,2\n20,2,9,1\n21,1,50,1\n";
    const RESPONDENTS: &str = "TUCASEID,TELFS,TUDIARYDAY,TUFNWGTP\n20,1,2,1000.5\n21,5,1,3\n";

    /// Whoever sets out after a night whose place nobody asked for has slept at home, not where the way led to.
    #[test]
    fn a_night_before_the_way_to_work_is_at_home() {
        let spells = "TUCASEID,TUSTARTTIM,TUSTOPTIME,TRCODEP,TEWHERE\n\
            20,04:00:00,07:00:00,010101,-1\n20,07:00:00,07:30:00,010201,-1\n20,07:30:00,08:00:00,180501,12\n\
            20,08:00:00,16:00:00,050101,2\n20,16:00:00,16:30:00,180501,12\n20,16:30:00,04:00:00,010101,1\n";
        let folder = folder_of(&[
            ("atusact_0321.dat", spells),
            ("atusrost_0321.dat", ROSTER),
            ("atusresp_0321.dat", RESPONDENTS),
        ]);
        let Reading { survey, .. } = survey(folder.path()).unwrap();
        let told: Vec<(u8, u32)> =
            survey.diaries[0].chain.0.iter().map(|e| (e.activity.code(), e.end_s / 60)).collect();
        assert_eq!(told, [(1, 450), (2, 960), (1, 1440)]);
    }

    #[test]
    fn a_small_survey_is_read() {
        let files =
            [("atusact_0321.dat", SPELLS), ("atusrost_0321.dat", ROSTER), ("atusresp_0321.dat", RESPONDENTS)];
        let folder = folder_of(&files);
        let Reading { survey, intake, .. } = survey(folder.path()).unwrap();
        let told: Vec<(u8, u32)> =
            survey.diaries[0].chain.0.iter().map(|e| (e.activity.code(), e.end_s / 60)).collect();
        assert_eq!(told, [(1, 510), (2, 1020), (5, 1080), (1, 1440)]);
        let who = &survey.diaries[0];
        assert_eq!(
            (who.age, who.sex, who.employed, who.weekday),
            (Some(40), Sex::Female, Some(true), Some(0))
        );
        assert_eq!((survey.diaries.len(), intake.days_found), (1, 2), "{intake:?}");
    }
}
