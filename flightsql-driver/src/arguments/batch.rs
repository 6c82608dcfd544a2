//! Bound values and the server's parameter schema to a `RecordBatch`: one row, or many. Layer D.
//!
//! `CommandPreparedStatementQuery` and `ActionCreatePreparedStatementResult.parameter_schema` in
//! <https://github.com/apache/arrow/blob/main/format/FlightSql.proto>. The protocol does not say
//! whether a server takes parameters by name or by position, and servers do both. So the columns
//! stand in true positional order *and* carry the announced names.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema};
use sqlx_core::error::Error;

use super::Scalar;
use super::coerce::{Refused, coerce, coerce_array};
use crate::dialect::{Dialect, Parameter};
use crate::type_name::{BOOL8_EXTENSION, sql_name};

pub(super) fn to_batch(
    scalars: &[Scalar],
    announced: Option<&Schema>,
    dialect: &dyn Dialect,
) -> Result<RecordBatch, Error> {
    let columns = match known(announced) {
        Some(schema) => as_announced(scalars, schema)?,
        None => as_bound(scalars, dialect)?,
    };
    made_of(columns, 1)
}

/// Many rows of values, one execution each, in the announced schema.
pub(super) fn many_to_batch(
    rows: &RecordBatch,
    announced: Option<&Schema>,
    dialect: &dyn Dialect,
) -> Result<RecordBatch, Error> {
    let fields: Vec<_> = rows.schema_ref().fields().iter().collect();
    let Some(schema) = known(announced) else {
        let named = fields.iter().zip(rows.columns()).enumerate();
        let columns = named.map(|(index, (field, array))| {
            let field = Field::clone(field).with_name(format!("${}", index + 1));
            let field = field.with_nullable(true);
            let Some(wanted) = bind_form(index, &field, dialect) else {
                return Ok((field, ArrayRef::clone(array)));
            };
            let to = wanted.data_type();
            let array = coerce_array(array, to)
                .map_err(|why| refused(array.data_type(), to, &why, index, &field))?;
            Ok((wanted, array))
        });
        let columns = columns.collect::<Result<_, Error>>()?;
        return made_of(columns, rows.num_rows());
    };
    let (wanted, bound) = (schema.fields().len(), fields.len());
    if wanted != bound {
        return Err(Error::InvalidArgument(wrong_number(wanted, bound)));
    }
    let wanted = in_order(schema);
    let columns = by_name(&wanted, rows)
        .unwrap_or_else(|| rows.columns().iter().collect())
        .into_iter()
        .zip(wanted)
        .enumerate()
        .map(|(index, (array, field))| {
            if leaves_open(field.data_type()) {
                let own = Field::new(field.name(), array.data_type().clone(), true);
                return Ok((own, ArrayRef::clone(array)));
            }
            let array = coerce_array(array, field.data_type())
                .map_err(|why| refused(array.data_type(), field.data_type(), &why, index, field))?;
            Ok((field.clone().with_nullable(true), array))
        })
        .collect::<Result<_, Error>>()?;
    made_of(columns, rows.num_rows())
}

/// The announced parameters. Many servers prepare without telling what the parameters are.
fn known(announced: Option<&Schema>) -> Option<&Schema> {
    announced.filter(|schema| !schema.fields().is_empty())
}

fn made_of(columns: Vec<(Field, ArrayRef)>, rows: usize) -> Result<RecordBatch, Error> {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let rows = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &rows)
        .map_err(|error| Error::Encode(error.into()))
}

/// Columns named `$1`, `$2`, …, of the types of the values, or those that the dialect wants in their place.
fn as_bound(scalars: &[Scalar], dialect: &dyn Dialect) -> Result<Vec<(Field, ArrayRef)>, Error> {
    scalars
        .iter()
        .enumerate()
        .map(|(index, scalar)| {
            let mut field = scalar.info().to_field(&format!("${}", index + 1));
            if let Some(wanted) = bind_form(index, &field, dialect) {
                field = wanted;
            }
            let array = convert(scalar, field.data_type(), index, &field)?;
            Ok((field, array))
        })
        .collect()
}

/// The field that the dialect sends a value of the field `own` as; `None` for its own.
fn bind_form(position: usize, own: &Field, dialect: &dyn Dialect) -> Option<Field> {
    let form = dialect.bind_type(&Parameter::new(position, own, None))?;
    form.resolve(own)
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
            if leaves_open(field.data_type()) {
                let own = scalar.info().to_field(field.name());
                let array = convert(scalar, own.data_type(), index, field)?;
                let mut metadata = field.metadata().clone();
                metadata.extend(own.metadata().clone());
                return Ok((own.with_metadata(metadata), array));
            }
            let array = match scalar {
                // Booleans as bytes.
                Scalar::Boolean(value) if field.extension_type_name() == Some(BOOL8_EXTENSION) => {
                    convert(
                        &Scalar::Int8((*value).into()),
                        field.data_type(),
                        index,
                        field,
                    )?
                }
                scalar => convert(scalar, field.data_type(), index, field)?,
            };
            // Servers announce NOT NULL for parameters that may well be NULL.
            Ok((field.clone().with_nullable(true), array))
        })
        .collect()
}

/// "Anything": the server leaves the type, or a part of it, to us.
fn leaves_open(announced: &DataType) -> bool {
    match announced {
        DataType::Null | DataType::Union(..) => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::Map(item, _) => leaves_open(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| leaves_open(field.data_type())),
        DataType::Dictionary(_, value) => leaves_open(value),
        DataType::RunEndEncoded(_, value) => leaves_open(value.data_type()),
        _ => false,
    }
}

/// The columns that the announced names name (`:id` or `id`), if all of them do.
fn by_name<'a>(wanted: &[&Field], rows: &'a RecordBatch) -> Option<Vec<&'a ArrayRef>> {
    wanted
        .iter()
        .map(|field| rows.column_by_name(field.name().trim_start_matches([':', '@', '$'])))
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
    field: &Field,
) -> Result<ArrayRef, Error> {
    coerce(scalar, wanted).map_err(|why| refused(&scalar.data_type(), wanted, &why, index, field))
}

/// Which parameter, which types and why; never the value.
fn refused(own: &DataType, wanted: &DataType, why: &Refused, index: usize, field: &Field) -> Error {
    let (number, name) = (index + 1, field.name());
    let parameter = match name.strip_prefix('$') {
        Some(digits) if digits.parse() == Ok(number) => format!("parameter {number}"),
        _ if name.is_empty() => format!("parameter {number}"),
        _ => format!("parameter {number} ({name:?})"),
    };
    let wanted = match own == wanted {
        true => String::new(),
        false => format!(" as {wanted}, which the server wants"),
    };
    let why = match why {
        Refused::Type => format!(
            "there is no conversion; bind another Rust type, or write `CAST(? AS {})` in the SQL",
            sql_name(own, None)
        ),
        why => why.to_string(),
    };
    Error::Encode(
        format!("{parameter}: a value of type {own} cannot be bound{wanted}: {why}").into(),
    )
}
