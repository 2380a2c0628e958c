//! The JSON schema of measures, for editors: which keys each kind has. The engine, which knows no schemas, reads them; a test
//! holds the two together.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// Keys of each kind of measure with the schemas of their values, those without which it makes no sense first.
fn kinds() -> [(&'static str, &'static [&'static str], Value); 7] {
    let time = || json!({ "type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?$", "description": "time of day" });
    let number = |what: &str| json!({ "type": "number", "description": what });
    let points = || json!({ "type": "array", "items": { "type": "array", "items": { "type": "number" } } });
    let place = || {
        json!({ "type": "object", "additionalProperties": false, "properties": {
            "links": { "type": "array", "items": { "type": "string" } },
            "route": { "type": "string" }, "street": { "type": "string" }, "direction": { "enum": ["N", "E", "S", "W"] },
            "class": { "enum": ["freeway", "ramp", "arterial", "collector", "local"] }, "polygon": points(),
            "box": { "type": "array", "items": { "type": "number" }, "minItems": 4, "maxItems": 4 },
        }})
    };
    let amount = || {
        json!({ "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
            "properties": { "set": { "type": "number" }, "factor": { "type": "number" }, "add": { "type": "number" } } })
    };
    let who = json!({ "type": "object", "additionalProperties": false, "properties": {
        "employed": { "type": "boolean" },
        "age": { "type": "array", "items": { "type": "integer" }, "minItems": 2, "maxItems": 2 },
        "income-usd": { "type": "array", "items": { "type": "integer" }, "minItems": 2, "maxItems": 2 },
    }});
    let (from, to) = (time(), time());
    [
        ("close", &["on"], json!({ "on": place(), "from": from, "to": to })),
        (
            "change",
            &["on"],
            json!({ "on": place(), "from": from, "to": to, "lanes": amount(), "speed-mps": amount(),
                "capacity-vph": amount() }),
        ),
        (
            "signal",
            &["on", "cycle-s", "green-s"],
            json!({ "on": place(), "from": from, "to": to, "cycle-s": number("cycle, seconds"),
                "green-s": number("green of it, seconds"), "offset-s": number("begin of the green, seconds") }),
        ),
        (
            "meter",
            &["on", "rate-vph"],
            json!({ "on": place(), "from": from, "to": to, "rate-vph": number("vehicles an hour") }),
        ),
        (
            "toll",
            &["amount"],
            json!({ "on": place(), "from": from, "to": to, "cordon": points(), "amount": number("dollars") }),
        ),
        ("telework", &["share"], json!({ "share": number("share of those, 0 to 1"), "who": who })),
        ("demand", &["factor"], json!({ "factor": number("persons for each of today") })),
    ]
}

/// A list of measures.
pub fn measures(_: &mut SchemaGenerator) -> Schema {
    let one = kinds().map(|(kind, needed, mut properties)| {
        properties["kind"] = json!({ "const": kind });
        let required: Vec<&str> = ["kind"].iter().chain(needed).copied().collect();
        json!({ "type": "object", "title": kind, "additionalProperties": false, "properties": properties, "required": required })
    });
    json_schema!({ "type": "array", "items": { "oneOf": one } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::policy::Measure;

    /// A value that the schema of a key allows.
    fn example(schema: &Value) -> Value {
        if let Some(words) = schema.get("enum") {
            return words[0].clone();
        }
        match schema["type"].as_str().unwrap() {
            "string" if schema.get("pattern").is_some() => json!("06:30"),
            "string" => json!("7"),
            "number" | "integer" => json!(1),
            "boolean" => json!(true),
            "array" => Value::Array(vec![
                example(&schema["items"]);
                schema.get("minItems").map_or(2, |n| n.as_u64().unwrap() as usize)
            ]),
            _ => {
                let all = schema["properties"].as_object().unwrap();
                let most = schema.get("maxProperties").map_or(all.len(), |n| n.as_u64().unwrap() as usize);
                Value::Object(
                    all.iter().take(most).map(|(key, schema)| (key.clone(), example(schema))).collect(),
                )
            }
        }
    }

    /// Every key of the schema is one that the engine reads, and the engine names no other.
    #[test]
    fn the_schema_knows_the_keys_of_each_measure() {
        for (kind, needed, properties) in kinds() {
            let mut measure = example(&json!({ "type": "object", "properties": properties }));
            measure["kind"] = json!(kind);
            let read =
                |value: &Value| serde_json::from_value::<Measure>(value.clone()).map_err(|e| e.to_string());
            let all = read(&measure).unwrap_or_else(|e| panic!("{kind}: {e}"));
            let written = serde_json::to_value(&all).unwrap();
            let keys = |value: &Value| {
                value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(keys(&written), keys(&measure), "{kind}");
            for key in needed {
                let mut less = measure.clone();
                less.as_object_mut().unwrap().remove(*key);
                // A toll may be on links or on a cordon; its amount is what it cannot do without.
                assert!(read(&less).is_err(), "{kind} without {key}");
            }
        }
    }
}
