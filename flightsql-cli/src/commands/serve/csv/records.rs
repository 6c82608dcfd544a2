//! The records of a CSV file ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)), with the quotes around each field, which
//! distinguish an empty string from NULL.

use std::io::{self, BufRead};
use std::ops::Range;

/// A field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    pub(super) text: &'a str,
    pub(super) is_quoted: bool,
}

/// A record, reused for the next one.
#[derive(Debug, Default)]
pub(super) struct Record {
    text: String,
    fields: Vec<(Range<usize>, bool)>,
    /// The line on which the record begins, from 1.
    pub(super) line: u64,
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns the length of all fields in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Returns `true` for an empty line.
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty() && matches!(*self.fields, [(_, false)])
    }

    pub(super) fn cells(&self) -> impl ExactSizeIterator<Item = Cell<'_>> {
        self.fields.iter().map(|(range, is_quoted)| Cell {
            // Fields end at commas and line breaks, so the slice ends at a character boundary.
            text: self.text.get(range.clone()).unwrap_or_default(),
            is_quoted: *is_quoted,
        })
    }
}

/// The records of an input, one after the other.
#[derive(Debug)]
pub(super) struct Records<R> {
    input: R,
    line: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a field.
    Start,
    /// Inside an unquoted field.
    Bare,
    /// Between two quotes.
    Quoted,
    /// After a quote that ended the field, or is the first of two.
    Closed,
}

impl<R: BufRead> Records<R> {
    /// Skips a byte-order mark at the start.
    pub(super) fn new(mut input: R) -> io::Result<Self> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if input.fill_buf()?.starts_with(MARK) {
            input.consume(MARK.len());
        }
        Ok(Self { input, line: 1 })
    }

    /// Reads the next record; `false` at the end of the file.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, String> {
        let mut text = std::mem::take(&mut record.text).into_bytes();
        text.clear();
        record.fields.clear();
        record.line = self.line;
        let (mut state, mut start) = (State::Start, 0);
        loop {
            let byte = self.next()?;
            match (state, byte) {
                (State::Quoted, None) => {
                    return Err(format!(
                        "the record on line {} ends inside quotes; add the closing quote",
                        record.line
                    ));
                }
                (State::Start, None) if record.fields.is_empty() => return Ok(false),
                (State::Quoted, Some(b'"')) => state = State::Closed,
                (State::Start, Some(b'"')) => state = State::Quoted,
                (State::Quoted, Some(byte)) => text.push(byte),
                (State::Closed, Some(b'"')) => {
                    text.push(b'"');
                    state = State::Quoted;
                }
                (_, Some(b',')) => {
                    record
                        .fields
                        .push((start..text.len(), state == State::Closed));
                    (state, start) = (State::Start, text.len());
                }
                (_, None | Some(b'\n' | b'\r')) => {
                    if byte == Some(b'\r') && self.peek()? == Some(b'\n') {
                        self.next()?;
                    }
                    record
                        .fields
                        .push((start..text.len(), state == State::Closed));
                    record.text = String::from_utf8(text)
                        .map_err(|_| format!("the record on line {} is not UTF-8", record.line))?;
                    return Ok(true);
                }
                (State::Closed, Some(_)) => {
                    return Err(format!(
                        "the record on line {} has text after a closing quote; double the quotes inside a field",
                        record.line
                    ));
                }
                (_, Some(byte)) => {
                    text.push(byte);
                    state = State::Bare;
                }
            }
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, String> {
        let read = self.input.fill_buf().map_err(|error| error.to_string())?;
        Ok(read.first().copied())
    }

    fn next(&mut self) -> Result<Option<u8>, String> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.input.consume(1);
        }
        if byte == Some(b'\n') || byte == Some(b'\r') && self.peek()? != Some(b'\n') {
            self.line += 1;
        }
        Ok(byte)
    }
}
