//! Functions: how long they are, what they return, and whether their documentation tells of errors.

use super::source::Source;

/// A function with a body.
pub struct Function {
    /// File and line of its `fn`.
    pub place: String,
    /// Lines from its `fn` to its closing brace.
    pub lines: usize,
    /// From its visibility to its opening brace.
    pub head: String,
    /// The documentation above it.
    pub docs: String,
}

/// All functions of a file outside tests.
pub fn functions(source: &Source) -> Vec<Function> {
    let code = &source.code;
    let text: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let line_start = code[..at].rfind('\n').map_or(0, |i| i + 1);
        let before = &code[line_start..at];
        let is_item = before
            .split_whitespace()
            .all(|w| ["pub", "const", "async", "unsafe", "extern"].contains(&w) || w.starts_with("pub("));
        let Some(open) = is_item.then(|| body_start(&code[at..])).flatten().map(|i| at + i) else { continue };
        let close = open + body_length(&code[open..]);
        let line = code[..at].matches('\n').count();
        found.push(Function {
            place: format!("{}:{}", source.path, line + 1),
            lines: code[at..close].matches('\n').count() + 1,
            head: code[line_start..open].trim().to_string(),
            docs: docs_above(&text, line),
        });
    }
    found
}

/// Where the body begins; `None` for a declaration.
fn body_start(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Length of a text that begins with a brace, up to and with the brace that closes it.
fn body_length(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

fn docs_above(text: &[&str], line: usize) -> String {
    let above = text[..line].iter().rev().map(|l| l.trim());
    let mut docs: Vec<&str> =
        above.take_while(|l| l.starts_with("///") || l.starts_with("#[") || l.ends_with(")]")).collect();
    docs.reverse();
    docs.join("\n")
}

/// The functions of more than `most` lines.
pub fn too_long(functions: &[Function], most: usize) -> Vec<String> {
    let long = functions.iter().filter(|f| f.lines > most);
    long.map(|f| format!("{}: {} lines", f.place, f.lines)).collect()
}

/// The public functions that return a `Result` and do not say when they fail.
pub fn silent_about_errors(functions: &[Function]) -> Vec<String> {
    let public = functions.iter().filter(|f| f.head.starts_with("pub ") && f.docs.contains("///"));
    let fails = public.filter(|f| {
        f.head.rsplit("->").next().is_some_and(|r| f.head.contains("->") && r.contains("Result<"))
    });
    fails.filter(|f| !f.docs.contains("# Errors")).map(|f| f.place.clone()).collect()
}

/// Lines with a call that panics where a value is missing.
pub fn unwraps(source: &Source) -> Vec<String> {
    let calls = [".unwrap()", ".unwrap_err()"];
    let lines = source.code.lines().enumerate().filter(|(_, l)| calls.iter().any(|call| l.contains(call)));
    lines.map(|(i, _)| format!("{}:{}", source.path, i + 1)).collect()
}

#[test]
fn long_silent_and_panicking_functions_are_caught() {
    let text = "/// Docs.\n#[inline]\npub fn a(x: [u8; 2])\n-> Result<u8> {\n  let f: fn (u8) = b;\n  x.unwrap()\n}\n\n/// # Errors\n/// Never.\npub fn c() -> Result<()> {}\nfn d() -> Result<()> {}\npub fn e(r: Result<()>) -> u8 {}\n";
    let source = Source { path: "x.rs".into(), text: text.into(), code: text.into(), module: vec![] };
    let found = functions(&source);
    assert_eq!(found.iter().map(|f| f.lines).collect::<Vec<_>>(), [5, 1, 1, 1]);
    assert_eq!(too_long(&found, 4), ["x.rs:3: 5 lines"]);
    assert_eq!(silent_about_errors(&found), ["x.rs:3"]);
    assert_eq!(unwraps(&source), ["x.rs:6"]);
}
