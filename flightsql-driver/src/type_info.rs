//! `FlightSqlTypeInfo`: an Arrow type with its SQL name.
//!
//! The type of a value *is* its Arrow [`DataType`]; no dialect is needed to compare or read it.
//! Column metadata: <https://arrow.apache.org/docs/format/FlightSql.html#column-metadata>.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, FieldRef};
use serde::{Deserialize, Serialize};
use sqlx_core::ext::ustr::UStr;
use sqlx_core::type_info::TypeInfo;

use crate::arrow::logical_type::{TYPE_NAME_KEY, decoded, server_type_name};
use crate::arrow::map_data_type::children;
use crate::arrow::scalar::map_type;
use crate::arrow::type_name::sql_name;

/// The type of a column, parameter or value: an Arrow [`DataType`], the name of its extension type, if any, and an SQL name to
/// show.
///
/// Two infos are equal if their values have one logical kind. `Utf8`, `LargeUtf8`, `Utf8View` and their dictionaries are one
/// type; so are timestamps of one unit in different zones. SQL name and extension are not compared.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct FlightSqlTypeInfo {
    data_type: DataType,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<Arc<str>>,
    name: UStr,
    /// The types inside, created once so that a check of a value builds none.
    #[serde(skip)]
    children: Option<Arc<[FlightSqlTypeInfo]>>,
}

/// The form in saved query metadata; the types inside follow from the type.
#[derive(Deserialize)]
struct Stored {
    data_type: DataType,
    #[serde(default)]
    extension: Option<Arc<str>>,
    name: UStr,
}

impl From<Stored> for FlightSqlTypeInfo {
    fn from(stored: Stored) -> Self {
        Self::of(stored.data_type, stored.extension, stored.name)
    }
}

impl FlightSqlTypeInfo {
    fn of(data_type: DataType, extension: Option<Arc<str>>, name: UStr) -> Self {
        Self {
            children: children_of(&data_type),
            data_type,
            extension,
            name,
        }
    }

    /// Returns the type info of a plain Arrow type, with its canonical ANSI SQL name.
    pub fn new(data_type: DataType) -> Self {
        let name = canonical_name(&data_type, None);
        Self::of(data_type, None, name)
    }

    /// Returns this type with another SQL name.
    #[must_use]
    pub fn with_name(self, name: &str) -> Self {
        let name = UStr::new(name);
        Self { name, ..self }
    }

    pub(crate) fn map_of(key: &Self, value: &Self) -> Self {
        Self::new(map_type(&key.to_field("key"), &value.to_field("value")))
    }

    pub(crate) fn list_of(item: &Self) -> Self {
        Self::new(DataType::List(Arc::new(item.to_field("item"))))
    }

    /// Returns the type info of an Arrow field: its type, its extension type, and the server's type name
    /// (`ARROW:FLIGHT:SQL:TYPE_NAME`), if any.
    pub fn from_field(field: &Field) -> Self {
        let extension = field.extension_type_name();
        let name = match server_type_name(field) {
            Some(name) => name.into(),
            None => canonical_name(field.data_type(), extension),
        };
        Self::of(field.data_type().clone(), extension.map(Arc::from), name)
    }

    pub(crate) fn from_fields(fields: &[FieldRef]) -> Vec<Self> {
        fields.iter().map(|field| Self::from_field(field)).collect()
    }

    /// Returns the type of an Arrow extension type that is stored as `data_type`.
    #[cfg(any(feature = "json", feature = "uuid"))]
    pub(crate) fn with_extension(data_type: DataType, extension: &str) -> Self {
        let name = canonical_name(&data_type, Some(extension));
        Self::of(data_type, Some(extension.into()), name)
    }

    /// Returns a nullable field of this type, with its extension name.
    pub(crate) fn to_field(&self, name: &str) -> Field {
        let field = Field::new(name, self.data_type.clone(), true);
        match &self.extension {
            None => field,
            Some(extension) => field.with_metadata(
                [(EXTENSION_TYPE_NAME_KEY.to_owned(), extension.to_string())].into(),
            ),
        }
    }

    /// Returns a nullable field for a NULL of this type, with the SQL name if it differs from the canonical name.
    pub(crate) fn to_null_field(&self) -> FieldRef {
        let field = self.to_field("");
        if *self.name == *sql_name(&self.data_type, self.extension_name()) {
            return field.into();
        }
        let mut metadata = field.metadata().clone();
        metadata.insert(TYPE_NAME_KEY.to_owned(), self.name.to_string());
        field.with_metadata(metadata).into()
    }

    /// Returns the Arrow type.
    #[inline]
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }

    /// Returns the name of the Arrow extension type (`arrow.uuid`), if any.
    pub fn extension_name(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// Returns the types inside the value type: the item of a list, the entries of a map, the fields of a struct, the
    /// variants of a union. Empty for other types.
    #[inline]
    pub(crate) fn children(&self) -> &[Self] {
        self.children.as_deref().unwrap_or_default()
    }

    /// Returns `true` if type, extension and SQL name are equal, which `==` does not require.
    pub(crate) fn is_identical(&self, other: &Self) -> bool {
        self.data_type == other.data_type
            && self.extension == other.extension
            && *self.name == *other.name
    }

    /// Returns `true` for a string type, encoded or not.
    pub(crate) fn is_text(&self) -> bool {
        self.value_type().is_string()
    }

    /// Returns the type of the values, which a dictionary or a run-end encoding decodes to.
    #[inline]
    pub(crate) fn value_type(&self) -> &DataType {
        match &self.data_type {
            DataType::Dictionary(..) | DataType::RunEndEncoded(..) => decoded(&self.data_type),
            plain => plain,
        }
    }
}

