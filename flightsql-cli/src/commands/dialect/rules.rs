//! Comparison of a dialect's rules with the columns of a server: the rules that apply, and reasons for the others.

use flightsql::arrow::schema::{DataType, Field};
use flightsql::catalog::TableColumn;
use flightsql::dialect::{Dialect as _, DialectProfile, LogicalType, Place, TypeMap, TypeRule};

/// One line for each rule, and one for each column that a rule matches and cannot read.
pub(super) fn report(profile: &DialectProfile, columns: &[TableColumn]) -> Vec<String> {
    let mut fields: Vec<&Field> = Vec::new();
    for column in columns {
        with_children(column.field(), &mut fields);
    }
    let rules = profile.types.map.iter().enumerate();
    let of_rules = rules.map(|(index, rule)| {
        let does = of_rule(profile, index, rule, &fields);
        format!("types.map[{index}] {does}")
    });
    let of_columns = columns
        .iter()
        .filter_map(|column| of_column(profile, column));
    of_rules.chain(of_columns).collect()
}

/// Collects the field and its children, because rules apply at every depth.
fn with_children<'f>(field: &'f Field, all: &mut Vec<&'f Field>) {
    all.push(field);
    match field.data_type() {
        DataType::List(child)
        | DataType::LargeList(child)
        | DataType::ListView(child)
        | DataType::LargeListView(child)
        | DataType::FixedSizeList(child, _)
        | DataType::Map(child, _) => with_children(child, all),
        DataType::Struct(children) => {
            for child in children {
                with_children(child, all);
            }
        }
        _ => {}
    }
}

fn of_rule(profile: &DialectProfile, index: usize, rule: &TypeRule, fields: &[&Field]) -> String {
    if let Some(place @ (Place::Result | Place::Parameter)) = rule.at {
        let what = match place {
            Place::Parameter => "parameters",
            _ => "results",
        };
        return format!("applies to {what} only, so tables cannot confirm it");
    }
    let applied = |field: &&&Field| {
        let column = profile.column_type(field, Place::Table);
        column.is_some_and(|column| column.rule == Some(index))
    };
    match fields.iter().filter(applied).count() {
        0 => format!("applies to no column: {}", why_not(profile, rule, fields)),
        1 => format!("reads 1 column as {}", rule.means),
        count => format!("reads {count} columns as {}", rule.means),
    }
}

/// Returns the first condition that no column meets, or an earlier rule that matches the columns.
fn why_not(profile: &DialectProfile, rule: &TypeRule, fields: &[&Field]) -> String {
    let alone = |change: &dyn Fn(&mut TypeRule)| {
        let mut only = TypeRule::new(LogicalType::Any, rule.means.clone());
        change(&mut only);
        let mut map = TypeMap::default();
        map.map = vec![only];
        map
    };
    let any = |map: &TypeMap| {
        let mut fields = fields.iter();
        fields.any(|field| map.column(field, Place::Table).is_some())
    };
    if !any(&alone(&|only| only.sent = rule.sent.clone())) {
        return format!("no column is sent as {}", rule.sent);
    }
    if let Some(name) = &rule.sql_type
        && !any(&alone(&|only| only.sql_type.clone_from(&rule.sql_type)))
    {
        return format!("the server reports no type {name}");
    }
    if let Some(name) = &rule.extension
        && !any(&alone(&|only| only.extension.clone_from(&rule.extension)))
    {
        return format!("no column has the extension type {name}");
    }
    if let Some(name) = &rule.column
        && !any(&alone(&|only| only.column.clone_from(&rule.column)))
    {
        return format!("no column is named {name}");
    }
    let mut single = TypeMap::default();
    single.map = vec![rule.clone()];
    let taken = fields
        .iter()
        .filter(|field| single.column(field, Place::Table).is_some());
    let mut earlier = taken.filter_map(|field| profile.column_type(field, Place::Table)?.rule);
    match earlier.next() {
        Some(earlier) => format!("types.map[{earlier}] matches its columns first"),
        None => "no column meets all of its conditions".to_owned(),
    }
}

/// Describes a column that a rule matches but cannot convert.
fn of_column(profile: &DialectProfile, column: &TableColumn) -> Option<String> {
    let (field, mapped) = (column.field(), column.mapped_field());
    let found = profile.column_type(field, Place::Table)?;
    let is_as_sent = mapped.data_type() == field.data_type()
        && mapped.extension_type_name() == field.extension_type_name();
    if !is_as_sent || found.means.matches(field) {
        return None;
    }
    let why = match found.means {
        LogicalType::Decimal(None) => {
            "its precision and scale are unknown; set them in the rule, as in `decimal(38,9)`"
                .to_owned()
        }
        LogicalType::Time(None)
        | LogicalType::Timestamp(None)
        | LogicalType::Instant(None)
        | LogicalType::Duration(None) => {
            format!(
                "its unit is unknown; set it in the rule, as in `{}(ms)`",
                found.means
            )
        }
        _ => format!("cannot convert {} to {}", field.data_type(), found.means),
    };
    let rule = found.rule.map_or("the dialect".to_owned(), |rule| {
        format!("types.map[{rule}]")
    });
    Some(format!(
        "{}.{} keeps its sent type, although {rule} matches it: {why}",
        column.table(),
        column.name()
    ))
}
