//! The engine "Quarry", simulated by a scripted server: one table in memory, and types that Arrow names differently.
//!
//! It reads only the forms of values in [`columns`], and matches bound values with parameters by name.

pub(crate) mod player;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, new_null_array};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use arrow_select::concat::concat_batches;
use flightsql_testkit::tonic::Status;

use self::player::Engine;

/// The only table of the engine.
pub(crate) const TABLE: &str = "stone block";

/// The columns as sent: a UUID, JSON and numbers as text, a boolean as 0 and 1, an instant in UTC without a zone.
pub(crate) fn columns() -> Schema {
    let column = |name: &str, data_type, type_name: &str| {
        let metadata = [(
            "ARROW:FLIGHT:SQL:TYPE_NAME".to_owned(),
            type_name.to_owned(),
        )];
        Field::new(name, data_type, true).with_metadata(metadata.into())
    };
    Schema::new(vec![
        column("id", DataType::Utf8, "UUID"),
        column("kind", DataType::Utf8, "STRING"),
        column("weight", DataType::Utf8, "DECIMAL(10,3)"),
        column("grains", DataType::Utf8, "LARGEINT"),
        column("polished", DataType::Int8, "BOOL"),
        column(
            "dug",
            DataType::Timestamp(TimeUnit::Millisecond, None),
            "DATETIME",
        ),
        column("shift", DataType::Time32(TimeUnit::Millisecond), "TIME"),
        column("note", DataType::Utf8, "JSON"),
    ])
}

/// The names of types in DDL.
const TYPES: [&str; 9] = [
    "UUID", "STRING", "DECIMAL", "LARGEINT", "BOOL", "DATETIME", "TIME", "JSON", "BIGINT",
];

#[derive(Default)]
pub(crate) struct Quarry {
    /// One batch for each row.
    rows: Mutex<Vec<RecordBatch>>,
    /// If `true`, the engine rejects every query as busy.
    pub(crate) busy: AtomicBool,
}

impl Engine for Quarry {
    fn version(&self) -> (&'static str, &'static str) {
        ("Quarry", "1.0")
    }

    fn table(&self) -> (&'static str, Schema) {
        (TABLE, columns())
    }

    /// Parameters of a condition are reported, those of `VALUES` are not.
    fn prepare(&self, sql: &str) -> Result<(Option<Schema>, Option<Schema>), Status> {
        let Some(select) = Select::of(sql)? else {
            return Ok((None, None));
        };
        let parameters = select.condition.map(|(column, name)| {
            let field = field(column).map(|field| field.with_name(name));
            field.map(|field| Schema::new(vec![reported(field)]))
        });
        Ok((Some(select.schema), parameters.transpose()?))
    }

    fn query(&self, sql: &str, bound: Option<&RecordBatch>) -> Result<RecordBatch, Status> {
        if self.busy.load(Ordering::Relaxed) {
            return Err(Status::unavailable("quarry is busy, come back later"));
        }
        if sql.trim() == "SELECT 1" {
            let one: ArrayRef = Arc::new(Int64Array::from(vec![1]));
            return RecordBatch::try_from_iter([("1", one)]).map_err(internal);
        }
        let select =
            Select::of(sql)?.ok_or_else(|| refused("the statement does not return rows"))?;
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for row in &*rows {
            let keep = match select.condition {
                None => true,
                Some((column, name)) => {
                    let wanted = value(bound, name, &field(column)?)?;
                    row.column_by_name(column) == Some(&wanted)
                }
            };
            if keep {
                found.push(row.project(&select.places).map_err(internal)?);
            }
        }
        let schema = Arc::new(select.schema);
        let found: Vec<_> = found
            .into_iter()
            .map(|row| RecordBatch::try_new(Arc::clone(&schema), row.columns().to_vec()))
            .collect::<Result<_, _>>()
            .map_err(internal)?;
        concat_batches(&schema, &found).map_err(internal)
    }

