//! Targets of rules: a type and the sent field resolve to the meant field.

use std::collections::HashMap;

use arrow_schema::extension::{EXTENSION_TYPE_METADATA_KEY, EXTENSION_TYPE_NAME_KEY};
use arrow_schema::{DataType, Field, TimeUnit};

use super::text::digits;
use super::{JSON_EXTENSION, LogicalType, UUID_EXTENSION, decoded, server_type_name};
use crate::arrow::convert::numbers::DIGITS_128;

const PRECISION_KEY: &str = "ARROW:FLIGHT:SQL:PRECISION";
const SCALE_KEY: &str = "ARROW:FLIGHT:SQL:SCALE";

impl LogicalType {
    /// Returns the meant field if `sent` is read as this type: the sent name, nullability and metadata with another Arrow
    /// type and its extension.
    ///
    /// `None` if a parameter is missing here and in the field, or if the type is not a single Arrow type.
    pub(crate) fn resolve(&self, sent: &Field) -> Option<Field> {
        let (data_type, extension) = self.target(sent)?;
        let mut metadata: HashMap<String, String> = sent.metadata().clone();
        metadata.remove(EXTENSION_TYPE_METADATA_KEY);
        match extension {
            Some(name) => metadata.insert(EXTENSION_TYPE_NAME_KEY.to_owned(), name.to_owned()),
            None => metadata.remove(EXTENSION_TYPE_NAME_KEY),
        };
        if let Some(name) = server_type_name(sent) {
            // Otherwise the name of an opaque type is removed with its extension.
            metadata.insert(super::TYPE_NAME_KEY.to_owned(), name);
        }
        Some(Field::new(sent.name(), data_type, sent.is_nullable()).with_metadata(metadata))
    }

    fn target(&self, sent: &Field) -> Option<(DataType, Option<&'static str>)> {
        if let Some(data_type) = self.simple() {
            return Some((data_type, None));
        }
        let own = decoded(sent.data_type());
        let text = || match own {
            DataType::LargeUtf8 | DataType::Utf8View => own.clone(),
            _ => DataType::Utf8,
        };
        let unit = |given: &Option<TimeUnit>| given.or_else(|| unit_of(own));
        let plain = match self {
            Self::Uuid => return Some((DataType::FixedSizeBinary(16), Some(UUID_EXTENSION))),
            // The text form of a number or a time is not JSON.
            Self::Json if !matches!(Self::of(sent), Self::Text | Self::Json | Self::Binary(_)) => {
                return None;
            }
            Self::Json => return Some((text(), Some(JSON_EXTENSION))),
            Self::Decimal(given) => {
                let (precision, scale) = given.or_else(|| digits_of(sent))?;
                match precision {
                    ..=DIGITS_128 => DataType::Decimal128(precision, scale),
                    _ => DataType::Decimal256(precision, scale),
                }
            }
            Self::Text => text(),
            Self::Binary(Some(length)) => DataType::FixedSizeBinary(*length),
            Self::Binary(None) => match own {
                DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                    own.clone()
                }
                _ => DataType::Binary,
            },
            Self::Date => match own {
                DataType::Date64 => DataType::Date64,
                _ => DataType::Date32,
            },
            Self::Time(given) => match unit(given)? {
                unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
                unit => DataType::Time64(unit),
            },
            Self::Timestamp(given) => DataType::Timestamp(unit(given)?, None),
            Self::Instant(given) => DataType::Timestamp(unit(given)?, Some("UTC".into())),
            Self::Duration(given) => DataType::Duration(unit(given)?),
            Self::Interval => match own {
                DataType::Interval(_) => own.clone(),
                _ => return None,
            },
            Self::Arrow(data_type) => DataType::clone(data_type),
            // Patterns, and the simple types above.
            _ => return None,
        };
        Some((plain, None))
    }
}

/// Returns the unit of a temporal type. Text is read in microseconds, which most servers keep.
fn unit_of(data_type: &DataType) -> Option<TimeUnit> {
    match data_type {
        DataType::Time32(unit)
        | DataType::Time64(unit)
        | DataType::Timestamp(unit, _)
        | DataType::Duration(unit) => Some(*unit),
        DataType::Date32 => Some(TimeUnit::Second),
        DataType::Date64 => Some(TimeUnit::Millisecond),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(TimeUnit::Microsecond),
        _ => None,
    }
}

/// Returns the digits of a decimal: of its type, of the Flight SQL metadata, or of a name such as `DECIMAL(12,3)`.
fn digits_of(sent: &Field) -> Option<(u8, i8)> {
    if let LogicalType::Decimal(Some((precision, scale))) = LogicalType::of(sent) {
        return digits(&format!("{precision},{scale}"));
    }
    let metadata = |key| sent.metadata().get(key).map(String::as_str);
    if let (Some(precision), Some(scale)) = (metadata(PRECISION_KEY), metadata(SCALE_KEY)) {
        return digits(&format!("{precision},{scale}"));
    }
    let name = server_type_name(sent)?;
    let (_, rest) = name.split_once('(')?;
    digits(rest.trim_end().strip_suffix(')')?)
}
