//! Numbers as short text: variable-length integers and base64. The page unpacks them with
//! `unpack.js`; there is no compression, so that any browser of the last ten years reads it.

/// Bytes that grow: integers of 7 bits a byte, low bits first, the top bit says that more follow
/// (LEB128). Signed ones are zigzagged (0, −1, 1, −2, …) first.
#[derive(Debug, Default)]
pub(crate) struct Packer(Vec<u8>);

impl Packer {
    /// Adds a number that is not negative.
    pub(crate) fn unsigned(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// Adds a number of either sign.
    pub(crate) fn signed(&mut self, value: i32) {
        self.unsigned(((value << 1) ^ (value >> 31)) as u32);
    }

    /// Adds one byte as it is.
    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    /// All of it as base64.
    pub(crate) fn base64(&self) -> String {
        base64(&self.0)
    }
}

/// Base64 with padding (RFC 4648 section 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, &b| word << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * place)) as usize & 63];
            text.push(if place > chunk.len() { '=' } else { letter as char });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648 section 10.
    #[test]
    fn base64_gives_the_vectors_of_its_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn integers_take_as_many_bytes_as_they_need() {
        let mut packer = Packer::default();
        packer.unsigned(300);
        packer.signed(-1);
        packer.signed(64);
        packer.unsigned(u32::MAX);
        packer.signed(i32::MIN);
        let tail = [0xff, 0xff, 0xff, 0xff, 0x0f];
        assert_eq!(packer.0[..5], [0xac, 0x02, 0x01, 0x80, 0x01]);
        assert_eq!(packer.0[5..10], tail);
        assert_eq!(packer.0[10..], tail);
    }
}
