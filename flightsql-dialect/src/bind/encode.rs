//! The type that one parameter is sent as, and the conversion of a value or a column to it.
//!
//! Types alone decide, so one decision serves a value and a column. If the server reports a type, the driver sends that type,
//! or the type that a rule of the dialect sends instead. A value converts to it exactly, by the rule read backwards, or through
//! the dialect's bind form. If the server reports no type, the driver sends the dialect's bind form, or the value's own type.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, NullArray};
use arrow_schema::{DataType, Field};

use super::union;
use crate::arrow::coerce::{coerce, coerce_array, coerce_column};
use crate::arrow::convert::plain::{Kind, kind};
use crate::arrow::convert::{By, CoerceError, Encoding, convert, nulls};
use crate::arrow::logical_type::decoded;
use crate::arrow::map_data_type::children;
use crate::arrow::scalar::Scalar;
use crate::arrow::type_name::sql_name;
use crate::dialect::{Dialect, NullBinding, Parameter, Place, SentAs};
use crate::result_schema::{Mapping, meant};

/// The field that a parameter is sent as, and the conversions of values to it.
pub(super) struct ParameterEncoder<'a> {
    parameter: Parameter<'a>,
    field: Field,
    /// The rule of the dialect for the reported field.
    rule: Option<Mapping>,
    /// The dialect's bind form of the value: the sent type, or an intermediate type.
    form: Option<DataType>,
    /// The union in whose variant the value is wrapped.
    union: Option<&'a DataType>,
    untyped_nulls: bool,
    by: By,
}

impl<'a> ParameterEncoder<'a> {
    /// Decides what a parameter is sent as. `by` is `Type` or `Truncated`.
    pub(super) fn new(parameter: Parameter<'a>, dialect: &dyn Dialect, by: By) -> Self {
        let own = parameter.own;
        let types = &dialect.profile().types;
        let form = dialect.bind_type(&parameter);
        let form = form.and_then(|form| form.resolve(own));
        let untyped_nulls = types.nulls == NullBinding::Untyped;
        let closed = parameter
            .reported
            .filter(|field| !leaves_open(field.data_type()));
        let Some(reported) = closed else {
            let reported = parameter.reported;
            let sent = form.as_ref().map(|form| form.data_type().clone());
            let field = form.unwrap_or_else(|| own.clone());
            let field = match reported {
                None => field,
                Some(reported) => {
                    let mut metadata = reported.metadata().clone();
                    metadata.extend(field.metadata().clone());
                    field.with_name(reported.name()).with_metadata(metadata)
                }
            };
            let union = reported.map(|reported| reported.data_type());
            let union = union
                .filter(|reported| types.wrap_unions && matches!(reported, DataType::Union(..)));
            return Self {
                parameter,
                field: field.with_nullable(true),
                rule: None,
                form: sent,
                union,
                untyped_nulls,
                by,
            };
        };
        let send = dialect.column_type(reported, Place::Parameter);
        let field = match send.and_then(|column| column.send) {
            Some(SentAs::Own) => own.clone().with_name(reported.name()),
            Some(SentAs::Type(logical)) => logical
                .resolve(reported)
                .unwrap_or_else(|| reported.clone()),
            None => reported.clone(),
        };
        Self {
            parameter,
            // Servers report NOT NULL for parameters that can be NULL.
            field: field.with_nullable(true),
            rule: meant(&Arc::new(reported.clone()), Place::Parameter, dialect).mapping,
            form: form.map(|form| form.data_type().clone()),
            union: None,
            untyped_nulls,
            by,
        }
    }
}

