//! Scalars and the server's parameter schema to a one-row `RecordBatch`. Layer D.
//!
//! `CommandPreparedStatementQuery` and `ActionCreatePreparedStatementResult.parameter_schema` in
//! <https://github.com/apache/arrow/blob/main/format/FlightSql.proto>. The protocol does not say
//! whether a server takes parameters by name or by position, and servers do both. So the columns
//! stand in true positional order *and* carry the announced names.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, Schema};
use sqlx_core::error::Error;

use super::Scalar;
use super::coerce::coerce;

pub(super) fn to_batch(
    scalars: &[Scalar],
    announced: Option<&Schema>,
) -> Result<RecordBatch, Error> {
    let columns = match announced {
        Some(schema) if !schema.fields().is_empty() => as_announced(scalars, schema)?,
        // Many servers prepare without telling what the parameters are.
        _ => as_bound(scalars)?,
    };
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let one_row = RecordBatchOptions::new().with_row_count(Some(1));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &one_row)
        .map_err(|error| Error::Encode(error.into()))
}

/// Columns named `$1`, `$2`, …, of the types of the values.
fn as_bound(scalars: &[Scalar]) -> Result<Vec<(Field, ArrayRef)>, Error> {
    scalars
        .iter()
        .enumerate()
        .map(|(index, scalar)| {
            let name = format!("${}", index + 1);
            let info = scalar.info();
            let array = convert(scalar, info.data_type(), index, &name)?;
            let field = Field::new(name, array.data_type().clone(), true);
            Ok(match info.extension_name() {
                None => (field, array),
                Some(extension) => (
                    field.with_metadata(
                        [(EXTENSION_TYPE_NAME_KEY.to_owned(), extension.to_owned())].into(),
                    ),
                    array,
                ),
            })
        })
        .collect()
}

fn as_announced(scalars: &[Scalar], schema: &Schema) -> Result<Vec<(Field, ArrayRef)>, Error> {
    let (wanted, bound) = (schema.fields().len(), scalars.len());
    if wanted != bound {
        return Err(Error::InvalidArgument(wrong_number(wanted, bound)));
    }
    in_order(schema)
        .into_iter()
        .zip(scalars)
        .enumerate()
        .map(|(index, (field, scalar))| {
            let own_type = scalar.data_type();
            let data_type = match field.data_type() {
                // "Anything": the server leaves the type to us.
                DataType::Null | DataType::Union(..) => &own_type,
                wanted => wanted,
            };
            let array = convert(scalar, data_type, index, field.name())?;
            // Servers announce NOT NULL for parameters that may well be NULL.
            let field = Field::new(field.name(), array.data_type().clone(), true)
                .with_metadata(field.metadata().clone());
            Ok((field, array))
        })
        .collect()
}

/// What to say when a statement wants another number of parameters than were bound.
pub(crate) fn wrong_number(wanted: usize, bound: usize) -> String {
    format!(
        "the statement has {wanted} parameter{}, {bound} {} bound",
        if wanted == 1 { "" } else { "s" },
        if bound == 1 { "was" } else { "were" },
    )
}

/// The announced fields in positional order.
///
/// A server that keeps parameters in a sorted map announces `$1, $10, $11, $2`. If the names are
/// exactly `$1` to `$n`, the numbers say the order; any other names stand as announced.
fn in_order(schema: &Schema) -> Vec<&Field> {
    let mut numbered = vec![None; schema.fields().len()];
    for field in schema.fields() {
        let place = number(field.name()).and_then(|number| numbered.get_mut(number - 1));
        match place {
            Some(place) => *place = Some(&**field),
            None => break,
        }
    }
    // A break or a repeated number leaves a gap.
    let by_number: Option<Vec<_>> = numbered.into_iter().collect();
    by_number.unwrap_or_else(|| schema.fields().iter().map(|field| &**field).collect())
}

/// 12 for `$12`; `None` for any other text, also for `$0` and `$012`.
fn number(name: &str) -> Option<usize> {
    let digits = name.strip_prefix('$')?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if plain { digits.parse().ok() } else { None }
}

fn convert(
    scalar: &Scalar,
    wanted: &DataType,
    index: usize,
    name: &str,
) -> Result<ArrayRef, Error> {
    coerce(scalar, wanted).map_err(|refused| {
        let number = index + 1;
        let parameter = match name.strip_prefix('$') {
            Some(digits) if digits.parse() == Ok(number) => format!("parameter {number}"),
            _ if name.is_empty() => format!("parameter {number}"),
            _ => format!("parameter {number} ({name:?})"),
        };
        Error::Encode(
            format!(
                "{parameter}: a value of type {} cannot be bound as {wanted}, which the server \
                 wants: {refused}",
                scalar.data_type()
            )
            .into(),
        )
    })
}
