//! Shares as they are typed.

/// Reads a share from 0 to 1.
///
/// # Errors
/// What is wrong and what was expected, for the command line to say.
pub fn parse(text: &str) -> Result<f64, String> {
    let expected = "expected a share from 0 to 1, such as 0.85 for 85 %";
    let share: f64 = text.parse().map_err(|_| format!("not a number: {expected}"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(format!("not a share: {expected}")) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn percentages_are_no_shares() {
        assert_eq!(parse("0.85"), Ok(0.85));
        assert!(parse("85").unwrap_err().contains("0.85 for 85 %"));
        assert!(parse("NaN").is_err() && parse("-0.1").is_err());
        assert!(parse("half").unwrap_err().starts_with("not a number"));
    }
}
