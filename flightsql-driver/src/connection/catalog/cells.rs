//! The cells of a metadata answer (layer 4), read with patience.
//!
//! Servers rename columns, send text as dictionaries or views, and put NULL where the protocol allows none. So a cell is
//! found by name, then by its place when the column there has no name of the protocol, and any text type will do.

use sqlx_core::column::Column as _;
use sqlx_core::decode::Decode;
use sqlx_core::row::Row as _;
use sqlx_core::types::Type;
use sqlx_core::value::ValueRef as _;

use crate::error::{Error, Result};
use crate::marker::FlightSql;
use crate::row::FlightSqlRow;
use crate::value::FlightSqlValueRef;

/// One row of an answer whose columns the protocol names.
pub(super) struct Cells<'r> {
    row: &'r FlightSqlRow,
    /// The names of the protocol, in its order.
    names: &'static [&'static str],
}

impl<'r> Cells<'r> {
    pub(super) fn new(row: &'r FlightSqlRow, names: &'static [&'static str]) -> Self {
        Self { row, names }
    }

    /// The text in a column; `None` where there is none.
    pub(super) fn text(&self, name: &'static str) -> Option<String> {
        let value = self.value(name)?;
        Some(match decode::<String>(value) {
            Some(text) => text,
            None => value.to_string(),
        })
    }

    /// The text in a column without which the row makes no sense.
    pub(super) fn needed(&self, name: &'static str) -> Result<String> {
        self.text(name).ok_or_else(|| {
            Error::peer(
                "DoGet",
                format!("the server's answer has a row without `{name}`"),
            )
        })
    }

    pub(super) fn number(&self, name: &'static str) -> Option<i64> {
        decode(self.value(name)?)
    }

    /// The same in 32 bits, as the protocol has them.
    pub(super) fn int(&self, name: &'static str) -> Option<i32> {
        self.number(name)?.try_into().ok()
    }

    pub(super) fn flag(&self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        decode(value).or_else(|| decode::<i64>(value).map(|number| number != 0))
    }

    pub(super) fn bytes(&self, name: &'static str) -> Option<Vec<u8>> {
        decode(self.value(name)?)
    }

    pub(super) fn texts(&self, name: &'static str) -> Vec<String> {
        let texts = self.value(name).and_then(decode::<Vec<Option<String>>>);
        texts.into_iter().flatten().flatten().collect()
    }

    /// The cell, unless it is NULL or not there.
    pub(super) fn value(&self, name: &'static str) -> Option<FlightSqlValueRef<'r>> {
        let value = self.row.try_get_raw(self.find(name)?).ok()?;
        (!value.is_null()).then_some(value)
    }

    fn find(&self, name: &str) -> Option<usize> {
        let columns = self.row.columns();
        let named = |column: &str| columns.iter().position(|own| own.name() == column);
        named(name)
            .or_else(|| {
                let any_case = |own: &str| own.eq_ignore_ascii_case(name);
                columns.iter().position(|own| any_case(own.name()))
            })
            .or_else(|| {
                let place = self.names.iter().position(|own| *own == name)?;
                let found = columns.get(place)?.name();
                let another = self.names.iter().any(|own| own.eq_ignore_ascii_case(found));
                (!another).then_some(place)
            })
    }
}

/// The value as a `T`, where it is one.
pub(super) fn decode<'r, T>(value: FlightSqlValueRef<'r>) -> Option<T>
where
    T: Decode<'r, FlightSql> + Type<FlightSql>,
{
    T::compatible(value.info()).then(|| T::decode(value).ok())?
}
