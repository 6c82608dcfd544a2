//! Values written into the text of a statement: all values for `binds=literal`, or those that the dialect never binds.
//!
//! `template` (a statement and its placeholders) · `write` (one value as the dialect writes it) · `cell` (a cell of an Arrow
//! column as a value).
//!
//! A value must never be read as SQL. So values stand only where the lexer finds a placeholder, each kind of value has
//! one way to be written, and the finished text goes through the lexer again: whatever is not one of the statement's own
//! tokens, in order, must lie inside a value. Values never appear in errors.

mod cell;
mod template;
mod write;

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch};
use sqlx_core::error::Error;

use self::template::Template;
use super::{FlightSqlArguments, Scalar, wrong_number};
use crate::dialect::{Dialect, NullBinding};
use crate::sql::ParsedStatement;
use crate::value::{Batch, FlightSqlValueRef, Meta};

/// A statement and the values to be written into it, in one row or many.
pub(crate) struct Literals<'a> {
    template: Template<'a>,
    arguments: &'a FlightSqlArguments,
    rows: Rows<'a>,
    all: bool,
}

enum Rows<'a> {
    One(&'a [Scalar]),
    Many(Arc<Batch>),
}

impl<'a> Literals<'a> {
    /// # Errors
    /// `InvalidArgument` when the placeholders cannot be told, or are not as many as the values.
    pub(super) fn new(
        statement: &'a ParsedStatement,
        dialect: &'a dyn Dialect,
        arguments: &'a FlightSqlArguments,
        truncate: bool,
        all: bool,
    ) -> Result<Self, Error> {
        let columns = arguments.rows.as_ref().map(RecordBatch::schema_ref);
        let columns = columns.map(|schema| &**schema);
        let bound = (arguments.len(), columns);
        let template =
            Template::new(statement, dialect, bound, arguments.emitted())?.truncating(truncate);
        let rows = match &arguments.rows {
            Some(rows) => Rows::Many(batch(rows)?),
            None => Rows::One(arguments.buffer.scalars()),
        };
        Ok(Self {
            template,
            arguments,
            rows,
            all,
        })
    }

    /// Returns the number of rows of values; each row becomes one statement.
    pub(crate) fn len(&self) -> u32 {
        match &self.rows {
            Rows::One(_) => 1,
            Rows::Many(batch) => batch.num_rows(),
        }
    }

    /// Returns the statement with the literals of a row, and the values that remain to be bound.
    ///
    /// # Errors
    /// `Encode` with the parameter and its type when the dialect has no exact literal for a value.
    pub(crate) fn statement(
        &self,
        row: u32,
    ) -> Result<(ParsedStatement, Option<FlightSqlArguments>), Error> {
        let count = self.arguments.len();
        let written: Vec<bool> = (0..count)
            .map(|index| {
                self.all
                    || self
                        .arguments
                        .is_written(row, index, self.template.dialect())
            })
            .collect();
        let values = (0..count).map(|index| match written[index] {
            true => self.value(row, index).map(Some),
            false => Ok(None),
        });
        let statement = self
            .template
            .fill(&values.collect::<Result<Vec<_>, _>>()?)?;
        let rest = match written.iter().all(|written| *written) {
            true => None,
            false => Some(self.rest(row, &written)?),
        };
        Ok((statement, rest))
    }

    /// The value of a parameter in a row.
    fn value(&self, row: u32, index: usize) -> Result<Cow<'_, Scalar>, Error> {
        match &self.rows {
            Rows::One(scalars) => match scalars.get(index) {
                Some(scalar) => Ok(Cow::Borrowed(scalar)),
                None => Err(Error::InvalidArgument(wrong_number(
                    index + 1,
                    scalars.len(),
                ))),
            },
            Rows::Many(batch) => FlightSqlValueRef::new(batch, index, row)
                .ok_or_else(crate::value::read::outside)
                .and_then(cell::scalar)
                .map(Cow::Owned)
                .map_err(|why| Error::Encode(format!("parameter {}: {why}", index + 1).into())),
        }
    }

    /// The values of a row that are not written.
    fn rest(&self, row: u32, written: &[bool]) -> Result<FlightSqlArguments, Error> {
        let kept = || (0..written.len()).filter(|index| !written[*index]);
        let mut rest = FlightSqlArguments::default();
        match &self.rows {
            Rows::One(scalars) => {
                let scalars = kept().filter_map(|index| scalars.get(index));
                scalars.for_each(|scalar| rest.buffer.push(scalar.clone()));
            }
            Rows::Many(batch) => {
                let kept: Vec<usize> = kept().collect();
                let row = usize::try_from(row).unwrap_or(usize::MAX);
                let record = batch.record().slice(row, 1).project(&kept);
                rest.rows = Some(record.map_err(|error| Error::Encode(error.into()))?);
            }
        }
        if self.arguments.emitted() > 0 {
            let questions = self.template.questions(written);
            rest.emitted = u32::try_from(questions).unwrap_or(u32::MAX).into();
        }
        Ok(rest)
    }
}

impl FlightSqlArguments {
    /// Returns `true` if the dialect requires that some of the values are written into the text.
    pub(crate) fn has_written(&self, dialect: &dyn Dialect) -> bool {
        let types = &dialect.profile().types;
        if types.nulls != NullBinding::Literal && types.literal.is_empty() {
            return false;
        }
        match &self.rows {
            None => (0..self.len()).any(|index| self.is_written(0, index, dialect)),
            Some(rows) => {
                let mut columns = rows.schema_ref().fields().iter().zip(rows.columns());
                let nulls = types.nulls == NullBinding::Literal;
                columns.any(|(own, column)| {
                    (nulls && column.logical_null_count() > 0) || types.is_literal(own)
                })
            }
        }
    }

    /// Returns `true` if the dialect requires that a value of this type, or a NULL, is written into the text.
    fn is_written(&self, row: u32, index: usize, dialect: &dyn Dialect) -> bool {
        let types = &dialect.profile().types;
        let nulls = types.nulls == NullBinding::Literal;
        match &self.rows {
            None => self.buffer.scalars().get(index).is_some_and(|scalar| {
                (nulls && scalar.is_null()) || types.is_literal(&scalar.info().to_field(""))
            }),
            Some(rows) => {
                let row = usize::try_from(row).unwrap_or(usize::MAX);
                let is_null = |column: &ArrayRef| {
                    row < column.len() && column.slice(row, 1).logical_null_count() > 0
                };
                (nulls && rows.columns().get(index).is_some_and(is_null))
                    || rows
                        .schema_ref()
                        .fields()
                        .get(index)
                        .is_some_and(|own| types.is_literal(own))
            }
        }
    }
}

fn batch(rows: &RecordBatch) -> Result<Arc<Batch>, Error> {
    Batch::new(Meta::plain(rows.schema()), rows.clone())
}

#[cfg(test)]
mod tests;
