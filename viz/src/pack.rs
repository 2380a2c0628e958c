//! Integers in as few bytes as they need (LEB128): seven bits a byte, low bits first; the top bit says that more
//! follow. Signed ones are zigzagged (0, −1, 1, −2, …) first. `assets/unpack.js` reads them in the page.

/// Bytes that grow.
#[derive(Debug, Default)]
pub(crate) struct Packer(pub(crate) Vec<u8>);

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
}

/// Bytes that are read from the front. Each method is `None` where they end too early.
#[derive(Debug)]
pub(crate) struct Unpacker<'a>(pub(crate) &'a [u8]);

impl<'a> Unpacker<'a> {
    /// One byte.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// The next `n` bytes.
    pub(crate) fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(bytes)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    /// A number that is not negative; `None` also for one that does not fit 32 bits.
    pub(crate) fn unsigned(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).ok();
            }
        }
        None
    }

    /// A number of either sign; `None` also for one that does not fit 32 bits.
    pub(crate) fn signed(&mut self) -> Option<i32> {
        let value = self.unsigned()?;
        Some((value >> 1) as i32 ^ -((value & 1) as i32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_take_as_many_bytes_as_they_need_and_come_back() {
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
        let mut unpacker = Unpacker(&packer.0);
        assert_eq!(
            (unpacker.unsigned(), unpacker.signed(), unpacker.signed()),
            (Some(300), Some(-1), Some(64))
        );
        assert_eq!((unpacker.unsigned(), unpacker.signed()), (Some(u32::MAX), Some(i32::MIN)));
        assert_eq!((unpacker.byte(), unpacker.unsigned()), (None, None));
    }

    #[test]
    fn what_is_cut_off_or_too_large_is_no_integer() {
        for bytes in [&[0x80][..], &[0xff; 5], &[0xff, 0xff, 0xff, 0xff, 0x10], &[0x80; 9]] {
            assert_eq!(Unpacker(bytes).unsigned(), None, "{bytes:?}");
        }
    }
}
