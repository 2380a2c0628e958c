//! One kind of line end for the reader of tables.
//!
//! A line may end in `\n` or in `\r\n`. The crate that takes tables apart counts a line when it passes the `\n`, which of
//! `\r\n` is after it has given out the row, so that its line numbers fall behind by one; and a last line without an end looks
//! like one with a blank line after it. Here every line ends in `\n` before that crate sees it.

use std::io::{self, Read};

/// Drops the `\r` of each `\r\n`, and ends the last line where it has no end. A `\r` alone stays.
pub(super) struct PlainNewlines<R> {
    inner: R,
    /// A `\r` that was read and not handed out, because what follows it is not known yet.
    held: bool,
    /// Last byte that was handed out.
    last: Option<u8>,
}

impl<R: Read> PlainNewlines<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, held: false, last: None }
    }

    /// What is read from.
    pub(super) fn inner(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The end of the file: what was held back, then an end of the line.
    fn end(&mut self, buffer: &mut [u8]) -> usize {
        let byte = match (std::mem::take(&mut self.held), self.last) {
            (true, _) => b'\r',
            (false, Some(last)) if last != b'\n' => b'\n',
            _ => return 0,
        };
        buffer[0] = byte;
        self.last = Some(byte);
        1
    }
}

impl<R: Read> Read for PlainNewlines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.len() < 2 {
            // The reader of tables never asks for so little; two bytes are needed for a `\r` and what follows.
            return if buffer.is_empty() { Ok(0) } else { Err(io::Error::other("a buffer of one byte")) };
        }
        loop {
            let from = usize::from(self.held);
            let n = self.inner.read(&mut buffer[from..])?;
            if n == 0 {
                return Ok(self.end(buffer));
            }
            if std::mem::take(&mut self.held) {
                buffer[0] = b'\r';
            }
            let mut end = from + n;
            if buffer[..end].contains(&b'\r') {
                end = self.squeeze(buffer, end);
            }
            if end > 0 {
                self.last = Some(buffer[end - 1]);
                return Ok(end);
            }
        }
    }
}

impl<R> PlainNewlines<R> {
    /// Drops each `\r` before a `\n` from the first `end` bytes, and holds back one that ends them; returns how many bytes
    /// are left.
    fn squeeze(&mut self, buffer: &mut [u8], end: usize) -> usize {
        let mut kept = 0;
        for at in 0..end {
            if buffer[at] == b'\r' {
                if at + 1 == end {
                    self.held = true;
                    continue;
                }
                if buffer[at + 1] == b'\n' {
                    continue;
                }
            }
            buffer[kept] = buffer[at];
            kept += 1;
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out `step` bytes at a time, so that a `\r\n` is cut in every way.
    struct Steps<'a>(&'a [u8], usize);

    impl Read for Steps<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn every_line_ends_in_one_way() {
        for (given, wanted) in [
            ("", ""),
            ("a", "a\n"),
            ("a\n", "a\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\rb\r\r\nc\r", "a\rb\r\nc\r\n"),
            ("\r\n\r\n", "\n\n"),
        ] {
            for step in 1..6 {
                let mut text = String::new();
                let mut plain = PlainNewlines::new(Steps(given.as_bytes(), step));
                let mut buffer = [0; 3];
                loop {
                    let n = plain.read(&mut buffer).unwrap();
                    if n == 0 {
                        break;
                    }
                    text.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
                }
                assert_eq!(text, wanted, "{given:?} in steps of {step}");
            }
        }
    }
}
