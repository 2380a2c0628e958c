//! Who uses whom inside a crate, read from its paths (`crate::…`, `super::…`).

use super::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// One use of a top-level module by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The module that uses.
    pub from: String,
    /// The module that is used.
    pub to: String,
    /// File and line.
    pub place: String,
}

/// All uses among the top-level modules of a crate. Names that are no module (macros, re-exports) are left out.
pub fn uses(sources: &[Source]) -> Vec<Use> {
    let mut names: Vec<&String> = sources.iter().filter_map(|s| s.module.first()).collect();
    names.sort();
    names.dedup();
    let mut found: Vec<Use> = Vec::new();
    for source in sources {
        let Some(own) = source.module.first() else { continue };
        for (at, to) in targets(source) {
            if to != *own && names.contains(&&to) {
                let line = source.code[..at].matches('\n').count() + 1;
                found.push(Use { from: own.clone(), to, place: format!("{}:{line}", source.path) });
            }
        }
    }
    found
}

/// Every name that follows the root of the crate in a path, with its place in the code.
fn targets(source: &Source) -> Vec<(usize, String)> {
    let mut roots = vec!["crate::".to_string()];
    roots.push("super::".repeat(source.module.len()));
    let mut found = Vec::new();
    for root in roots.iter().filter(|r| !r.is_empty()) {
        for (at, _) in source.code.match_indices(root.as_str()) {
            let before = source.code[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' || before == ':' || before == '$' {
                continue;
            }
            let rest = &source.code[at + root.len()..];
            if let Some(list) = rest.strip_prefix('{') {
                found.extend(first_names(list).into_iter().map(|name| (at, name)));
            } else {
                found.push((at, word(rest)));
            }
        }
    }
    found
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first name of each entry in a `{a::b, c as d, e::{f, g}}` list, the opening brace already taken.
fn first_names(list: &str) -> Vec<String> {
    let (mut depth, mut entry, mut names) = (1, String::new(), Vec::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            names.push(word(entry.trim_start()));
            entry.clear();
        } else {
            entry.push(c);
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn layer_of(name: &str, layers: &[Vec<String>]) -> Option<usize> {
    layers.iter().position(|layer| layer.iter().any(|module| module == name))
}

/// The uses of a module in a higher layer.
pub fn upward(uses: &[Use], layers: &[Vec<String>]) -> Vec<String> {
    let up = |u: &&Use| layer_of(&u.from, layers).is_some_and(|from| layer_of(&u.to, layers) > Some(from));
    let say = |u: &Use| format!("{}: {} uses {}, a layer above its own", u.place, u.from, u.to);
    uses.iter().filter(up).map(say).collect()
}

/// The modules that use or are used and that no layer names.
pub fn unplaced(uses: &[Use], layers: &[Vec<String>]) -> BTreeSet<String> {
    let names = uses.iter().flat_map(|u| [&u.from, &u.to]);
    names.filter(|name| layer_of(name, layers).is_none()).cloned().collect()
}

/// One circle among the uses, each step with its file and line; empty without one.
pub fn circle(uses: &[Use]) -> Vec<String> {
    let mut next: BTreeMap<&str, Vec<&Use>> = BTreeMap::new();
    for u in uses {
        next.entry(&u.from).or_default().push(u);
    }
    // What is known to lead into no circle is not walked again.
    let mut clear: Vec<&str> = Vec::new();
    let starts: Vec<&str> = next.keys().copied().collect();
    for start in starts {
        let mut path: Vec<&Use> = Vec::new();
        if walk(start, &next, &mut path, &mut clear) {
            return path.iter().map(|u| format!("{}: {} uses {}", u.place, u.from, u.to)).collect();
        }
    }
    Vec::new()
}

fn walk<'a>(
    at: &'a str,
    next: &BTreeMap<&'a str, Vec<&'a Use>>,
    path: &mut Vec<&'a Use>,
    clear: &mut Vec<&'a str>,
) -> bool {
    if let Some(begin) = path.iter().position(|u| u.from == at) {
        path.drain(..begin);
        return true;
    }
    if clear.contains(&at) {
        return false;
    }
    for u in next.get(at).into_iter().flatten() {
        path.push(u);
        if walk(&u.to, next, path, clear) {
            return true;
        }
        path.pop();
    }
    clear.push(at);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, code: &str) -> Source {
        let module = path.split('/').map(str::to_string).collect();
        Source { path: format!("{path}.rs"), text: code.to_string(), code: code.to_string(), module }
    }

    #[test]
    fn a_use_upwards_and_a_circle_are_caught() {
        let low = source("low", "use super::high::{a, b};\n");
        let high = source("high/deep", "\nuse crate::{low::x, id as i};\nuse super::own;\n");
        let found = uses(&[low, high, source("id", "")]);
        let places: Vec<&str> = found.iter().map(|u| u.place.as_str()).collect();
        assert_eq!(places, ["low.rs:1", "high/deep.rs:2", "high/deep.rs:2"]);
        let layers = [vec!["low".to_string()], vec!["high".to_string()]];
        assert_eq!(upward(&found, &layers), ["low.rs:1: low uses high, a layer above its own"]);
        assert!(unplaced(&found, &layers).iter().eq(["id"]));
        assert_eq!(circle(&found).len(), 2);
        assert_eq!(circle(&found[1..]), [""; 0]);
    }
}
