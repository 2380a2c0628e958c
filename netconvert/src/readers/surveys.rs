//! Readers of surveys: one small survey in the form of each.

use super::{Reader, digest};
use crate::survey::{Format, time_use, tour};

const NHTS17_PERSONS: &str = "HOUSEID,PERSONID,R_AGE,R_SEX,WORKER,CNTTDTR,OUTOFTWN,TRAVDAY,WTPERFIN,SCHTYP,PRMACT\n\
    3001,1,40,2,1,3,2,1,12.5,-1,1\n3001,2,9,1,-1,0,2,1,10,1,-1\n3002,1,20,1,2,2,2,2,11,-1,5\n";
const NHTS17_TRIPS: &str = "HOUSEID,PERSONID,TDTRPNUM,STRTTIME,WHYFROM,WHYTO,WTTRDFIN\n\
    3001,1,1,815,1,3,4562.5\n3001,1,2,1700,3,7,4562.5\n3001,1,3,1715,7,1,4562.5\n3002,1,1,900,1,8,4015\n3002,1,2,1500,8,1,4015\n";
const NHTS22_PERSONS: &str = "HOUSEID,PERSONID,WTPERFIN,WTPERFIN5D,WTPERFIN2D,R_AGE,R_SEX,WORKER,OUTOFTWN,PRMACT,SCHOOL1,SCHTYP,CNTTDTR,TRAVDAY\n\
    9001,1,100,90,0,40,2,1,2,-1,2,-1,2,3\n9001,2,110,95,0,8,1,-1,2,-1,1,1,0,3\n";
const NHTS22_TRIPS: &str = "HOUSEID,PERSONID,SEQ_TRIPID,STRTTIME,WHYFROM,WHYTO,WTTRDFIN\n\
    9001,1,1,800,1,3,40000\n9001,1,2,1730,3,1,40000\n";
const VISTA_PERSONS: &str = "PERSID,HHID,AGE,SEX,ANYWORK,STUDYING,NUMSTOPS,STARTPLACE,WDPERSWGT,WEPERSWGT\n\
    A1,A,40,F,Yes,No Study,2,Survey address,10.5,\nB1,B,30,M,Yes,Full-time TAFE/Uni,0,Survey address,,7\n";
const VISTA_TRIPS: &str = "PERSID,TRIPNO,STARTIME,ORIGPURP1,ORIGPURP2,DESTPURP1,DESTPURP2\n\
    A1,1,500,At Home,At home,Social,Ate or drank\nA1,2,1300,Social,Ate or drank,Go Home,Go home\n";
const VISTA_HOUSEHOLDS: &str = "HHID,TRAVDOW\nA,Saturday\nB,Monday\n";
const PSRC_PERSONS: &str = "hhno,pno,pptyp,pagey,pgend,pwtyp,pstyp\n7,1,1.0,40,2,1,0.0\n7,2,7.0,8,1,0,0.0\n";
const PSRC_TRIPS: &str = "pno,day,opurp,dpurp,deptm\n701,4,0.0,1.0,480\n701,4,1.0,0.0,1030\n702,4,0.0,2.0,500\n702,4,2.0,0.0,900\n";
const CMAP_PERSONS: &str =
    "sampno,perno,age,sex,emply_ask,wkstat,stude,wtperfin\n7,1,40,2,1,-1,3,9\n7,2,8,1,-1,6,1,8\n";
const CMAP_PLACES: &str = "sampno,perno,traveldayno,placeno,deptime,tpurp\n\
    7,1,1,1,2019-03-06 07:55:00,1\n7,1,1,2,2019-03-06 17:20:00,3\n7,1,1,3,2019-03-07 03:00:00,1\n7,2,1,1,2019-03-06 03:00:00,1\n";
const CMAP_HOUSEHOLDS: &str = "sampno,travdate\n7,2019-03-06\n";
const QTS_PERSONS: &str = "HHID,PERSID,AGEGROUP,SEX,MAINACT,STUDYING,STARTPLACE,ANYSTOPS,WORKSTATUS,PERSWGT19\n\
    7,7/1,9,female,Full-time Work,,home,1,workFullTime,3.5\n7,7/2,3,male,Primary School,primary,home,0,,2\n";
const QTS_TRIPS: &str =
    "PERSID,STARTSTOP,STARTIME,ORIGPURP,DESTPURP\n7/1,1,480,At Home,Eat/drink\n7/1,2,600,Eat/drink,Go home\n";
const QTS_HOUSEHOLDS: &str = "HHID,TRAVDATE,TRAVMONTH,TRAVYEAR\n7,6,11,2019\n";
const ATUS_SPELLS: &str = "TUCASEID,TUACTIVITY_N,TUSTARTTIM,TUSTOPTIME,TRCODEP,TEWHERE\n\
    20,1,04:00:00,08:30:00,010101,-1\n20,2,08:30:00,09:00:00,180501,12\n20,3,09:00:00,17:00:00,050101,2\n\
    20,4,17:00:00,17:20:00,180501,12\n20,5,17:20:00,04:00:00,120303,1\n21,1,04:00:00,04:00:00,120303,1\n";
