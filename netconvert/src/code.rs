//! Codes and keys that are numbers: programs write one and the same as `1`, `01` or `1.0`.
//!
//! SAS writes zeros before a code (the public files of the National Household Travel Survey), and pandas makes decimals of a
//! column of whole numbers in which one cell is empty. Whoever compares texts then finds nothing.

/// A code or key of digits without the zeros before it and without `.0` behind it: `01`, `1` and `1.0` are one. Any other
/// text stays as it is.
pub(crate) fn bare(text: &str) -> &str {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (1, digits),
        None => (0, text),
    };
    let whole = match digits.split_once('.') {
        Some((whole, part)) if !part.is_empty() && part.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return text,
        None => digits,
    };
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    if sign > 0 {
        return &text[..sign + whole.len()];
    }
    match whole.trim_start_matches('0') {
        "" => &whole[whole.len() - 1..],
        bare => bare,
    }
}

/// An id without the decimals that pandas gives it: `1.0` is `1`. Zeros before it stay, they may be a part of the name.
pub(crate) fn without_decimals(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, part)) if bare(text) == bare(whole) && !part.is_empty() => whole,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_zeros() {
        let ids = ["1.0", "01.0", "01", "1.5", "a.0", ".0", "1."].map(without_decimals);
        assert_eq!(ids, ["1", "01", "01", "1.5", "a.0", ".0", "1."]);
    }

    #[test]
    fn a_code_is_the_same_however_it_is_written() {
        for (text, is) in [
            ("1", "1"),
            ("01", "1"),
            ("1.0", "1"),
            ("001.00", "1"),
            ("0", "0"),
            ("00", "0"),
            ("-9", "-9"),
            ("-9.0", "-9"),
            ("1.5", "1.5"),
            ("0.5", "0.5"),
            ("A01", "A01"),
            ("7/01", "7/01"),
            ("", ""),
            ("-", "-"),
            ("1.", "1."),
        ] {
            assert_eq!(bare(text), is, "{text}");
        }
    }
}
