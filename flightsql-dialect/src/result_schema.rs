//! Columns of a result as sent and as meant: the only place that applies a dialect's types to a field.
//!
//! Results, tables and parameters use [`meant`]. It turns a mapped column into a column of the meant Arrow type, with its
//! extension and SQL name in the metadata (<https://arrow.apache.org/docs/format/FlightSql.html#column-metadata>).

use std::fmt;
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch, RecordBatchOptions, new_empty_array};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use crate::arrow::convert::{self, Converted};
use crate::arrow::logical_type::{TYPE_NAME_KEY, server_type_name};
use crate::arrow::map_data_type::{self, map_children};
use crate::dialect::{Dialect, Encoding, LogicalType, Place};

#[derive(Debug, Clone)]
pub struct Mapping {
    /// The meant field, nullable at every depth, because a value that it cannot hold is NULL in a converted array.
    pub to: FieldRef,
    pub encoding: Encoding,
    /// The rule, for errors: `types.map[2]` of dialect `quarry`.
    pub rule: Arc<str>,
}

/// A field as meant, and the conversion from the sent field, if any.
#[derive(Debug, Clone)]
pub struct Meant {
    pub field: FieldRef,
    pub mapping: Option<Mapping>,
}

impl Meant {
    pub(crate) fn plain(sent: &FieldRef) -> Self {
        Self {
            field: Arc::clone(sent),
            mapping: None,
        }
    }
}

/// Returns the meaning of a field under a dialect, nested fields included.
///
/// A rule that has no conversion from the sent type leaves the field as sent.
pub fn meant(sent: &FieldRef, at: Place, dialect: &dyn Dialect) -> Meant {
    let mapped = mapped(sent, at, dialect).filter(|mapped| *mapped.field != **sent);
    let found = mapped.and_then(|mapped| {
        let to = map_data_type::nullable(&Fields::from(vec![Arc::clone(&mapped.field)]));
        let mapping = Mapping {
            to: Arc::clone(to.first()?),
            encoding: mapped.encoding,
            rule: match mapped.rule {
                Some(index) => format!("types.map[{index}] of dialect `{}`", dialect.name()),
                None => format!("dialect `{}`", dialect.name()),
            }
            .into(),
        };
        has_conversion(sent, &mapping).then_some(Meant {
            field: mapped.field,
            mapping: Some(mapping),
        })
    });
    named(found.unwrap_or_else(|| Meant::plain(sent)), dialect)
}

/// Adds the dialect's SQL name of the type if the server reports no name.
fn named(meant: Meant, dialect: &dyn Dialect) -> Meant {
    if server_type_name(&meant.field).is_some() {
        return meant;
    }
    let Some(name) = dialect.type_name(&meant.field) else {
        return meant;
    };
    let mut metadata = meant.field.metadata().clone();
    metadata.insert(TYPE_NAME_KEY.to_owned(), name);
    let field = Field::clone(&meant.field).with_metadata(metadata);
    Meant {
        field: Arc::new(field),
        ..meant
    }
}

struct Mapped {
    field: FieldRef,
    encoding: Encoding,
    rule: Option<usize>,
}

/// Returns the field that a rule means, or the field with the meant children.
fn mapped(sent: &FieldRef, at: Place, dialect: &dyn Dialect) -> Option<Mapped> {
    if let Some(column) = dialect.column_type(sent, at) {
        return Some(Mapped {
            field: Arc::new(column.means.resolve(sent)?),
            encoding: column.encoding,
            rule: column.rule,
        });
    }
    let mut inside = Inside {
        at,
        dialect,
        encoding: Encoding::Value,
        rule: None,
    };
    let data_type = inside.data_type(sent.data_type())?;
    Some(Mapped {
        field: Arc::new(Field::clone(sent).with_data_type(data_type)),
        encoding: inside.encoding,
        rule: inside.rule,
    })
}

struct Inside<'d> {
    at: Place,
    dialect: &'d dyn Dialect,
    /// The only layout of numbers in bytes inside a column; a child with another layout stays as sent.
    encoding: Encoding,
    /// The first rule that applied.
    rule: Option<usize>,
}

impl Inside<'_> {
    /// Returns the type with its children as meant; `None` if no rule applies to a child.
    fn data_type(&mut self, data_type: &DataType) -> Option<DataType> {
        match data_type {
            // Rules apply to the keys and to the values, and not to the pairs.
            DataType::Map(entries, sorted) => {
                let pair = map_children(entries.data_type(), &mut |field| self.child(field))?;
                let entries = Field::clone(entries).with_data_type(pair);
                Some(DataType::Map(Arc::new(entries), *sorted))
            }
            DataType::Union(..) | DataType::Dictionary(..) | DataType::RunEndEncoded(..) => None,
            other => map_children(other, &mut |field| self.child(field)),
        }
    }

    fn child(&mut self, sent: &FieldRef) -> Option<FieldRef> {
        let found = mapped(sent, self.at, self.dialect)?;
        if found.encoding != Encoding::Value {
            if self.encoding != Encoding::Value && self.encoding != found.encoding {
                return None;
            }
            self.encoding = found.encoding;
        }
        self.rule = self.rule.or(found.rule);
        Some(found.field)
    }
}

/// Returns `true` if an array of the sent type can be converted to the meant type.
fn has_conversion(sent: &Field, mapping: &Mapping) -> bool {
    let Some(sent) = map_data_type::nullable(&Fields::from(vec![sent.clone()]))
        .first()
        .map(|sent| new_empty_array(sent.data_type()))
    else {
        return false;
    };
    let to = mapping.to.data_type();
    sent.data_type() == to || convert::convert(&sent, to, mapping.encoding).is_some()
}

