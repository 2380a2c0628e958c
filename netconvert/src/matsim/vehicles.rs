//! `vehicleDefinitions_v1.0.xsd` and `vehicleDefinitions_v2.0.xsd`: types of vehicles, and vehicles of these types.
//!
//! Read of a type: `<length meter>`, `<maximumVelocity meterPerSecond>`, `<passengerCarEquivalents pce>`,
//! `<networkMode>`, and the seats (version 2: `<capacity seats>`; version 1: `<capacity><seats persons>`). What
//! is missing is that of a car. Read of a vehicle: `id` and `type`, which must stand above it.

use super::{attribute, mode};
use crate::limit::{Token, Xml, xml};
use crate::packed;
use crate::tally::Tally;
use engine::activity::replay::{PlannedLeg, PlannedPerson};
use engine::id::LegId;
use engine::trip::Legs;
use engine::vehicle::{Class, ClassId, PCE_RANGE};
use engine::{Fault, Result, Warning};
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::Path;

/// What MATSim takes for a type that says nothing: a car of 7.5 m that is as fast as the road.
const SPEED_EXPECTED: &str = "a positive number of metres per second, or INF";

/// By person and leg: the position of the type of vehicle that drives it; `None` for a leg that no vehicle here drives.
pub type ClassOfLegs = Vec<Vec<Option<usize>>>;

/// A file of vehicles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vehicles {
    /// Types, in the order of the file.
    pub types: Vec<Class>,
    /// Type of each vehicle, by the name of the vehicle: an index into `types`.
    pub of: BTreeMap<String, usize>,
}

/// Reads a file of vehicles, plain or compressed. Warnings count what is in it and has no meaning here (costs, engines,
/// widths, doors, a flow efficiency).
///
/// # Errors
/// A [`Fault`] at the line for a number that no vehicle has, a type or vehicle without a name or twice, a vehicle of an
/// unknown type, and XML that is not a file of vehicles.
pub fn read(path: impl AsRef<Path>) -> Result<(Vehicles, Vec<Warning>)> {
    let path = path.as_ref();
    let mut cursor = xml(path)?;
    let mut vehicles = Vehicles::default();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let (mut root, mut tally) = (false, Tally::new(path));
    while let Some(token) = cursor.advance()? {
        if token == Token::Close {
            continue;
        }
        match (cursor.parent(token), cursor.name()) {
            ("", "vehicleDefinitions") => root = true,
            ("", other) => {
                return Err(cursor
                    .fault(format!("is not a MATSim file of vehicles: the root is <{other}>"))
                    .expected("<vehicleDefinitions>")
                    .into());
            }
            ("vehicleDefinitions", "vehicleType") => {
                let name = cursor.need("id")?.to_string();
                if by_name.insert(name.clone(), vehicles.types.len()).is_some() {
                    return Err(cursor.value_fault("id", "an id that no other type has").into());
                }
                vehicles.types.push(Class { name, ..Class::car() });
            }
            ("vehicleDefinitions", "vehicle") => {
                let name = cursor.need("id")?.to_string();
                let Some(&of) = by_name.get(cursor.need("type")?) else {
                    return Err(cursor.value_fault("type", "the id of a <vehicleType> above").into());
                };
                if vehicles.of.insert(name, of).is_some() {
                    return Err(cursor.value_fault("id", "an id that no other vehicle has").into());
                }
            }
            (parent, _) => {
                if let Some(class) = vehicles.types.last_mut() {
                    take(&cursor, parent, class, &mut tally)?;
                }
            }
        }
    }
    if !root {
        return Err(Fault::new(path, "", "holds no vehicles").expected("<vehicleDefinitions>").into());
    }
    Ok((vehicles, tally.into_warnings()))
}

