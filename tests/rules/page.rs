//! The architecture page: the files and tests it names, and the layers it declares.

use std::collections::BTreeSet;
use std::path::Path;

/// Words in `code quotes` of a text, without those inside code blocks.
pub fn quoted(page: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (part, text) in page.split("```").enumerate() {
        if part % 2 == 0 {
            words.extend(text.split('`').skip(1).step_by(2).map(str::to_string));
        }
    }
    words
}

/// The quoted words that look like a path (`a/b`) and do not lie under `root`; a module may be a folder or a file.
pub fn missing_files(page: &str, root: &Path) -> Vec<String> {
    let is_path = |w: &String| w.contains('/') && !w.contains([' ', '*', ':', '<', '{']);
    quoted(page)
        .into_iter()
        .filter(is_path)
        .filter(|w| !root.join(w).exists() && !root.join(format!("{w}.rs")).exists())
        .collect()
}

/// The quoted words that look like the name of a test (three or more words joined by `_`) and are no function.
pub fn missing_tests(page: &str, functions: &BTreeSet<String>) -> Vec<String> {
    let is_test = |w: &String| {
        w.matches('_').count() >= 2
            && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let lints = ["iter_over_hash_type"];
    let found = quoted(page).into_iter().filter(is_test);
    found.filter(|w| !functions.contains(w) && !lints.contains(&w.as_str())).collect()
}

/// Names of all functions in a text that carry `#[test]` or stand in `proptest!`.
pub fn functions(text: &str) -> Vec<String> {
    text.split("fn ")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

/// The layers of a crate, lowest first: the lines of the code block ```` ```layers NAME ````.
pub fn layers(page: &str, name: &str) -> Vec<Vec<String>> {
    let head = format!("```layers {name}\n");
    let Some((_, rest)) = page.split_once(&head) else { return Vec::new() };
    let block = rest.split("```").next().unwrap_or("");
    block.lines().map(|line| line.split_whitespace().map(str::to_string).collect()).collect()
}

#[test]
fn a_page_that_names_what_is_not_there_is_caught() {
    let page = "`engine/nowhere.rs` and `a_test_that_is_not` ```\n`x/y`\n``` `src` ```layers engine\nid unit\nnet\n```";
    let there = BTreeSet::from(["another_test_of_ours".to_string()]);
    assert_eq!(missing_files(page, Path::new("/")), ["engine/nowhere.rs"]);
    assert_eq!(missing_tests(page, &there), ["a_test_that_is_not"]);
    assert_eq!(layers(page, "engine"), [vec!["id", "unit"], vec!["net"]]);
}
