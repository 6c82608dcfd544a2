//! The values bound to a statement.

use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_schema::Field;

use super::batch::{self, BindTarget};
use super::{BindError, Literals};
use crate::arrow::logical_type::server_type_name;
use crate::arrow::scalar::Scalar;
use crate::arrow::type_name::sql_name;
use crate::dialect::{Dialect, NullBinding};
use crate::sql::ParsedStatement;

/// The values bound to a statement, in order. `Debug` shows their number and never the values, which may be secret.
#[derive(Clone)]
pub struct Parameters {
    pub(super) values: Values,
    /// The number of `?` that a query builder wrote; 0 for SQL written by hand.
    pub(super) emitted: u32,
}

/// The values of one row, or the columns of many.
#[derive(Clone)]
pub(super) enum Values {
    Row(Vec<Scalar>),
    Rows(RecordBatch),
}

impl Parameters {
    pub fn row(scalars: Vec<Scalar>, emitted: u32) -> Self {
        Self {
            values: Values::Row(scalars),
            emitted,
        }
    }

    /// Creates the parameters of many rows, whose columns are the parameters.
    pub fn rows(rows: RecordBatch, emitted: u32) -> Self {
        Self {
            values: Values::Rows(rows),
            emitted,
        }
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns the number of parameter sets.
    #[must_use]
    pub fn num_sets(&self) -> usize {
        self.values.num_rows()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn emitted(&self) -> u32 {
        self.emitted
    }

    /// Returns the SQL names of the types of the values, for casts; `None` for a NULL without a type.
    pub fn type_names(&self, dialect: &dyn Dialect) -> Vec<Option<String>> {
        let name = |field: &Field, own: String| {
            let name = dialect.type_name(field).unwrap_or(own);
            (!field.data_type().is_null()).then_some(name)
        };
        match &self.values {
            Values::Row(scalars) => {
                let scalars = scalars.iter();
                scalars
                    .map(|scalar| name(&scalar.field(""), scalar.type_name()))
                    .collect()
            }
            Values::Rows(rows) => {
                let fields = rows.schema_ref().fields().iter();
                fields.map(|field| name(field, type_name(field))).collect()
            }
        }
    }

    /// Returns a batch that binds the values to the parameters of a statement.
    ///
    /// # Errors
    /// Returns `Argument` if the counts differ or two columns have one name, and `Encode` if a value cannot be converted
    /// to its reported type without loss.
    pub fn to_batch(&self, target: &BindTarget<'_>) -> Result<RecordBatch, BindError> {
        batch::to_batch(&self.values, target)
    }

    /// Returns the statement with literals of the dialect in place of placeholders: for all values, or for those that the
    /// dialect never binds. With `truncate`, dates and times lose the digits that the dialect does not keep.
    ///
    /// # Errors
    /// Returns `Argument` if the placeholders are ambiguous, or are not as many as the values.
    pub fn literals<'a>(
        &'a self,
        statement: &'a ParsedStatement,
        dialect: &'a dyn Dialect,
        truncate: bool,
        all: bool,
    ) -> Result<Literals<'a>, BindError> {
        Literals::new(statement, dialect, self, truncate, all)
    }

    /// Returns `true` if the dialect requires that some of the values are written into the text.
    pub fn has_written(&self, dialect: &dyn Dialect) -> bool {
        let types = &dialect.profile().types;
        if types.nulls != NullBinding::Literal && types.literal.is_empty() {
            return false;
        }
        match &self.values {
            Values::Row(_) => (0..self.len()).any(|index| self.is_written(0, index, dialect)),
            Values::Rows(rows) => {
                let mut columns = rows.schema_ref().fields().iter().zip(rows.columns());
                let nulls = types.nulls == NullBinding::Literal;
                columns.any(|(own, column)| {
                    (nulls && column.logical_null_count() > 0) || types.is_literal(own)
                })
            }
        }
    }

    /// Returns `true` if the dialect requires that a value of this type, or a NULL, is written into the text.
    pub(super) fn is_written(&self, row: usize, index: usize, dialect: &dyn Dialect) -> bool {
        let types = &dialect.profile().types;
        let nulls = types.nulls == NullBinding::Literal;
        match &self.values {
            Values::Row(scalars) => scalars.get(index).is_some_and(|scalar| {
                (nulls && scalar.is_null()) || types.is_literal(&scalar.field(""))
            }),
            Values::Rows(rows) => {
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

debug_fields!(Parameters, |it| { len: it.len() });

fn type_name(field: &Field) -> String {
    let own = server_type_name(field);
    own.unwrap_or_else(|| sql_name(field.data_type(), field.extension_type_name()).into_owned())
}
