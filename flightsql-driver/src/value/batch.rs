//! The columns of a result ([`Columns`]) and one batch of its rows ([`Batch`]).
//!
//! This module does all work that is done once per result or per batch, so that a row is a pointer and an index.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use hashbrown::{DefaultHashBuilder, HashTable};
use sqlx_core::column::Column as _;
use sqlx_core::error::Error;

use super::column_reader::ColumnReader;
use crate::column::FlightSqlColumn;
use crate::result_schema::ResultSchema;

/// The columns of one result set, shared by all its batches.
pub(crate) struct Columns {
    all: Vec<FlightSqlColumn>,
    /// Name to ordinal, without a copy of the name; a repeated name has its first column.
    names: HashTable<u32>,
    hasher: DefaultHashBuilder,
    schema: ResultSchema,
}

impl Columns {
    pub(crate) fn new(schema: ResultSchema) -> Arc<Self> {
        let sent = schema.sent().fields().iter().enumerate();
        let all: Vec<_> = sent
            .map(|(ordinal, sent)| {
                let meant = schema.field(ordinal).unwrap_or(sent);
                FlightSqlColumn::new(ordinal, Arc::clone(sent), meant)
            })
            .collect();
        let hasher = DefaultHashBuilder::default();
        let mut names = HashTable::with_capacity(all.len());
        let text = |ordinal: u32| all[ordinal as usize].name();
        for ordinal in 0..u32::try_from(all.len()).unwrap_or(u32::MAX) {
            let name = text(ordinal);
            names
                .entry(
                    hasher.hash_one(name),
                    |&other| text(other) == name,
                    |&other| hasher.hash_one(text(other)),
                )
                .or_insert(ordinal);
        }
        Arc::new(Self {
            all,
            names,
            hasher,
            schema,
        })
    }

    /// Creates columns without a type map.
    pub(crate) fn plain(schema: SchemaRef) -> Arc<Self> {
        Self::new(ResultSchema::plain(schema))
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[FlightSqlColumn] {
        &self.all
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        self.schema.sent()
    }

    /// Finds the first column of this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names
            .find(self.hasher.hash_one(name), |&ordinal| {
                self.all[ordinal as usize].name() == name
            })
            .map(|&ordinal| ordinal as usize)
    }
}

impl fmt::Debug for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.all).finish()
    }
}

/// A record batch with downcast columns.
pub(crate) struct Batch {
    readers: Vec<ColumnReader>,
    /// The column after the last one found by name. Structs are mostly read in column order, so one comparison replaces a
    /// hash. A wrong guess costs only this comparison.
    next: AtomicU32,
    columns: Arc<Columns>,
    record: RecordBatch,
}

impl Batch {
    /// Downcasts the columns. Returns `Protocol` if the batch does not have these columns, or has too many rows.
    pub(crate) fn new(columns: Arc<Columns>, record: RecordBatch) -> Result<Arc<Self>, Error> {
        let (reported, sent) = (columns.all.len(), record.num_columns());
        if reported != sent {
            return Err(Error::Protocol(format!(
                "the server sent a batch of {sent} columns in a result of {reported}"
            )));
        }
        if u32::try_from(record.num_rows()).is_err() {
            return Err(Error::Protocol(format!(
                "the server sent a batch of {} rows; the limit is {}",
                record.num_rows(),
                u32::MAX
            )));
        }
        let readers = columns
            .all
            .iter()
            .zip(record.columns())
            .map(|(column, array)| {
                let named_first = columns.find(column.name()) == Some(column.ordinal());
                let mapping = columns.schema.mapping(column.ordinal());
                ColumnReader::new(column, array, named_first, mapping).ok_or_else(|| {
                    Error::Protocol(format!(
                        "the server reported column {:?} as {} and sent {}",
                        column.name(),
                        column.field().data_type(),
                        arrow_array::Array::data_type(array)
                    ))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Arc::new(Self {
            readers,
            next: AtomicU32::new(0),
            columns,
            record,
        }))
    }

    pub(crate) fn num_rows(&self) -> u32 {
        u32::try_from(self.record.num_rows()).expect("checked when the batch was created")
    }

    #[inline]
    pub(crate) fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    #[inline]
    pub(crate) fn record(&self) -> &RecordBatch {
        &self.record
    }

    #[inline]
    pub(crate) fn reader(&self, column: usize) -> Option<&ColumnReader> {
        self.readers.get(column)
    }

    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let guess = self.next.load(Ordering::Relaxed);
        match self.readers.get(guess as usize) {
            Some(reader) if reader.is_named(name) => {
                self.expect_after(guess);
                Some(guess as usize)
            }
            _ => self.find_slow(name),
        }
    }

    #[inline(never)]
    fn find_slow(&self, name: &str) -> Option<usize> {
        // A struct without the last columns starts its next row here.
        let found = match self.readers.first() {
            Some(reader) if reader.is_named(name) => 0,
            _ => self.columns.find(name)?,
        };
        self.expect_after(self.readers.get(found)?.ordinal_u32());
        Some(found)
    }

    #[inline]
    fn expect_after(&self, column: u32) {
        let next = column + 1;
        let last = next as usize == self.readers.len();
        self.next
            .store(if last { 0 } else { next }, Ordering::Relaxed);
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("columns", &self.columns)
            .field("rows", &self.record.num_rows())
            .finish()
    }
}

#[cfg(test)]
mod tests;