const ATUS_ROSTER: &str = "TUCASEID,TULINENO,TEAGE,TESEX\n20,1,40,2\n20,2,9,1\n21,1,70,1\n";
const ATUS_RESPONDENTS: &str = "TUCASEID,TELFS,TUDIARYDAY,TUFNWGTP\n20,1,2,1000.5\n21,5,4,900.5\n";
const INDIA: &str = "gender,age,activity_code,activity_location,industry,time_from,time_to,person_id,mult\n\
    male,40,Night sleep/essential sleep,home,Trade,04:00,08:30,1_1,9\nmale,40,Commuting,fixed location,Trade,08:30,09:00,1_1,9\n\
    male,40,Eating meals/snack,fixed location,Trade,09:00,19:00,1_1,9\nmale,40,Night sleep/essential sleep,home,Trade,19:00,04:00,1_1,9\n\
    female,30,Night sleep/essential sleep,home,Trade,04:00,04:00,1_3,8\n";
const TOTALS: &str = "tucaseid,tiercode,dur\n1,10101,900\n1,50101,500\n1,180501,40\n2,120303,1440\n";
const TOTALS_CPS: &str = "tucaseid,state,sex,age\n1,CA,male,40\n2,CA,male,50\n";
const TOTALS_RESP: &str =
    "tucaseid,labor_status,student_status,wt\n1,employed-at work,,1\n2,employed-absent,,3\n";
const TARGETS: &str = "region,group,worker,activity,tus_minutes,paper_output_minutes,paper_jsd\n\
    LA,Young Male,worker,1:Home,800,790,0.01\nLA,Young Male,worker,2:Work,640,650,0.01\n";
const TOUR_PERSONS: &str = "hhno,pno,pagey,psexpfac\n1,1,40,2\n2,1,10,1\n";
const TOURS: &str = "pno,pdpurp,tmodetp,parent\n101,1,3,0\n101,5,4,0\n201,2,4,0\n";

/// The lists of a group's target, which stand in an order of their own.
fn target(target: &engine::activity::time_use::Target) -> String {
    let minutes = target.minutes.iter().map(|(a, m)| format!("{a:?} {m:.6}")).collect::<Vec<_>>();
    format!(
        "{} {} {minutes:?} {:?} {:?} {:?}",
        target.region,
        target.group.name(),
        target.ever,
        target.paper_minutes,
        target.paper_jsd
    )
}

/// The survey of a format.
macro_rules! survey {
    ($name:literal, $format:expr, $($file:literal => $text:expr),+) => {
        Reader::new(concat!("survey::format::read ", $name), &[$(($file, $text)),+], |folder| {
            $format.read(folder).map(digest::survey)
        })
    };
}

pub(super) fn readers() -> Vec<Reader> {
    vec![
        survey!("nhts2017", Format::Nhts2017, "perpub.csv" => NHTS17_PERSONS, "trippub.csv" => NHTS17_TRIPS),
        survey!("nhts2022", Format::Nhts2022, "perv2pub.csv" => NHTS22_PERSONS, "tripv2pub.csv" => NHTS22_TRIPS),
        survey!("vista", Format::Vista, "p_vista.csv" => VISTA_PERSONS, "t_vista.csv" => VISTA_TRIPS,
            "h_vista.csv" => VISTA_HOUSEHOLDS),
        survey!("psrc2017", Format::Psrc2017, "person17.csv" => PSRC_PERSONS, "trip17.csv" => PSRC_TRIPS),
        survey!("cmap", Format::Cmap, "person.csv" => CMAP_PERSONS, "place.csv" => CMAP_PLACES,
            "household.csv" => CMAP_HOUSEHOLDS),
        survey!("queensland", Format::Queensland, "2_QTS_PERSONS.csv" => QTS_PERSONS, "5_QTS_TRIPS.csv" => QTS_TRIPS,
            "1_QTS_HOUSEHOLDS.csv" => QTS_HOUSEHOLDS),
        survey!("atus", Format::Atus, "atusact_0321.csv" => ATUS_SPELLS, "atusrost_0321.csv" => ATUS_ROSTER,
            "atusresp_0321.csv" => ATUS_RESPONDENTS),
        survey!("india-tus", Format::IndiaTus, "india_tus.csv" => INDIA),
        Reader::new(
            "survey::time_use::read_totals",
            &[("atusact.csv", TOTALS), ("atuscps.csv", TOTALS_CPS), ("atusresp.csv", TOTALS_RESP)],
            |folder| {
                let (found, intake) = time_use::read_totals(folder, Some("CA"), "X")?;
                Ok(digest::lines(found.targets.iter().map(target), digest::told(&intake)))
            },
        ),
        Reader::new("survey::time_use::read_targets", &[("targets.csv", TARGETS)], |folder| {
            let found = time_use::read_targets(&folder.join("targets.csv"))?;
            Ok(digest::lines(found.iter().map(target), Vec::new()))
        }),
        Reader::new(
            "survey::tour::read_daysim",
            &[("person17.csv", TOUR_PERSONS), ("tour17.csv", TOURS)],
            |folder| {
                let ((tours, drivers), intake) = tour::read_daysim(folder)?;
                let drivers = drivers.map(digest::number);
                let lines = digest::each(&tours).into_iter().chain([format!("{drivers:?}")]);
                Ok(digest::lines(lines, digest::told(&intake)))
            },
        ),
    ]
}
