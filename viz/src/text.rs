//! Text for pages: escaped strings and numbers as people read them.
//!
//! Thousands are parted by a narrow space that no line is broken at (U+202F), since a comma and a point mean
//! different things in different countries. A minus is a true minus sign (U+2212), as wide as a plus. What is not
//! known is shown as a dash: a 0 would be a claim.

use std::cmp::Ordering;
use std::fmt::Write;

/// Escapes text for HTML and SVG, in elements and in quoted attributes. Names of roads, stations and scenarios come from
/// files of strangers: all of them go through here before they reach a page.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML 1.0 allows no other control characters, not even escaped.
            '\t' | '\n' | '\r' => safe.push(c),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// JSON that may stand inside `<script type="application/json">`: no `<` can close the element. The escapes are JSON's own,
/// so that what is read there is what was written.
pub(crate) fn script_json(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// A whole number with thin spaces between groups of three digits; `–` for what is not a number.
pub(crate) fn grouped(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    if value < 0.0 && digits != "0" {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number for an axis or a table: three digits or so, with `k` from ten thousand, `M` from a million and `bn` from a
/// billion on.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    let (scaled, unit) = match size {
        _ if !value.is_finite() => return "–".into(),
        s if s >= 1e9 => (value / 1e9, "\u{202f}bn"),
        s if s >= 1e6 => (value / 1e6, "\u{202f}M"),
        s if s >= 1e4 => (value / 1e3, "\u{202f}k"),
        _ => (value, ""),
    };
    let digits = match scaled.abs() {
        s if s >= 100.0 || (s - s.round()).abs() < 1e-9 => 0,
        s if s >= 10.0 => 1,
        s if s >= 1.0 => 2,
        _ => 3,
    };
    format!("{}{unit}", trim(scaled, digits))
}

/// A number with at most `digits` decimals and no trailing zeros; a true minus sign.
pub(crate) fn trim(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text.as_str() };
    if text == "-0" { "0".into() } else { text.replacen('-', "−", 1) }
}

/// A share as a percentage, `–` for none.
pub(crate) fn percent(share: Option<f64>, digits: usize) -> String {
    match share {
        Some(share) if share.is_finite() => format!("{}\u{202f}%", fixed(share * 100.0, digits)),
        _ => "–".into(),
    }
}

/// A number with exactly `digits` decimals and a true minus sign. Does not look for what is not finite: the caller does.
pub(crate) fn fixed(value: f64, digits: usize) -> String {
    format!("{value:.digits$}").replacen('-', "−", 1)
}

/// A change: a number with its sign, plus included; none on what is written as 0.
pub(crate) fn signed(value: f64, digits: usize) -> String {
    let size = fixed(value.abs(), digits);
    match size.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        true => format!("{}{size}", if value > 0.0 { "+" } else { "−" }),
        false => size,
    }
}

/// Bytes in MiB or GiB.
pub(crate) fn bytes(value: u64) -> String {
    let mib = value as f64 / f64::from(1 << 20);
    if mib >= 1024.0 { format!("{:.2} GiB", mib / 1024.0) } else { format!("{mib:.0} MiB") }
}

/// Seconds as `1 h 02 min`, `3 min 20 s` or `4.2 s`.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    if whole >= 3600 {
        format!("{} h {:02} min", whole / 3600, whole / 60 % 60)
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// The order in which people list names with numbers: `4 E`, `80 W`, `101 N`. Runs of digits compare as numbers, all else
/// letter by letter.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (mut left, mut right) = (a, b);
    loop {
        let (n, m) = (digits(left), digits(right));
        if n > 0 && m > 0 {
            let number = |text: &str, n| text[..n].trim_start_matches('0').to_string();
            let (x, y) = (number(left, n), number(right, m));
            let order = x.len().cmp(&y.len()).then_with(|| x.cmp(&y));
            if order != Ordering::Equal {
                return order;
            }
            (left, right) = (&left[n..], &right[m..]);
            continue;
        }
        let (mut l, mut r) = (left.chars(), right.chars());
        match (l.next(), r.next()) {
            (None, None) => return a.cmp(b),
            (x, y) if x != y => return x.cmp(&y),
            _ => (left, right) = (l.as_str(), r.as_str()),
        }
    }
}

/// `write!` into a string, which cannot fail.
pub(crate) fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(1_234_567.4), "1\u{202f}234\u{202f}567");
        assert_eq!(grouped(-0.2), "0");
        assert_eq!(grouped(f64::NAN), "–");
        assert_eq!(short(12_340.0), "12.3\u{202f}k");
        assert_eq!(short(-0.25), "−0.25");
        assert_eq!(short(2500.0), "2500");
        assert_eq!(percent(Some(0.8512), 1), "85.1\u{202f}%");
        assert_eq!(duration(3_725.0), "1 h 02 min");
        assert_eq!(bytes(3 << 30), "3.00 GiB");
        assert_eq!([0.04, -0.04, 0.06, -1.25].map(|v| signed(v, 1)), ["0.0", "0.0", "+0.1", "−1.2"]);
    }

    #[test]
    fn names_with_numbers_come_in_the_order_of_the_numbers() {
        let mut names = ["101 N", "80 E", "", "4 W", "4 E", "10", "SR 9", "SR 85", "004 E"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["", "004 E", "4 E", "4 W", "10", "80 E", "101 N", "SR 9", "SR 85"]);
    }

    #[test]
    fn nothing_escapes_its_quotes() {
        assert_eq!(escape("<a b='c'>&\"\u{1}"), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;\u{fffd}");
        assert!(!script_json("\"</script>\"").contains('<'));
    }
}
