//! Builds the `RecordBatch` of bound values for the server's parameter schema: one row, or many.
//!
//! [The protocol](https://github.com/apache/arrow/blob/main/format/FlightSql.proto) does not specify whether a server takes
//! parameters by name or by position, and servers do both. The columns therefore have the reported names and the positional
//! order.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};

use super::BindError;
use super::encode::ParameterEncoder;
use super::parameters::Values;
use crate::arrow::convert::By;
use crate::dialect::{Dialect, Parameter};
use crate::server_info::IdentifierCase;
use crate::sql::{ParsedStatement, Placeholders};

#[derive(Debug, Clone, Copy)]
pub struct BindTarget<'a> {
    pub reported: Option<&'a Schema>,
    pub statement: &'a ParsedStatement,
    pub dialect: &'a dyn Dialect,
    /// Whether timestamps and times of day are truncated to the unit of their parameter.
    pub truncate: bool,
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Row(scalars) => scalars.len(),
            Self::Rows(rows) => rows.num_columns(),
        }
    }

    pub(super) fn num_rows(&self) -> usize {
        match self {
            Self::Row(_) => 1,
            Self::Rows(rows) => rows.num_rows(),
        }
    }

    /// The field of a value, by its own type.
    fn own(&self, index: usize) -> Option<Field> {
        match self {
            Self::Row(scalars) => Some(scalars.get(index)?.field("")),
            Self::Rows(rows) => rows
                .schema_ref()
                .fields()
                .get(index)
                .map(|f| Field::clone(f)),
        }
    }
}

/// The values in the order of the parameters, each as it is sent.
pub(super) fn to_batch(values: &Values, target: &BindTarget<'_>) -> Result<RecordBatch, BindError> {
    if let Values::Rows(rows) = values {
        // Columns without a name are parameters by position.
        let names = rows.schema_ref().fields().iter().map(|field| field.name());
        if let Some(name) = repeated_name(names.filter(|name| !name.is_empty()), target.dialect) {
            return Err(BindError::Argument(format!(
                "the batch of parameters has two columns with the name {name:?}; rename one of them"
            )));
        }
    }
    // Many servers prepare a statement without reporting its parameters.
    let reported = target.reported.filter(|schema| !schema.fields().is_empty());
    let reported = reported.map(in_order);
    let bound = values.len();
    if let Some(wanted) = reported
        .as_ref()
        .map(Vec::len)
        .filter(|wanted| *wanted != bound)
    {
        return Err(BindError::Argument(wrong_number(wanted, bound)));
    }
    // The placeholders in the text matter only where the server reports nothing.
    let placeholders = match &reported {
        None => target.statement.placeholders(),
        Some(_) => Placeholders::default(),
    };
    let order = order(values, reported.as_deref(), &placeholders);
    let by = if target.truncate {
        By::Truncated
    } else {
        By::Type
    };
    let columns = order.into_iter().enumerate().map(|(position, index)| {
        let own = values
            .own(index)
            .unwrap_or_else(|| Field::new("", arrow_schema::DataType::Null, true));
        let reported = reported
            .as_ref()
            .and_then(|fields| fields.get(position).copied());
        let own = match reported {
            Some(_) => own,
            None => {
                let name = name(position, &own, &placeholders, bound, target.dialect);
                own.with_name(name)
            }
        };
        let parameter = Parameter::new(position, &own, reported);
        let parameter = ParameterEncoder::new(parameter, target.dialect, by);
        let sent = match values {
            Values::Row(scalars) => scalars
                .get(index)
                .map(|scalar| parameter.encode_scalar(scalar)),
            Values::Rows(rows) => rows
                .columns()
                .get(index)
                .map(|column| parameter.encode_column(column)),
        };
        match sent {
            Some(Ok((field, array))) => Ok((renamed(field, position, target.dialect), array)),
            Some(Err(why)) => Err(BindError::encode(parameter.refused(why))),
            None => Err(BindError::Argument(wrong_number(position + 1, bound))),
        }
    });
    batch(columns, HashMap::new(), values.num_rows())
}

fn batch(
    columns: impl Iterator<Item = Result<(Field, ArrayRef), BindError>>,
    metadata: HashMap<String, String>,
    num_rows: usize,
) -> Result<RecordBatch, BindError> {
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
    let rows = RecordBatchOptions::new().with_row_count(Some(num_rows));
    RecordBatch::try_new_with_options(schema, arrays, &rows).map_err(BindError::encode)
}