#[derive(Debug, Clone)]
pub struct ResultSchema {
    sent: SchemaRef,
    /// `None` if every column is read as sent.
    meant: Option<Box<[Meant]>>,
}

impl ResultSchema {
    pub fn new(sent: SchemaRef, dialect: &dyn Dialect) -> Self {
        let meant = sent
            .fields()
            .iter()
            .map(|field| meant(field, Place::Result, dialect));
        let meant: Box<[Meant]> = meant.collect();
        let changed = meant
            .iter()
            .zip(sent.fields())
            .any(|(meant, sent)| !Arc::ptr_eq(&meant.field, sent));
        Self {
            sent,
            meant: changed.then_some(meant),
        }
    }

    /// Creates the schema of a result without a dialect: a metadata response, or a batch of the caller.
    pub fn plain(sent: SchemaRef) -> Self {
        Self { sent, meant: None }
    }

    pub fn sent(&self) -> &SchemaRef {
        &self.sent
    }

    pub fn field(&self, column: usize) -> Option<&FieldRef> {
        match &self.meant {
            Some(meant) => meant.get(column).map(|meant| &meant.field),
            None => self.sent.fields().get(column),
        }
    }

    pub fn mapping(&self, column: usize) -> Option<&Mapping> {
        self.meant.as_ref()?.get(column)?.mapping.as_ref()
    }

    pub fn is_mapped(&self) -> bool {
        self.meant
            .as_ref()
            .is_some_and(|meant| meant.iter().any(|meant| meant.mapping.is_some()))
    }

    /// Returns the schema of batches as meant, nullable like the sent batches.
    pub fn mapped_schema(&self) -> SchemaRef {
        let fields = match &self.meant {
            Some(meant) => meant.iter().map(|meant| Arc::clone(&meant.field)).collect(),
            None => self.sent.fields().clone(),
        };
        let metadata = self.sent.metadata().clone();
        Arc::new(Schema::new_with_metadata(
            map_data_type::nullable(&fields),
            metadata,
        ))
    }

    /// Returns the batch as meant.
    ///
    /// # Errors
    /// Returns an error if a column has a value that its meant type cannot hold.
    pub fn mapped(&self, sent: &RecordBatch) -> Result<RecordBatch, MappedValueError> {
        let columns = sent.columns().iter().enumerate().map(|(index, column)| {
            let Some(mapping) = self.mapping(index) else {
                return Ok(Arc::clone(column));
            };
            let refused = |row| MappedValueError {
                column: mapping.to.name().clone(),
                row,
                sent: column.data_type().clone(),
                meant: LogicalType::of(&mapping.to).to_string(),
                rule: Arc::clone(&mapping.rule),
            };
            // The conversion exists: it succeeded for an empty array of this type.
            let converted = read(column, mapping).ok_or_else(|| refused(0))?;
            let lost = converted.refused;
            match lost.and_then(|lost| lost.iter().position(|lost| lost)) {
                Some(row) => Err(refused(row)),
                None => Ok(converted.array),
            }
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let rows = RecordBatchOptions::new().with_row_count(Some(sent.num_rows()));
        let schema = self.mapped_schema();
        let fields = schema.fields().iter().zip(&columns);
        // The types of the columns, even if the server sends another type than it reports.
        let fields = fields.map(
            |(field, column)| match field.data_type() == column.data_type() {
                true => Arc::clone(field),
                false => Arc::new(Field::clone(field).with_data_type(column.data_type().clone())),
            },
        );
        let schema =
            Schema::new_with_metadata(fields.collect::<Fields>(), schema.metadata().clone());
        let batch = RecordBatch::try_new_with_options(Arc::new(schema), columns, &rows);
        Ok(batch.expect("the fields were made of the columns, nullable and of one length"))
    }
}

/// Returns a column as meant; `None` without a conversion.
pub fn read(sent: &ArrayRef, mapping: &Mapping) -> Option<Converted> {
    let to = mapping.to.data_type();
    if let Some(array) = view(sent, to) {
        return Some(Converted::whole(array));
    }
    convert::convert(sent, to, mapping.encoding)
}

/// Returns the same buffers as an array of the meant type, if no value changes.
pub fn view(sent: &ArrayRef, to: &DataType) -> Option<ArrayRef> {
    match map_data_type::same_type(sent.data_type(), to) {
        true => map_data_type::relabel(sent, to),
        false => convert::view(sent, to),
    }
}

/// The error of a value that does not fit the meant type of its column: the source of the `ColumnDecode` error of mapped
/// batches.
///
/// The message names the row, the types and the rule of the dialect, and never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedValueError {
    column: String,
    row: usize,
    sent: DataType,
    meant: String,
    rule: Arc<str>,
}

impl MappedValueError {
    /// Returns the name of the column.
    #[must_use]
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Returns the row in the result, counted from 0.
    #[must_use]
    pub fn row(&self) -> usize {
        self.row
    }

    /// Returns the error with the row counted in the result, in which `rows` precede the batch.
    pub fn after(self, rows: usize) -> Self {
        Self {
            row: self.row.saturating_add(rows),
            ..self
        }
    }
}

impl fmt::Display for MappedValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            row,
            sent,
            meant,
            rule,
            ..
        } = self;
        write!(
            f,
            "the value in row {row}, counted from 0, was sent as Arrow type {sent} and is not a valid {meant}, which {rule} \
             reads it as; read the result as it was sent, or change the rule"
        )
    }
}

impl std::error::Error for MappedValueError {}

#[cfg(test)]
mod tests;
