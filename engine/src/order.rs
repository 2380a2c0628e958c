//! The order of outside names. Ids are given in this order and not in that of the rows of a file, so that a file
//! whose rows were shuffled gives the same run, bit for bit.

use std::cmp::Ordering;

/// Natural order: runs of digits compare as numbers (`2` before `10`, `1-2` before `1-10`), everything else byte
/// by byte. Names that differ in leading zeros only compare as text, so that equal means the same name.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    while let (Some(&x), Some(&y)) = (left.first(), right.first()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (number(&mut left), number(&mut right));
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            (left, right) = (&left[1..], &right[1..]);
            x.cmp(&y)
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Takes the run of digits off the front, and returns it without leading zeros.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let n_digits = text.iter().take_while(|c| c.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(n_digits);
    *text = rest;
    &digits[digits.iter().take_while(|c| **c == b'0').count()..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_numbers_and_words_are_words() {
        let sorted = ["", "-1", "0", "1", "1-2", "1-2-2", "1-10", "2", "10", "a", "a2", "a02b", "a10"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(natural(a, b), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(natural("1", "01"), Ordering::Greater);
    }

    /// A name as a list of numbers and bytes: slow and obvious.
    fn parts(name: &str) -> Vec<(u8, u64)> {
        let mut parts: Vec<(u8, u64)> = Vec::new();
        let mut inside = false;
        for c in name.bytes() {
            let digit = c.is_ascii_digit();
            match parts.last_mut() {
                Some(last) if digit && inside => last.1 = last.1 * 10 + u64::from(c - b'0'),
                _ if digit => parts.push((b'0', u64::from(c - b'0'))),
                _ => parts.push((c, 0)),
            }
            inside = digit;
        }
        parts
    }

    proptest! {
        #[test]
        fn it_is_the_order_of_numbers_and_bytes(a in "[-a0-2]{0,8}", b in "[-a0-2]{0,8}") {
            prop_assert_eq!(natural(&a, &b), parts(&a).cmp(&parts(&b)).then(a.cmp(&b)));
            prop_assert_eq!(natural(&b, &a), natural(&a, &b).reverse());
        }
    }
}