impl TypeInfo for FlightSqlTypeInfo {
    #[inline]
    fn is_null(&self) -> bool {
        matches!(self.data_type, DataType::Null)
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl PartialEq for FlightSqlTypeInfo {
    fn eq(&self, other: &Self) -> bool {
        same_kind(&self.data_type, &other.data_type)
    }
}

impl Eq for FlightSqlTypeInfo {}

impl fmt::Display for FlightSqlTypeInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl fmt::Debug for FlightSqlTypeInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.name, self.data_type)?;
        if let Some(extension) = &self.extension {
            write!(f, ", {extension}")?;
        }
        f.write_str(")")
    }
}

fn canonical_name(data_type: &DataType, extension: Option<&str>) -> UStr {
    match sql_name(data_type, extension) {
        Cow::Borrowed(name) => UStr::Static(name),
        Cow::Owned(name) => name.into(),
    }
}

/// Returns the type infos inside a type, without its encodings.
fn children_of(data_type: &DataType) -> Option<Arc<[FlightSqlTypeInfo]>> {
    let children = children(decoded(data_type));
    let infos = children
        .iter()
        .map(|child| FlightSqlTypeInfo::from_field(child));
    (!children.is_empty()).then(|| infos.collect())
}

fn same_kind(a: &DataType, b: &DataType) -> bool {
    use DataType::{
        Binary, BinaryView, FixedSizeList, LargeBinary, LargeList, LargeListView, LargeUtf8, List,
        ListView, Map, Struct, Timestamp, Utf8, Utf8View,
    };
    let same_field = |a: &Field, b: &Field| same_kind(a.data_type(), b.data_type());
    match (decoded(a), decoded(b)) {
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View)
        | (Binary | LargeBinary | BinaryView, Binary | LargeBinary | BinaryView) => true,
        (Timestamp(a_unit, Some(_)), Timestamp(b_unit, Some(_))) => a_unit == b_unit,
        (
            List(a) | LargeList(a) | ListView(a) | LargeListView(a),
            List(b) | LargeList(b) | ListView(b) | LargeListView(b),
        )
        | (Map(a, _), Map(b, _)) => same_field(a, b),
        (FixedSizeList(a, a_len), FixedSizeList(b, b_len)) => a_len == b_len && same_field(a, b),
        (Struct(a), Struct(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| a.name() == b.name() && same_field(a, b))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
    use arrow_schema::{DataType, Field, TimeUnit};
    use sqlx_core::type_info::TypeInfo as _;

    use super::FlightSqlTypeInfo;
    use crate::arrow::logical_type::TYPE_NAME_KEY;

    fn info(data_type: DataType) -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(data_type)
    }

    fn dictionary(value: DataType) -> DataType {
        DataType::Dictionary(Box::new(DataType::UInt16), Box::new(value))
    }

    fn runs(value: DataType) -> DataType {
        DataType::RunEndEncoded(
            Arc::new(Field::new("run_ends", DataType::Int32, false)),
            Arc::new(Field::new("values", value, true)),
        )
    }

    #[test]
    fn encodings_of_one_kind_are_equal() {
        let text = info(DataType::Utf8);
        for same in [
            DataType::LargeUtf8,
            DataType::Utf8View,
            dictionary(DataType::Utf8),
            runs(dictionary(DataType::Utf8View)),
        ] {
            assert_eq!(text, info(same));
        }
        let zoned = |zone: &str| info(DataType::Timestamp(TimeUnit::Second, Some(zone.into())));
        assert_eq!(zoned("UTC"), zoned("+00:00"));
        let list = |item| DataType::List(Arc::new(Field::new("a", item, true)));
        assert_eq!(
            info(list(DataType::Utf8)),
            info(DataType::LargeList(Arc::new(Field::new(
                "b",
                DataType::Utf8View,
                false
            ))))
        );
    }

    #[test]
    fn different_kinds_are_not_equal() {
        assert_ne!(info(DataType::Utf8), info(DataType::Binary));
        assert_ne!(info(DataType::Int32), info(DataType::Int64));
        assert_ne!(
            info(DataType::Timestamp(TimeUnit::Second, None)),
            info(DataType::Timestamp(TimeUnit::Second, Some("UTC".into())))
        );
        assert_ne!(
            info(DataType::Timestamp(TimeUnit::Second, None)),
            info(DataType::Timestamp(TimeUnit::Millisecond, None))
        );
        assert_ne!(
            info(DataType::Decimal128(10, 2)),
            info(DataType::Decimal128(10, 3))
        );
    }

    #[test]
    fn a_field_gives_its_extension_and_the_servers_name() {
        let field = Field::new("id", DataType::FixedSizeBinary(16), false)
            .with_metadata([(EXTENSION_TYPE_NAME_KEY.to_owned(), "arrow.uuid".to_owned())].into());
        let uuid = FlightSqlTypeInfo::from_field(&field);
        assert_eq!(uuid.extension_name(), Some("arrow.uuid"));
        assert_eq!(uuid.name(), "UUID");

        let field = Field::new("n", DataType::Int64, false)
            .with_metadata([(TYPE_NAME_KEY.to_owned(), "INT8".to_owned())].into());
        let named = FlightSqlTypeInfo::from_field(&field);
        assert_eq!(named.name(), "INT8");
        assert_eq!(named.to_string(), "INT8");
        assert_eq!(named, info(DataType::Int64));
    }

    #[test]
    fn only_the_null_type_is_null() {
        assert!(info(DataType::Null).is_null());
        assert!(!info(DataType::Int8).is_null());
    }
}
