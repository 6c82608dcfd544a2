//! Values from the bytes of an input, and pseudo-random numbers.

use std::sync::Arc;

use flightsql_dialect::dialect::{Dialect, by_name, names};

/// Reads values from bytes. After the end, each number is 0 and each string is empty.
pub(crate) struct Input<'d>(&'d [u8]);

impl<'d> Input<'d> {
    pub(crate) fn new(data: &'d [u8]) -> Self {
        Self(data)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rest(&mut self) -> &'d [u8] {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> &'d [u8] {
        let (bytes, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        bytes
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let bytes = self.bytes(N);
        array[..bytes.len()].copy_from_slice(bytes);
        array
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Returns a number below `count`.
    pub(crate) fn below(&mut self, count: u8) -> usize {
        usize::from(self.byte() % count.max(1))
    }

    /// Returns an element of the list.
    pub(crate) fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::from(self.byte()) % list.len()]
    }

    /// Returns a number that is often small or at a limit of a type.
    pub(crate) fn number(&mut self) -> i128 {
        const LIMITS: [i128; 10] = [
            0,
            -1,
            i8::MAX as i128 + 1,
            i32::MIN as i128,
            i32::MAX as i128,
            i64::MIN as i128,
            i64::MAX as i128,
            u64::MAX as i128,
            i128::MIN,
            i128::MAX,
        ];
        match self.byte() % 8 {
            0 | 1 => i8::from_le_bytes(self.array()).into(),
            2 => i16::from_le_bytes(self.array()).into(),
            3 => i32::from_le_bytes(self.array()).into(),
            4 | 5 => i64::from_le_bytes(self.array()).into(),
            6 => i128::from_le_bytes(self.array()),
            _ => self.one_of(&LIMITS),
        }
    }

    /// Returns bytes with a length of one byte before them.
    pub(crate) fn chunk(&mut self) -> &'d [u8] {
        let count = usize::from(self.byte());
        self.bytes(count)
    }

    /// Returns a string with a length of one byte before it. Invalid UTF-8 is replaced.
    pub(crate) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.chunk()).into_owned()
    }

    /// Returns a dialect.
    pub(crate) fn dialect(&mut self) -> Arc<dyn Dialect> {
        let names = names();
        let name = &names[usize::from(self.byte()) % names.len()];
        by_name(name).expect("each name in the list is registered")
    }
}

/// Xorshift: numbers that depend on the seed only.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // The state must not be 0.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number below `count`, and 0 if `count` is 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from((self.next() >> 16) % count).unwrap_or(0)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }
}