/// Takes one element inside a type.
fn take(xml: &Xml, parent: &str, class: &mut Class, tally: &mut Tally) -> Result<()> {
    let positive = |name: &str| -> Result<Option<f64>> {
        match xml.number_if(name)? {
            Some(number) if number <= 0.0 => Err(xml.value_fault(name, "a positive number").into()),
            number => Ok(number),
        }
    };
    match (parent, xml.name()) {
        ("vehicleType", "length") => class.length_m = positive("meter")?.unwrap_or(class.length_m),
        ("vehicleType", "maximumVelocity") => class.top_speed_mps = speed(xml)?,
        ("vehicleType", "passengerCarEquivalents") => {
            let pce = positive("pce")?.unwrap_or(1.0);
            let (least, most) = PCE_RANGE;
            if !(least..=most).contains(&pce) {
                return Err(xml.value_fault("pce", &format!("a number from {least} to {most}")).into());
            }
            class.pce = pce;
        }
        ("vehicleType", "networkMode") => xml.need("networkMode")?.clone_into(&mut class.mode),
        ("vehicleType", "capacity") => class.seats = xml.parse("seats", "a number of seats")?,
        ("capacity", "seats") => class.seats = xml.parse("persons", "a number of seats")?,
        ("vehicleType", "flowEfficiencyFactor") => {
            let factor = positive("factor")?.unwrap_or(1.0);
            if factor != 1.0 {
                tally.add("a flowEfficiencyFactor is not used: flow is paid by pce alone", &class.name);
            }
        }
        // They say nothing about the road.
        ("vehicleType", "description" | "width") => {}
        ("vehicleType", other) => {
            tally.add(
                format!("<{other}> of a vehicle type has no meaning here and was left out"),
                &class.name,
            );
        }
        _ => {}
    }
    Ok(())
}

/// A top speed: `INF` (the schema's word) and `Infinity` (Java's) mean none.
fn speed(xml: &Xml) -> Result<f64> {
    let speed_mps = match xml.get("meterPerSecond").map(str::trim) {
        None | Some("INF" | "Infinity") => f64::INFINITY,
        Some(_) => xml.parse::<f64>("meterPerSecond", SPEED_EXPECTED)?.unwrap_or(f64::INFINITY),
    };
    if speed_mps > 0.0 {
        return Ok(speed_mps);
    }
    Err(xml.value_fault("meterPerSecond", SPEED_EXPECTED).into())
}

impl Vehicles {
    /// The type of the vehicle that each leg of each person drives: an index into [`Vehicles::types`], `None` for a leg
    /// that drives none of them. As MATSim's QSim finds a vehicle (`vehiclesSource`), in this order:
    /// 1. the vehicle that the route names (`vehicleRefId`);
    /// 2. the vehicle of the leg's mode in the person's attribute `vehicles`, or the type in `vehicleTypes`;
    /// 3. the vehicle that is called as the person, or as the person and the mode (`7_truck`);
    /// 4. the type that is called as the mode, or the only one whose `networkMode` is the mode.
    ///
    /// A leg of a mode that does not drive here (bike, walk, transit, ride) keeps to it. Warnings, told of the file
    /// `path`, count names that no vehicle has, and vehicles of modes that do not drive.
    ///
    /// # Errors
    /// A [`Fault`] for a person whose attribute `vehicles` or `vehicleTypes` is not a JSON object of texts, or names a
    /// type that is not in the file.
    pub fn driven(&self, persons: &[PlannedPerson], path: &Path) -> Result<(ClassOfLegs, Vec<Warning>)> {
        let mut tally = Tally::new(path);
        let mut all = Vec::with_capacity(persons.len());
        for person in persons {
            let own = Own {
                vehicles: named(person, "vehicles", path)?,
                types: named(person, "vehicleTypes", path)?,
            };
            for name in own.types.values() {
                if !self.types.iter().any(|class| class.name == *name) {
                    let what = format!("attribute \"vehicleTypes\" names the type \"{name}\"");
                    return Err(Fault::new(path, format!("person {}", person.name), what)
                        .expected("the id of a <vehicleType> of the file of vehicles")
                        .into());
                }
            }
            all.push(person.legs.iter().map(|leg| self.of_leg(person, leg, &own, &mut tally)).collect());
        }
        Ok((all, tally.into_warnings()))
    }

