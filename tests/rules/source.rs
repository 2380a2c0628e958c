//! Rust source as the rules see it: code without comments, words in quotes and tests.

use std::path::{Path, PathBuf};

/// One source file of a crate.
pub struct Source {
    /// Path from the top folder, with slashes.
    pub path: String,
    /// The file as it is, comments included.
    pub text: String,
    /// The code alone: comments, words in quotes and items under `#[cfg(test)]` are blanks, lines stay lines.
    pub code: String,
    /// Modules from the crate's root down to this file: `["traffic", "tick"]`; empty for `lib.rs`.
    pub module: Vec<String>,
}

/// All files of the folder `src` (from the top folder `root`) that are built outside tests, in the order of their paths.
pub fn sources(root: &Path, src: &str) -> Vec<Source> {
    let mut found: Vec<Source> = Vec::new();
    let mut tests: Vec<PathBuf> = Vec::new();
    for path in files(&root.join(src)) {
        let text = std::fs::read_to_string(&path).unwrap();
        let bare = without_words(&text);
        let (code, test_modules) = without_tests(&bare);
        let folder = folder_of_children(&path);
        tests.extend(test_modules.iter().map(|name| folder.join(name)));
        let inside = path.strip_prefix(root.join(src)).unwrap().with_extension("");
        let mut module: Vec<String> = inside.iter().map(|p| p.to_string_lossy().into_owned()).collect();
        if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            module.pop();
        }
        let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        found.push(Source { path, text, code, module });
    }
    found.retain(|source| {
        let place = root.join(&source.path).with_extension("");
        !tests.iter().any(|test| place.starts_with(test))
    });
    assert!(!found.is_empty(), "{src} holds no source");
    found
}

/// Stands in [`Source::code`] on each line of an item under `#[cfg(test)]`.
const IN_TESTS: char = '\u{1}';

/// How many lines of a file outside its tests are comments or documentation, and how many are not blank.
pub fn comment_lines(source: &Source) -> (usize, usize) {
    let outside = source.text.lines().zip(source.code.lines()).filter(|(_, code)| !code.contains(IN_TESTS));
    let lines: Vec<&str> = outside.map(|(line, _)| line.trim()).filter(|line| !line.is_empty()).collect();
    (lines.iter().filter(|line| line.starts_with("//")).count(), lines.len())
}

/// All `.rs` files under a folder, in the order of their paths.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Where the modules that a file declares lie.
fn folder_of_children(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap();
    if ["mod", "lib", "main"].iter().any(|own| stem == *own) {
        file.parent().unwrap().to_path_buf()
    } else {
        file.with_extension("")
    }
}

/// The text with comments and the insides of strings and characters as blanks; lines stay lines.
pub fn without_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            '/' if bytes.get(at + 1) == Some(&'/') => line_end(&bytes, at),
            '/' if bytes.get(at + 1) == Some(&'*') => comment_end(&bytes, at),
            '"' => string_end(&bytes, at),
            'r' if is_raw(&bytes, at) => raw_end(&bytes, at),
            '\'' => character_end(&bytes, at),
            _ => at,
        };
        if end == at {
            out.push(bytes[at]);
            at += 1;
        } else {
            out.extend(bytes[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

fn line_end(text: &[char], from: usize) -> usize {
    (from..text.len()).find(|&i| text[i] == '\n').unwrap_or(text.len())
}

fn comment_end(text: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(text.len())
}

fn string_end(text: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

fn is_raw(text: &[char], at: usize) -> bool {
    let in_word = at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_') && text[at - 1] != 'b';
    let hashes = text[at + 1..].iter().take_while(|c| **c == '#').count();
    !in_word && text.get(at + 1 + hashes) == Some(&'"')
}

fn raw_end(text: &[char], from: usize) -> usize {
    let hashes = text[from + 1..].iter().take_while(|c| **c == '#').count();
    let mut at = from + 2 + hashes;
    while at < text.len() {
        if text[at] == '"' && (1..=hashes).all(|i| text.get(at + i) == Some(&'#')) {
            return at + 1 + hashes;
        }
        at += 1;
    }
    text.len()
}

/// The end of a character literal; `from` itself where the quote begins a lifetime.
fn character_end(text: &[char], from: usize) -> usize {
    match (text.get(from + 1), text.get(from + 2)) {
        (Some('\\'), _) => {
            let close = (from + 3..text.len()).find(|&i| text[i] == '\'');
            close.map_or(text.len(), |i| i + 1)
        }
        (Some(_), Some('\'')) => from + 3,
        _ => from,
    }
}

/// Bare code without the items under `#[cfg(test)]`, and the names of the modules among them that lie in files of
/// their own.
pub fn without_tests(bare: &str) -> (String, Vec<String>) {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(bare.len());
    let mut modules = Vec::new();
    let mut rest = bare;
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = item_end(item);
        let words: Vec<&str> = item[..end].split_whitespace().collect();
        if item[..end].ends_with(';')
            && let Some(at) = words.iter().position(|w| *w == "mod")
        {
            modules.push(words[at + 1].trim_end_matches(';').to_string());
        }
        out.push(IN_TESTS);
        for _ in item[..end].matches('\n') {
            out.extend(['\n', IN_TESTS]);
        }
        rest = &item[end..];
    }
    out.push_str(rest);
    (out, modules)
}

/// Where the item that begins with attributes ends: behind its closing brace, or its semicolon.
fn item_end(item: &str) -> usize {
    let mut depth = 0i32;
    for (at, c) in item.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth -= 1;
                if depth == 0 && c == '}' {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[test]
fn code_is_told_from_words_and_tests() {
    let text = "fn a() { let b = \"fn x {\"; /* { */ let c = '{'; }\n// use crate::d\nlet s: &'static str = r#\"\"{\"#;\n";
    let bare = without_words(text);
    assert_eq!(bare.lines().count(), text.lines().count());
    assert!(!bare.contains("crate::d") && !bare.contains("fn x"));
    assert_eq!((bare.matches('{').count(), bare.matches('}').count()), (1, 1));
    assert!(bare.contains("&'static str"));
    let (code, modules) =
        without_tests("a\n#[cfg(test)]\npub(crate) mod theory;\nb\n#[cfg(test)]\nmod tests {\n { } }\nc");
    assert_eq!(modules, ["theory"]);
    let words: String = code.chars().filter(|c| *c != IN_TESTS).collect();
    assert_eq!(words.split_whitespace().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(code.lines().count(), 8);
    let text = "/// a\n\nfn b() {}\n  // c\n#[cfg(test)]\nmod tests {\n// d\n}\n".to_string();
    let (code, _) = without_tests(&without_words(&text));
    assert_eq!(comment_lines(&Source { path: String::new(), text, code, module: Vec::new() }), (2, 3));
}