/// Returns the index of the value of each parameter. Names match if all reported names, or otherwise all names in the text,
/// are columns of a batch; without a match, the position decides.
fn order(
    values: &Values,
    reported: Option<&[&Field]>,
    placeholders: &Placeholders<'_>,
) -> Vec<usize> {
    let by_position = || (0..values.len()).collect();
    let Values::Rows(rows) = values else {
        return by_position();
    };
    let column = |name: &str| rows.schema_ref().index_of(bare(name)).ok();
    let named: Option<Vec<usize>> = match reported {
        Some(fields) => fields.iter().map(|field| column(field.name())).collect(),
        None => placeholders.names.iter().map(|name| column(name)).collect(),
    };
    // Two parameters of one name would leave out another column.
    let is_each_once = |order: &Vec<usize>| {
        let mut seen = HashSet::new();
        order.len() == values.len() && order.iter().all(|index| seen.insert(*index))
    };
    named.filter(is_each_once).unwrap_or_else(by_position)
}

/// Returns the name of a parameter that the server does not report: the caller's name, or the name in the text if the server
/// matches names, or its number. Numbered placeholders have their numbers as names.
fn name(
    position: usize,
    own: &Field,
    placeholders: &Placeholders<'_>,
    bound: usize,
    dialect: &dyn Dialect,
) -> String {
    if !own.name().is_empty() && placeholders.max_number == 0 {
        return own.name().clone();
    }
    let by_name = dialect.profile().parameters.column_name.is_some();
    // Placeholders of other kinds have numbers only.
    let all_named = by_name && placeholders.names.len() == bound;
    match placeholders.names.get(position).filter(|_| all_named) {
        Some(name) => (*name).to_owned(),
        None => format!("${}", position + 1),
    }
}

/// The field under the name that the dialect gives bound columns.
fn renamed(field: Field, position: usize, dialect: &dyn Dialect) -> Field {
    match &dialect.profile().parameters.column_name {
        None => field,
        Some(template) => {
            let name = template
                .replace("{n}", &(position + 1).to_string())
                .replace("{name}", bare(field.name()));
            field.with_name(name)
        }
    }
}

/// Returns rows for an ingest, with each column in the dialect's form for bound values.
///
/// # Errors
/// Returns `Encode` with the column if a value does not fit the form.
pub fn in_bind_forms(rows: RecordBatch, dialect: &dyn Dialect) -> Result<RecordBatch, BindError> {
    let fields = rows.schema_ref().fields().iter().enumerate();
    let columns = fields
        .zip(rows.columns())
        .map(|((position, field), array)| {
            let parameter = Parameter::new(position, field, None);
            if dialect.bind_type(&parameter).is_none() {
                return Ok((Field::clone(field), Arc::clone(array)));
            }
            let parameter = ParameterEncoder::new(parameter, dialect, By::Type);
            let (sent, array) = parameter
                .encode_column(array)
                .map_err(|why| BindError::encode(parameter.refused(why)))?;
            Ok((sent.with_nullable(field.is_nullable()), array))
        });
    let metadata = rows.schema_ref().metadata().clone();
    batch(columns, metadata, rows.num_rows())
}

/// Rejects two columns of one name for an ingest: the server would store only one of them, or neither.
///
/// # Errors
/// Returns `Argument` with the name.
pub fn unique_columns(schema: &Schema, dialect: &dyn Dialect) -> Result<(), BindError> {
    let names = schema.fields().iter().map(|field| field.name());
    match repeated_name(names, dialect) {
        None => Ok(()),
        Some(name) => Err(BindError::Argument(format!(
            "the rows to ingest have two columns with the name {name:?}; rename one of them"
        ))),
    }
}

/// Returns a name that two columns have: a server that goes by names would use only one of them. Names are compared as the
/// engine compares them.
fn repeated_name<'a>(
    mut names: impl Iterator<Item = &'a String>,
    dialect: &dyn Dialect,
) -> Option<&'a str> {
    let has_case = dialect.profile().identifiers.case == IdentifierCase::Unknown;
    let mut seen = HashSet::new();
    let found = names.find(|name| {
        !seen.insert(match has_case {
            true => Cow::Borrowed(name.as_str()),
            false => Cow::Owned(name.to_lowercase()),
        })
    });
    found.map(String::as_str)
}

/// The name without the sign of its placeholder.
pub(super) fn bare(name: &str) -> &str {
    name.trim_start_matches([':', '@', '$'])
}

/// The error text for a statement that expects a different number of parameters than were bound.
pub fn wrong_number(wanted: usize, bound: usize) -> String {
    format!(
        "the statement has {wanted} parameter{}, {bound} {} bound",
        if wanted == 1 { "" } else { "s" },
        if bound == 1 { "was" } else { "were" },
    )
}

/// Returns the reported fields in positional order.
///
/// A server that keeps parameters in a sorted map reports `$1, $10, $11, $2`. If the names are
/// exactly `$1` to `$n`, the numbers specify the order; any other names keep the reported order.
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
