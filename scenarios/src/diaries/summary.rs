//! What a survey adds up to, weighted as the survey says, and in one line that a person can check against print.

use engine::activity::Activity;
use engine::activity::diary::{Diary, Survey};
use netconvert::survey::Totals;
use serde::Serialize;

/// How much of an activity a survey holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// Which.
    pub activity: &'static str,
    /// Mean minutes a day.
    pub minutes: f64,
    /// Share of person-days that hold it.
    pub participation: f64,
    /// Mean episodes a day.
    pub episodes: f64,
}

/// Means over the person-days of a survey. Each day counts by the survey's weight of its person, and all alike where a
/// survey has no weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Person-days.
    pub days: usize,
    /// Whether the days have different weights.
    pub weighted: bool,
    /// Trips a person and day: of the survey's own weights of trips where it has such, else the departures of the days, of
    /// which those after midnight are cut.
    pub trips: f64,
    /// Whether `trips` is of the survey's own weights of trips.
    pub trips_by_weights_of_trips: bool,
    /// Minutes of work a day of those who have a job; `None` where the survey does not tell of anybody.
    pub work_min_a_worker: Option<f64>,
    /// Share of the person-days that are spent at home.
    pub at_home: f64,
    /// All 15 activities in the order of their codes, also those that nobody does.
    pub activities: Vec<Share>,
}

/// Mean of a number over days, weighted.
fn mean<'a>(days: impl Iterator<Item = &'a Diary> + Clone, of: impl Fn(&Diary) -> f64) -> f64 {
    let weight: f64 = days.clone().map(|day| f64::from(day.weight)).sum();
    let sum = days.fold(0.0, |sum, day| sum + f64::from(day.weight) * of(day));
    if weight > 0.0 { sum / weight } else { 0.0 }
}

/// Minutes that a day holds of an activity.
fn minutes(day: &Diary, activity: Activity) -> f64 {
    let of = day.chain.0.iter().filter(|e| e.activity == activity);
    of.fold(0.0, |sum, e| sum + f64::from(e.end_s - e.start_s) / 60.0)
}

/// Adds a survey up.
pub fn of(survey: &Survey, totals: Option<Totals>) -> Summary {
    let days = survey.diaries.iter();
    let count = |day: &Diary, activity| day.chain.0.iter().filter(|e| e.activity == activity).count() as f64;
    let share = |activity: Activity| Share {
        activity: activity.label(),
        minutes: mean(days.clone(), |day| minutes(day, activity)),
        participation: mean(days.clone(), |day| f64::from(u8::from(count(day, activity) > 0.0))),
        episodes: mean(days.clone(), |day| count(day, activity)),
    };
    let by_weights = totals.filter(|totals| totals.persons > 0.0).map(|t| t.trips_a_day / t.persons);
    let departures = || mean(days.clone(), |day| day.chain.0.len().saturating_sub(1) as f64);
    let workers = days.clone().filter(|day| day.employed == Some(true));
    let first = survey.diaries.first().map(|day| day.weight);
    Summary {
        days: survey.diaries.len(),
        weighted: days.clone().any(|day| Some(day.weight) != first),
        trips: by_weights.unwrap_or_else(departures),
        trips_by_weights_of_trips: by_weights.is_some(),
        work_min_a_worker: (workers.clone().next().is_some())
            .then(|| mean(workers, |day| minutes(day, Activity::Work))),
        at_home: mean(days.clone(), |day| f64::from(u8::from(day.chain.0.len() == 1))),
        activities: Activity::ALL.map(share).into(),
    }
}

impl Summary {
    /// The line to check: `16,902 days, 2.28 trips a day, work 163 min a worker, stay-at-homes 26 % (weighted)`.
    pub fn line(&self) -> String {
        let work =
            self.work_min_a_worker.map_or_else(String::new, |min| format!(", work {min:.0} min a worker"));
        let how = match (self.weighted, self.trips_by_weights_of_trips) {
            (_, true) => "weighted by the survey, trips by their own weights",
            (true, false) => "weighted by the survey",
            (false, false) => "all days count alike",
        };
        format!(
            "{} days, {:.2} trips a day{work}, stay-at-homes {:.0} % ({how})",
            thousands(self.days),
            self.trips,
            self.at_home * 100.0
        )
    }
}

/// `16979` as `16,979`.
fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::activity::{Chain, Episode};
    use engine::people::Sex;

    fn diary(weight: f32, employed: bool, parts: &[(Activity, u32)]) -> Diary {
        let mut start_s = 0;
        let episode = |&(activity, hours): &(Activity, u32)| {
            let end_s = start_s + hours * 3600;
            let episode = Episode { activity, start_s, end_s };
            start_s = end_s;
            episode
        };
        Diary {
            person: "p".into(),
            weekday: None,
            age: None,
            sex: Sex::Unknown,
            employed: Some(employed),
            student: None,
            weight,
            chain: Chain(parts.iter().map(episode).collect()),
        }
    }

    #[test]
    fn days_count_by_their_weight() {
        use Activity::{Home, Work};
        let worked = [(Home, 8), (Work, 8), (Home, 8)];
        let diaries = vec![
            diary(3.0, true, &worked),
            diary(1.0, true, &[(Home, 24)]),
            diary(4.0, false, &[(Home, 24)]),
        ];
        let survey = Survey { diaries, ..Survey::default() };
        let found = of(&survey, None);
        assert_eq!((found.trips, found.at_home, found.work_min_a_worker), (0.75, 0.625, Some(360.0)));
        let work = &found.activities[1];
        assert_eq!((work.minutes, work.participation, work.episodes), (180.0, 0.375, 0.375));
        assert_eq!(
            found.line(),
            "3 days, 0.75 trips a day, work 360 min a worker, stay-at-homes 62 % (weighted by the survey)"
        );
        let totals = Totals { persons: 8.0, trips_a_day: 20.0 };
        assert!(of(&survey, Some(totals)).line().contains("2.50 trips a day"));
        let none = of(&Survey::default(), None);
        assert_eq!(none.line(), "0 days, 0.00 trips a day, stay-at-homes 0 % (all days count alike)");
        assert_eq!(
            (thousands(999), thousands(16_979), thousands(1_234_567)),
            ("999".into(), "16,979".into(), "1,234,567".into())
        );
    }
}
