//! Who the persons of a run are in the files that they came from: names, and attributes.

use crate::scenario::{PeopleInput, Scenario};
use engine::Result;
use engine::activity::replay::Attribute;
use engine::store::persons::Persons;
use netconvert::matsim::population;
use std::collections::{HashMap, HashSet};

/// A name for each person that nobody else has: that of the source, else the number. Where two would have the same (two files of
/// plans), the layer is put before the later one.
pub(super) fn names(persons: &Persons) -> Vec<String> {
    // Names of the source win over numbers.
    let given: HashSet<&str> = persons.names.iter().flatten().map(String::as_str).collect();
    let mut used: HashSet<String> = HashSet::new();
    let mut all = Vec::with_capacity(persons.names.len());
    for (number, (name, layer)) in persons.names.iter().zip(&persons.layer).enumerate() {
        let plain = name.clone().unwrap_or_else(|| number.to_string());
        let taken = used.contains(&plain) || name.is_none() && given.contains(plain.as_str());
        let layer = persons.layers.get(layer.index()).map_or("", String::as_str);
        let mut unique = if taken { format!("{layer}-{plain}") } else { plain };
        while used.contains(&unique) {
            unique.push('\'');
        }
        used.insert(unique.clone());
        all.push(unique);
    }
    all
}

/// The attributes of persons of plans, by number of the person, as their files have them; of others none. Which vehicles
/// they have is left out: the export names those that were driven.
///
/// # Errors
/// A fault for a file of plans that is gone or wrong.
pub(super) fn attributes(scenario: &Scenario, persons: &Persons) -> Result<Vec<Vec<Attribute>>> {
    let mut all = vec![Vec::new(); persons.names.len()];
    for input in &scenario.config.people {
        let (PeopleInput::Plans { file, .. }, layer) = (input, input.layer()) else { continue };
        let of_layer =
            |at: &usize| persons.layers.get(persons.layer[*at].index()).is_some_and(|of| of == layer);
        let named =
            (0..all.len()).filter(of_layer).filter_map(|at| Some((persons.names[at].as_deref()?, at)));
        let by_name: HashMap<&str, usize> = named.collect();
        population::stream(scenario.find(file)?, &mut |person| {
            if let Some(&at) = by_name.get(person.name.as_str()) {
                let own = |own: &Attribute| own.name != "vehicles" && own.name != "vehicleTypes";
                all[at] = person.attributes.into_iter().filter(own).collect();
            }
            Ok(())
        })?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::demand::LayerId;

    #[test]
    fn a_name_is_kept_and_nobody_has_that_of_another() {
        let name = |name: &str| Some(name.to_string());
        let persons = Persons {
            names: vec![name("ann"), None, name("1"), name("ann"), None],
            layers: vec!["plans".into(), "table".into()],
            layer: [0, 1, 0, 1, 1].map(LayerId).to_vec(),
            demographics: vec![None; 5],
            ..Persons::default()
        };
        assert_eq!(names(&persons), ["ann", "table-1", "1", "table-ann", "4"]);
    }
}
