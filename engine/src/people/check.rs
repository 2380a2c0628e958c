//! A synthetic population is checked where it was made; the zone or the person that is wrong is named.

use super::Population;
use crate::{Error, Result};

/// A zone got as many households, with persons outside them, as were to be made there.
///
/// # Errors
/// [`Error::Check`] with both numbers.
pub(super) fn size(zone: &str, made: usize, wanted: u32) -> Result<()> {
    if made == wanted as usize {
        return Ok(());
    }
    Err(Error::Check(format!("zone {zone}: {made} households were made, not {wanted}")))
}

/// Persons and households belong together: members follow each other in the order of the households, live in the zone
/// of their household, and are as many as its size says.
///
/// # Errors
/// [`Error::Check`] that names the first person who does not fit, or the household.
pub(super) fn population(population: &Population) -> Result<()> {
    let (mut first, persons) = (0, &population.persons);
    for (number, household) in population.households.iter().enumerate() {
        let members = persons[first..].iter().take_while(|person| person.household.index() == number);
        let mut n_members = 0;
        for person in members {
            if person.zone != household.zone || person.household_size != household.size {
                return Err(Error::Check(format!(
                    "person {}: zone {} and {} persons at home, in household {number} the zone is {}, the size {}",
                    first + n_members,
                    person.zone.0,
                    person.household_size,
                    household.zone.0,
                    household.size
                )));
            }
            n_members += 1;
        }
        if n_members.min(usize::from(u8::MAX)) != usize::from(household.size) {
            let size = household.size;
            return Err(Error::Check(format!("household {number}: {n_members} members, its size is {size}")));
        }
        first += n_members;
    }
    match persons.get(first) {
        None => Ok(()),
        Some(person) => {
            Err(Error::Check(format!("person {first}: household {} is not there", person.household.0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{HouseholdId, ZoneId};
    use crate::people::synthesize;
    use crate::twin::county::county;

    #[test]
    fn a_population_that_does_not_hold_together_is_refused() {
        let county = county(1_000, 1).unwrap();
        let (made, _) = synthesize(&county.zones, &county.controls, &county.seed_sample, 0.2, 1).unwrap();
        assert!(population(&made).is_ok());
        let last = made.persons.len() - 1;
        type Spoil = fn(&mut Population);
        let all: [(Spoil, String); 4] = [
            (|p| p.persons[9].zone = ZoneId(999), "person 9: zone 999 and".into()),
            (|p| p.persons.retain(|person| person.household.0 != 7), "household 7: 0 members".into()),
            (|p| p.households.truncate(5), "household 5 is not there".into()),
            (
                |p| p.persons.last_mut().unwrap().household = HouseholdId(u32::MAX - 1),
                format!("household {}: ", made.persons[last].household.0),
            ),
        ];
        for (spoil, want) in all {
            let mut spoilt = made.clone();
            spoil(&mut spoilt);
            let error = population(&spoilt).unwrap_err().to_string();
            assert!(error.contains(&want), "{error}, not {want}");
        }
        assert!(size("n", 3, 3).is_ok());
        assert!(size("n", 3, 4).unwrap_err().to_string().contains("zone n: 3 households were made, not 4"));
    }
}
