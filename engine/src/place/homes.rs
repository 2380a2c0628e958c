//! Where those live who go to a kind of place: workers to work, pupils to school, everybody to all else.
//!
//! Destinations are fitted to an idealised day, and whose day that is decides what comes out: with residents in the place of
//! workers, a zone of pensioners would fill the jobs around it. Totals of a region tell residents by zone, and the
//! synthetic persons tell how many of them work or learn.

use super::attraction::{KINDS, activity, kind};
use crate::activity::Activity;
use crate::people::{Demographics, Student};
use crate::zone::Zones;

/// A zone counts as many persons of the whole region beside its own, so that a zone of few persons (in a small sample) does not
/// stand for its chance.
const BESIDE: f64 = 20.0;

/// Persons by home zone who go to each kind of destination (rows by kind).
#[derive(Debug, Clone, PartialEq)]
pub struct Homes(Vec<Vec<f64>>);

impl Homes {
    /// Everybody of the zones goes everywhere.
    pub fn everybody(zones: &Zones) -> Self {
        Self(vec![zones.zones.iter().map(|zone| zone.land.population).collect(); KINDS])
    }

    /// The residents of the zones, with the shares of workers, pupils and students that `persons` have there.
    ///
    /// ```text
    /// a zone of 1000 residents, of whom the run has 30, 20 of them employed, in a region with 50 % employed:
    /// 1000 · (20 + 20 · 0.5) / (30 + 20) = 600 workers
    /// ```
    pub fn of<'a>(zones: &Zones, persons: impl IntoIterator<Item = &'a Demographics>) -> Self {
        let mut all = vec![0.0; zones.len()];
        let mut goes = vec![vec![0.0; zones.len()]; KINDS];
        for who in persons {
            // Persons of given plans live in no zone.
            let zone = who.zone.index();
            let Some(n) = all.get_mut(zone) else { continue };
            *n += 1.0;
            if who.employed {
                goes[Activity::Work.index()][zone] += 1.0;
            }
            if who.student != Student::No {
                goes[kind(Activity::School, who)][zone] += 1.0;
            }
        }
        let total: f64 = all.iter().sum();
        let mut homes = Self::everybody(zones);
        for (number, goes) in goes.iter().enumerate() {
            let share = goes.iter().sum::<f64>() / total;
            // Nobody is known to go there: who does is somebody like everybody.
            let asked = matches!(activity(number), Activity::Work | Activity::School);
            if !asked || share.is_nan() || share <= 0.0 {
                continue;
            }
            for (zone, residents) in homes.0[number].iter_mut().enumerate() {
                *residents *= (goes[zone] + BESIDE * share) / (all[zone] + BESIDE);
            }
        }
        homes
    }

    /// Persons by home zone for a kind.
    pub fn row(&self, kind: usize) -> &[f64] {
        &self.0[kind]
    }
}
