//! Names of streets, each kept once: a street of a hundred links has one text.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Longest name that is kept, characters; what is longer is no name.
const MOST_CHARS: usize = 200;

/// The names that were met so far.
#[derive(Debug, Default)]
pub struct Streets(BTreeSet<Arc<str>>);

impl Streets {
    /// The shared text of a name; `None` for an empty one. A name is cut after 200 characters.
    pub fn of(&mut self, name: &str) -> Option<Arc<str>> {
        let name = name.trim();
        let end = name.char_indices().nth(MOST_CHARS).map_or(name.len(), |(at, _)| at);
        let name = &name[..end];
        if name.is_empty() {
            return None;
        }
        if let Some(known) = self.0.get(name) {
            return Some(known.clone());
        }
        let new: Arc<str> = name.into();
        self.0.insert(new.clone());
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let mut streets = Streets::default();
        let (a, b) = (streets.of("Main Street").unwrap(), streets.of(" Main Street ").unwrap());
        assert!(Arc::ptr_eq(&a, &b));
        assert_eq!((streets.of(""), streets.of("  ")), (None, None));
        assert_eq!(streets.of(&"é".repeat(300)).unwrap().chars().count(), 200);
    }
}