    /// The type of the vehicle of one leg, by the order that [`Vehicles::driven`] states.
    fn of_leg(
        &self,
        person: &PlannedPerson,
        leg: &PlannedLeg,
        own: &Own,
        tally: &mut Tally,
    ) -> Option<usize> {
        let mode = leg.mode.as_str();
        let names = [leg.vehicle.as_ref(), own.vehicles.get(mode)];
        if mode::parse(mode).is_some_and(|mode| !mode.drives()) {
            if names.iter().flatten().any(|name| self.of.contains_key(*name)) {
                let what = "has a vehicle of its own; it takes a stated time and no road all the same";
                tally.add(format!("a leg of the mode \"{mode}\" {what}"), format!("person {}", person.name));
            }
            return None;
        }
        for name in names.into_iter().flatten() {
            if let Some(&of) = self.of.get(name) {
                return Some(of);
            }
            tally.add(
                "a vehicle is not in the file of vehicles",
                format!("person {}: \"{name}\"", person.name),
            );
        }
        // A name that is not in the file is counted, and the search goes on: the mode may still have a type.
        let type_of = |name: &str| self.types.iter().position(|class| class.name == name);
        if let Some(of) = own.types.get(mode).and_then(|name| type_of(name)) {
            return Some(of);
        }
        let called = [person.name.clone(), format!("{}_{mode}", person.name)];
        let by_person = called.iter().find_map(|name| self.of.get(name)).copied();
        by_person.or_else(|| type_of(mode)).or_else(|| {
            let mut of_mode = self.types.iter().enumerate().filter(|(_, class)| class.mode == mode);
            let first = of_mode.next()?.0;
            of_mode.next().is_none().then_some(first)
        })
    }
}

/// What a person's attributes say, by mode.
struct Own {
    /// Name of the vehicle by mode.
    vehicles: BTreeMap<String, String>,
    /// Name of the type by mode.
    types: BTreeMap<String, String>,
}

/// An attribute that maps modes to names: `{"car":"7","truck":"7_truck"}`.
fn named(person: &PlannedPerson, attribute: &str, path: &Path) -> Result<BTreeMap<String, String>> {
    let Some(own) = person.attributes.iter().find(|own| own.name == attribute) else {
        return Ok(BTreeMap::new());
    };
    serde_json::from_str(&own.value).map_err(|error| {
        Fault::new(path, format!("person {}", person.name), format!("attribute \"{attribute}\": {error}"))
            .expected("{\"mode\":\"name\"}")
            .into()
    })
}

/// The name under which the vehicle of a leg of `person` is written: the person's, as MATSim calls a car, and with the
/// name of the class where it is another one.
pub fn name_of(person: &str, legs: &Legs, leg: LegId) -> String {
    match legs.vehicle[leg.index()] {
        ClassId::CAR => person.to_string(),
        id => format!("{person}_{}", legs.classes.get(id).name),
    }
}

/// Writes types and vehicles as version 2, gzipped when the name ends with `.gz`; `vehicles` are the name of each and
/// that of its type.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write(types: &[Class], vehicles: &BTreeMap<String, &str>, path: impl AsRef<Path>) -> Result<()> {
    const SCHEMA: &str = "http://www.matsim.org/files/dtd";
    packed::write_plain(path.as_ref(), |out| {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<vehicleDefinitions xmlns=\"{SCHEMA}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:schemaLocation=\"{SCHEMA} {SCHEMA}/vehicleDefinitions_v2.0.xsd\">"
        )?;
        types.iter().try_for_each(|class| fill_type(out, class))?;
        for (name, class) in vehicles {
            writeln!(out, "<vehicle{}{}/>", attribute("id", name), attribute("type", class))?;
        }
        writeln!(out, "</vehicleDefinitions>")
    })
}

