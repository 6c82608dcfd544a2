//! Values written into the text of a statement: all values for `binds=literal`, or those that the dialect never binds.
//!
//! A value must never be read as SQL. So values are written only where the lexer finds a placeholder, each kind of value
//! has one form, and the lexer reads the finished text again: each token that the statement does not have in this order
//! must be part of a value. Values never appear in errors.

mod template;
mod write;

use std::borrow::Cow;

use self::template::SqlTemplate;
use super::batch::wrong_number;
use super::parameters::Values;
use super::{BindError, Parameters};
use crate::arrow::scalar::Scalar;
use crate::arrow::scalar_of::scalar_of;
use crate::dialect::Dialect;
use crate::sql::ParsedStatement;

/// A statement and the values to be written into it, in one row or many.
pub struct Literals<'a> {
    template: SqlTemplate<'a>,
    parameters: &'a Parameters,
    all: bool,
}

debug_fields!(Literals<'_>);

impl<'a> Literals<'a> {
    /// Returns `Argument` if the placeholders are ambiguous, or are not as many as the values.
    pub(super) fn new(
        statement: &'a ParsedStatement,
        dialect: &'a dyn Dialect,
        parameters: &'a Parameters,
        truncate: bool,
        all: bool,
    ) -> Result<Self, BindError> {
        let columns = match &parameters.values {
            Values::Row(_) => None,
            Values::Rows(rows) => Some(&**rows.schema_ref()),
        };
        let bound = (parameters.len(), columns);
        let emitted = parameters.emitted;
        Ok(Self {
            template: SqlTemplate::new(statement, dialect, bound, emitted, truncate)?,
            parameters,
            all,
        })
    }

    /// Returns the number of rows of values; each row becomes one statement.
    pub fn num_rows(&self) -> usize {
        self.parameters.values.num_rows()
    }

    /// Returns the statement with the literals of a row, and the values that remain to be bound.
    ///
    /// # Errors
    /// Returns `Encode` with the parameter and its type if the dialect has no exact literal for a value.
    pub fn statement(
        &self,
        row: usize,
    ) -> Result<(ParsedStatement, Option<Parameters>), BindError> {
        let (parameters, dialect) = (self.parameters, self.template.dialect());
        let is_written = |index| self.all || parameters.is_written(row, index, dialect);
        let written: Vec<bool> = (0..parameters.len()).map(is_written).collect();
        let values = written.iter().enumerate();
        let values = values.map(|(index, written)| match written {
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

    fn value(&self, row: usize, index: usize) -> Result<Cow<'_, Scalar>, BindError> {
        let missing = || BindError::Argument(wrong_number(index + 1, self.parameters.len()));
        match &self.parameters.values {
            Values::Row(scalars) => {
                let scalar = scalars.get(index).ok_or_else(missing)?;
                Ok(Cow::Borrowed(scalar))
            }
            Values::Rows(rows) => {
                let field = rows.schema_ref().fields().get(index);
                let (field, column) = field.zip(rows.columns().get(index)).ok_or_else(missing)?;
                scalar_of(column, field, row)
                    .map(Cow::Owned)
                    .map_err(|why| self.template.refused(index, field.data_type(), &why))
            }
        }
    }

    fn rest(&self, row: usize, written: &[bool]) -> Result<Parameters, BindError> {
        let kept = (0..written.len()).filter(|index| !written[*index]);
        let emitted = match self.parameters.emitted {
            0 => 0,
            _ => u32::try_from(self.template.questions(written)).unwrap_or(u32::MAX),
        };
        Ok(match &self.parameters.values {
            Values::Row(scalars) => {
                let scalars = kept.filter_map(|index| scalars.get(index).cloned());
                Parameters::row(scalars.collect(), emitted)
            }
            Values::Rows(rows) => {
                let kept: Vec<usize> = kept.collect();
                let row = rows.slice(row, 1).project(&kept);
                Parameters::rows(row.map_err(BindError::encode)?, emitted)
            }
        })
    }
}

#[cfg(test)]
mod tests;
