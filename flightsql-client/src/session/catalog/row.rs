//! The rows of a metadata response, parsed tolerantly.
//!
//! Servers rename columns, send text as dictionaries or views, and put NULL where the protocol allows none. A column is
//! therefore found by its name, then by its position if the column there has no name of the protocol, and any text type
//! will do.

use std::cell::RefCell;
use std::collections::HashMap;

use arrow_array::RecordBatch;

use crate::arrow::cell::Cell;
use crate::error::{Error, Result};

/// A row of a response with the columns that the protocol names.
#[derive(Clone, Copy)]
pub(super) struct CatalogRow<'r> {
    record: &'r RecordBatch,
    index: usize,
    /// The names of the protocol, in its order.
    names: &'static [&'static str],
    places: &'r Places,
}

/// The places of the columns that the rows of one batch were asked for. A batch may have very many rows and columns.
#[derive(Default)]
pub(super) struct Places(RefCell<HashMap<&'static str, Option<usize>>>);

impl<'r> CatalogRow<'r> {
    pub(super) fn new(record: &'r RecordBatch, index: usize, places: &'r Places) -> Self {
        Self {
            record,
            index,
            names: &[],
            places,
        }
    }

    pub(super) fn named(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    pub(crate) fn text(&self, name: &'static str) -> Option<String> {
        self.cell(name)?.display()
    }

    /// Returns the text in a column without which the row has no meaning.
    pub(super) fn needed(&self, name: &'static str) -> Result<String> {
        self.text(name).ok_or_else(|| {
            let text = format!("the server's response contains a row without a value for `{name}`");
            Error::protocol("DoGet", text)
        })
    }

    /// Returns a number, also one that the server sends as text.
    pub(crate) fn number(&self, name: &'static str) -> Option<i64> {
        let cell = self.cell(name)?;
        let number = cell.integer();
        let number = number.or_else(|| cell.text()?.trim().parse().ok());
        number?.try_into().ok()
    }

    /// Returns a number of 32 bits, as the protocol has them.
    pub(super) fn int(&self, name: &'static str) -> Option<i32> {
        self.number(name)?.try_into().ok()
    }

    pub(super) fn flag(&self, name: &'static str) -> Option<bool> {
        let cell = self.cell(name)?;
        cell.boolean()
            .or_else(|| cell.integer().map(|number| number != 0))
    }

    pub(crate) fn bytes(&self, name: &'static str) -> Option<Vec<u8>> {
        self.cell(name)?.bytes()
    }

    pub(crate) fn texts(&self, name: &'static str) -> Vec<String> {
        self.cell(name).and_then(Cell::texts).unwrap_or_default()
    }

    /// Returns the value, unless it is NULL or does not exist.
    pub(crate) fn cell(&self, name: &'static str) -> Option<Cell<'r>> {
        let mut places = self.places.0.borrow_mut();
        let place = *places.entry(name).or_insert_with(|| self.find(name));
        Cell::of(self.record.column(place?), self.index)
    }

    fn find(&self, name: &str) -> Option<usize> {
        let fields = self.record.schema_ref().fields();
        let exact = fields.iter().position(|field| field.name() == name);
        exact
            .or_else(|| {
                let any_case = |own: &str| own.eq_ignore_ascii_case(name);
                fields.iter().position(|field| any_case(field.name()))
            })
            .or_else(|| {
                let place = self.names.iter().position(|own| *own == name)?;
                let found = fields.get(place)?.name();
                let another = self.names.iter().any(|own| own.eq_ignore_ascii_case(found));
                (!another).then_some(place)
            })
    }
}