/// One type, its elements in the order that the schema asks for.
fn fill_type(out: &mut dyn Write, class: &Class) -> io::Result<()> {
    writeln!(out, "<vehicleType{}>", attribute("id", &class.name))?;
    if let Some(seats) = class.seats {
        writeln!(out, "<capacity seats=\"{seats}\"/>")?;
    }
    writeln!(out, "<length meter=\"{}\"/>", class.length_m)?;
    // MATSim's default is no limit; its reader does not know the schema's word for it.
    if class.top_speed_mps.is_finite() {
        writeln!(out, "<maximumVelocity meterPerSecond=\"{}\"/>", class.top_speed_mps)?;
    }
    writeln!(out, "<passengerCarEquivalents pce=\"{}\"/>", class.pce)?;
    writeln!(out, "<networkMode{}/>\n</vehicleType>", attribute("networkMode", &class.mode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::testing::panics_on_damage;
    use engine::activity::replay::Attribute;

    const V2: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<vehicleDefinitions xmlns="http://www.matsim.org/files/dtd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://www.matsim.org/files/dtd http://www.matsim.org/files/dtd/vehicleDefinitions_v2.0.xsd">
 <vehicleType id="car"><capacity seats="4" standingRoomInPersons="0"/><length meter="7.5"/><width meter="1.0"/>
  <passengerCarEquivalents pce="1.0"/><networkMode networkMode="car"/></vehicleType>
 <vehicleType id="lorry &amp; trailer"><description>18 t</description><length meter="15.5"/>
  <maximumVelocity meterPerSecond="22.22"/><costInformation costsPerMeter="0.001"/><passengerCarEquivalents pce="3.0"/>
  <networkMode networkMode="truck"/><flowEfficiencyFactor factor="1.5"/></vehicleType>
 <vehicle id="7_truck" type="lorry &amp; trailer"/><vehicle id="golf" type="car"/>
</vehicleDefinitions>"#;

    const V1: &str = r#"<vehicleDefinitions xmlns="http://www.matsim.org/files/dtd"><vehicleType id="bus"><description>b</description>
<capacity><seats persons="38"/><standingRoom persons="52"/></capacity><length meter="12"/><width meter="2.5"/>
<maximumVelocity meterPerSecond="INF"/><accessTime secondsPerPerson="1.0"/><passengerCarEquivalents pce="2.5"/></vehicleType>
<vehicle id="b1" type="bus"/></vehicleDefinitions>"#;

    fn of(text: &str) -> (Vehicles, Vec<Warning>) {
        fixture::with("v.xml", text, |path| read(path).unwrap())
    }

    #[test]
    fn both_versions_are_read_and_what_has_no_meaning_is_counted() {
        let (vehicles, warnings) = of(V2);
        let lorry = Class {
            name: "lorry & trailer".into(),
            mode: "truck".into(),
            pce: 3.0,
            length_m: 15.5,
            top_speed_mps: 22.22,
            ..Class::car()
        };
        assert_eq!(vehicles.types, [Class { name: "car".into(), seats: Some(4), ..Class::car() }, lorry]);
        assert_eq!(vehicles.of, BTreeMap::from([("7_truck".to_string(), 1), ("golf".to_string(), 0)]));
        let told: Vec<&str> = warnings.iter().map(|w| w.what.as_str()).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].contains("<costInformation>") && told[1].contains("flowEfficiencyFactor"),
            "{told:?}"
        );
        let (vehicles, warnings) = of(V1);
        let bus = &vehicles.types[0];
        assert_eq!((bus.seats, bus.length_m, bus.pce), (Some(38), 12.0, 2.5));
        assert_eq!((bus.top_speed_mps, bus.mode.as_str()), (f64::INFINITY, "car"));
        assert!(warnings.len() == 1 && warnings[0].what.contains("<accessTime>"), "{warnings:?}");
    }

    #[test]
    fn what_is_written_comes_back_and_is_valid() {
        let (vehicles, _) = of(V2);
        let folder = tempfile::tempdir().unwrap();
        for name in ["v.xml", "v.xml.gz"] {
            let path = folder.path().join(name);
            let named =
                vehicles.of.iter().map(|(name, &of)| (name.clone(), vehicles.types[of].name.as_str()));
            write(&vehicles.types, &named.collect(), &path).unwrap();
            let (back, warnings) = read(&path).unwrap();
            assert!(back == vehicles && warnings.is_empty(), "{warnings:?}");
            if name == "v.xml" {
                assert!(super::super::tests::valid_against("vehicleDefinitions_v2.0.xsd", &path));
            }
        }
    }

    #[test]
    fn bad_files_are_told_by_line_and_word() {
        for (old, new, told) in [
            (
                "pce=\"3.0\"",
                "pce=\"0\"",
                "v.xml:7: <passengerCarEquivalents> has pce=\"0\" — expected a positive number",
            ),
            ("pce=\"3.0\"", "pce=\"5000\"", "expected a number from 0.001 to 1000"),
            ("\"22.22\"", "\"-1\"", "expected a positive number of metres per second, or INF"),
            ("\"22.22\"", "\"NaN\"", "meterPerSecond=\"NaN\""),
            ("meter=\"15.5\"", "meter=\"long\"", "meter=\"long\""),
            ("seats=\"4\"", "seats=\"-4\"", "expected a number of seats"),
            (
                "type=\"car\"",
                "type=\"van\"",
                "v.xml:9: <vehicle id=\"golf\"> has type=\"van\" — expected the id",
            ),
            ("id=\"golf\"", "id=\"7_truck\"", "no other vehicle has"),
            ("id=\"lorry &amp; trailer\"", "id=\"car\"", "no other type has"),
            ("</vehicleDefinitions>", "", "truncated"),
        ] {
            let text = V2.replacen(old, new, 1);
            let error = fixture::with("v.xml", &text, |path| read(path).map(|_| ()).unwrap_err());
            assert!(error.to_string().contains(told), "{told}: {error}");
            assert_eq!(error.exit_code(), 2, "{error}");
        }
        let error = fixture::with("v.xml", "<plans/>", |path| read(path).map(|_| ()).unwrap_err());
        assert!(error.to_string().contains("the root is <plans>"), "{error}");
    }

    #[test]
    fn a_vehicle_is_found_as_matsim_finds_it() {
        let (vehicles, _) = of(V2);
        let leg = |mode: &str, vehicle: Option<&str>| PlannedLeg {
            mode: mode.into(),
            vehicle: vehicle.map(str::to_string),
            ..PlannedLeg::default()
        };
        let person = |name: &str, own: Option<&str>, leg: PlannedLeg| PlannedPerson {
            name: name.into(),
            attributes: own.map(|text| Attribute::new("vehicles", "", text)).into_iter().collect(),
            legs: vec![leg],
            ..PlannedPerson::default()
        };
        let persons = [
            person("1", None, leg("car", Some("golf"))),
            person("2", Some("{\"truck\":\"7_truck\"}"), leg("truck", None)),
            person("7", None, leg("truck", None)),
            person("8", None, leg("truck", None)),
            person("9", None, leg("drone", None)),
            person("10", None, leg("walk", Some("golf"))),
            person("11", None, leg("car", Some("gone"))),
        ];
        let (found, warnings) = vehicles.driven(&persons, Path::new("p.xml")).unwrap();
        let found: Vec<Option<usize>> = found.into_iter().map(|legs| legs[0]).collect();
        assert_eq!(found, [Some(0), Some(1), Some(1), Some(1), None, None, Some(0)]);
        let told: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("\"walk\" has a vehicle of its own"), "{told:?}");
        assert_eq!(told[1], "p.xml:person 11: \"gone\": a vehicle is not in the file of vehicles");
        let bad = person("12", Some("car=golf"), leg("car", None));
        let error = vehicles.driven(&[bad], Path::new("p.xml")).unwrap_err();
        assert!(error.to_string().starts_with("p.xml:person 12: attribute \"vehicles\": "), "{error}");
        let mut bad = person("13", None, leg("truck", None));
        bad.attributes.push(Attribute::new("vehicleTypes", "", "{\"truck\":\"tank\"}"));
        let said = vehicles.driven(&[bad], Path::new("p.xml")).unwrap_err().to_string();
        let told =
            "p.xml:person 13: attribute \"vehicleTypes\" names the type \"tank\" — expected the id of a";
        assert!(said.starts_with(told), "{said}");
    }

    #[test]
    fn damage_never_panics() {
        for (name, text) in [("v2.xml", V2), ("v1.xml", V1)] {
            assert!(!panics_on_damage(name, text.as_bytes(), 250, |path| drop(read(path))), "{name}");
        }
    }

    #[test]
    fn a_real_file_of_buses_is_read() {
        let Some(path) = fixture::data("matsim/siouxfalls-2014/Siouxfalls_vehicles.xml") else { return };
        let (vehicles, _) = read(path).unwrap();
        assert_eq!((vehicles.types[0].name.as_str(), vehicles.types[0].seats), ("Bus MAN NL323F", Some(38)));
        assert!(vehicles.of.len() > 1000, "{}", vehicles.of.len());
    }
}