impl ParameterEncoder<'_> {
    pub(super) fn encode_scalar(&self, value: &Scalar) -> Result<(Field, ArrayRef), CoerceError> {
        let is_null = matches!(value, Scalar::Null(_));
        self.made(1, is_null, &|to| coerce(value, to, self.by))
    }

    pub(super) fn encode_column(
        &self,
        values: &ArrayRef,
    ) -> Result<(Field, ArrayRef), CoerceError> {
        let extension = self.parameter.own.extension_type_name();
        let is_null = !values.is_empty() && values.logical_null_count() == values.len();
        self.made(values.len(), is_null, &|to| {
            coerce_column(values, extension, to, self.by)
        })
    }

    fn made(
        &self,
        len: usize,
        is_null: bool,
        make: &dyn Fn(&DataType) -> Result<ArrayRef, CoerceError>,
    ) -> Result<(Field, ArrayRef), CoerceError> {
        let array = match self.union {
            _ if is_null && self.untyped_nulls => Arc::new(NullArray::new(len)),
            Some(union) => union::wrapped(union, self.field.data_type(), make)?,
            None if is_null => nulls(self.field.data_type(), len)?,
            None => self.converted(make)?,
        };
        let data_type = array.data_type().clone();
        Ok((self.field.clone().with_data_type(data_type), array))
    }

    /// Uses the first conversion that exists for the types. An error that depends on the value ends the search.
    fn converted(
        &self,
        make: &dyn Fn(&DataType) -> Result<ArrayRef, CoerceError>,
    ) -> Result<ArrayRef, CoerceError> {
        let to = self.field.data_type();
        let by_rule = |rule: &Mapping| {
            let meant = make(rule.to.data_type())?;
            let sent = convert(&meant, to, rule.encoding).ok_or(CoerceError::Type)?;
            sent.why.map_or(Ok(sent.array), Err)
        };
        let found = match &self.rule {
            // Text can represent a value in more than one way; the rule has the engine's form.
            Some(rule) if changes_kind(self.parameter.own.data_type(), to) => {
                by_rule(rule).or_else(|_| make(to))
            }
            Some(rule) => make(to).or_else(|why| match is_missing(why) {
                true => by_rule(rule),
                false => Err(why),
            }),
            None => make(to),
        };
        match (found, &self.form) {
            (Err(why), Some(form)) if is_missing(why) => {
                let form = self
                    .in_form(form, make)
                    .map_err(|other| if is_missing(other) { why } else { other })?;
                coerce_array(&form, to)
            }
            (found, _) => found,
        }
    }

    /// The value in the dialect's form, which may be of another kind: an instant as a wall-clock reading in UTC.
    fn in_form(
        &self,
        form: &DataType,
        make: &dyn Fn(&DataType) -> Result<ArrayRef, CoerceError>,
    ) -> Result<ArrayRef, CoerceError> {
        make(form).or_else(|why| {
            if !is_missing(why) {
                return Err(why);
            }
            // Uses the unit of the form, so that `datetime_precision=truncate` applies.
            let own = make(&in_unit_of(self.parameter.own.data_type(), form))?;
            let sent = convert(&own, form, Encoding::Value).ok_or(why)?;
            sent.why.map_or(Ok(sent.array), Err)
        })
    }

    /// Returns the error text: the parameter, the types, the rule and the reason, but never the value.
    pub(super) fn refused(&self, why: CoerceError) -> String {
        let (own, sent) = (self.parameter.own.data_type(), self.field.data_type());
        let (number, name) = (self.parameter.position + 1, self.field.name());
        let parameter = match name.strip_prefix('$') {
            Some(digits) if digits.parse() == Ok(number) => format!("parameter {number}"),
            _ if name.is_empty() => format!("parameter {number}"),
            _ => format!("parameter {number} ({name:?})"),
        };
        let target = match (own == sent, self.parameter.reported, &self.rule) {
            (true, ..) => String::new(),
            (_, None, _) => format!(" as {sent}, the bind form of the dialect"),
            (_, Some(_), None) => format!(" as {sent}, the type reported by the server"),
            (_, Some(_), Some(rule)) => format!(
                " as {sent}, the type reported by the server, which {} reads as {}",
                rule.rule,
                rule.to.data_type()
            ),
        };
        let why: Cow<'_, str> = match why {
            CoerceError::Type => format!(
                "unsupported conversion; bind another Rust type, or write `CAST(? AS {})` in the SQL",
                sql_name(own, None)
            )
            .into(),
            why => why.to_string().into(),
        };
        format!("{parameter}: a value of type {own} cannot be bound{target}: {why}")
    }
}

/// Returns the timestamp type `own` in the unit of `to`; another type is unchanged.
fn in_unit_of(own: &DataType, to: &DataType) -> DataType {
    match (own, to) {
        (DataType::Timestamp(_, zone), DataType::Timestamp(unit, _)) => {
            DataType::Timestamp(*unit, zone.clone())
        }
        (own, _) => own.clone(),
    }
}

/// Returns `true` if the types have no conversion, for any value.
fn is_missing(why: CoerceError) -> bool {
    matches!(
        why,
        CoerceError::Type | CoerceError::NotAnInstant | CoerceError::Instant
    )
}

/// Returns `true` if the conversion changes the kind of the value: text to and from other types, booleans to and from
/// integers, JSON to bytes.
fn changes_kind(own: &DataType, sent: &DataType) -> bool {
    let (Some(own), Some(sent)) = (kind(decoded(own)), kind(decoded(sent))) else {
        return false;
    };
    own != sent
        && matches!(
            (own, sent),
            (_, Kind::Text) | (Kind::Text, _) | (Kind::Bool, _) | (_, Kind::Bool)
        )
}

/// Returns `true` if the server leaves the type, or a part of it, to the driver.
fn leaves_open(reported: &DataType) -> bool {
    matches!(reported, DataType::Null | DataType::Union(..))
        || children(reported)
            .iter()
            .any(|child| leaves_open(child.data_type()))
}