    fn update(&self, sql: &str, bound: Option<&RecordBatch>) -> Result<i64, Status> {
        let (head, rest) = sql
            .split_once('(')
            .ok_or_else(|| refused("unknown statement"))?;
        expect_table(head)?;
        let schema = Arc::new(columns());
        if head.starts_with("CREATE TABLE") {
            let names = definitions(rest)
                .map(|definition| definition.split_once("` ").unwrap_or_default().1);
            let unknown = names.map(|name| name.split('(').next().unwrap_or_default().trim());
            return match unknown.into_iter().find(|name| !TYPES.contains(name)) {
                Some(name) => Err(refused(&format!("unknown type {name}"))),
                None => Ok(0),
            };
        }
        let (names, values) = rest
            .split_once(") VALUES (")
            .ok_or_else(|| refused("VALUES are missing"))?;
        let given: HashMap<&str, &str> = definitions(names)
            .map(|name| name.trim_matches('`'))
            .zip(definitions(values).map(|name| name.trim_start_matches(':')))
            .collect();
        let columns = schema
            .fields()
            .iter()
            .map(|field| match given.get(&**field.name()) {
                Some(name) => value(bound, name, field),
                None => Ok(new_null_array(field.data_type(), 1)),
            });
        let columns = columns.collect::<Result<_, _>>()?;
        let row = RecordBatch::try_new(schema, columns).map_err(internal)?;
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.iter().any(|other| other.column(0) == row.column(0)) {
            return Err(refused("duplicate key: `stone block`.`id`"));
        }
        rows.push(row);
        Ok(1)
    }
}

/// `SELECT … FROM … [WHERE column = :name]`.
struct Select<'a> {
    places: Vec<usize>,
    schema: Schema,
    condition: Option<(&'a str, &'a str)>,
}

impl<'a> Select<'a> {
    fn of(sql: &'a str) -> Result<Option<Self>, Status> {
        let Some(rest) = sql.strip_prefix("SELECT ") else {
            return Ok(None);
        };
        let (list, rest) = rest
            .split_once(" FROM ")
            .ok_or_else(|| refused("FROM is missing"))?;
        expect_table(rest)?;
        let all = columns();
        let (mut places, mut fields) = (Vec::new(), Vec::new());
        for (place, field) in all.fields().iter().enumerate() {
            let named = |item: &&str| item.split('`').nth(1) == Some(field.name());
            let item = definitions(list).find(named);
            if let (None, true) = (item, list != "*") {
                continue;
            }
            // `name` AS `alias`
            let alias = item.and_then(|item| item.split('`').nth(3));
            places.push(place);
            fields.push(Field::clone(field).with_name(alias.unwrap_or(field.name())));
        }
        let condition = rest.split_once(" WHERE ").map(|(_, condition)| {
            let (column, name) = condition.split_once(" = :").unwrap_or_default();
            (column.trim_matches('`'), name)
        });
        let schema = Schema::new(fields);
        Ok(Some(Self {
            places,
            schema,
            condition,
        }))
    }
}

fn expect_table(sql: &str) -> Result<(), Status> {
    match sql.contains(&format!("`{TABLE}`")) {
        true => Ok(()),
        false => Err(refused("unknown table; write names in backticks")),
    }
}

/// The items of a list up to its closing parenthesis.
fn definitions(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    let items = list.split(move |letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0 || depth < 0
    });
    items.map(str::trim).filter(|item| !item.is_empty())
}

fn field(name: &str) -> Result<Field, Status> {
    let columns = columns();
    let found = columns.field_with_name(name);
    found
        .cloned()
        .map_err(|_| refused(&format!("unknown column `{name}`")))
}

/// A TIME parameter is reported as a timestamp, although the engine reads a time.
fn reported(field: Field) -> Field {
    match field.data_type() {
        DataType::Time32(unit) => {
            let timestamp = DataType::Timestamp(*unit, None);
            field.with_data_type(timestamp)
        }
        _ => field,
    }
}

/// The value of a parameter, which must be in the form of its column.
fn value(bound: Option<&RecordBatch>, name: &str, field: &Field) -> Result<ArrayRef, Status> {
    let found = bound.and_then(|bound| bound.column_by_name(name));
    let value = found.ok_or_else(|| refused(&format!("missing value for :{name}")))?;
    let type_name = &field.metadata()["ARROW:FLIGHT:SQL:TYPE_NAME"];
    let (sent, read) = (value.data_type(), field.data_type());
    if sent != read {
        return Err(refused(&format!(
            "cannot read :{name} as {type_name}: it is {sent}, not {read}"
        )));
    }
    let is_uuid = |text: Option<&str>| text.is_none_or(|text| text.len() == 36);
    if type_name == "UUID" && !value.as_string::<i32>().iter().all(is_uuid) {
        return Err(refused(&format!("cannot read :{name} as UUID")));
    }
    Ok(Arc::clone(value))
}

fn refused(message: &str) -> Status {
    Status::invalid_argument(message)
}

fn internal(error: arrow_schema::ArrowError) -> Status {
    Status::internal(error.to_string())
}
