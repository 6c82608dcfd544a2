//! The parameters of a statement: their names, their order, and the values bound to them.
//!
//! Layer: engine. Placeholder forms: <https://www.sqlite.org/lang_expr.html#varparam>. Flight SQL names and orders
//! parameters by a schema: `ActionCreatePreparedStatementResult.parameter_schema`.

use std::collections::HashMap;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use rusqlite::Statement;
use rusqlite::types::Value;

use super::error::{Kind, Result, SqliteError};
use super::lexer::TokenKind;
use super::sql::Sql;
use super::types::ColType;
use super::write;

/// Maximum number of parameters of one statement, as in SQLite.
const MAX_PARAMS: usize = 32_766;

/// Placeholders that the SQL may contain, as different servers support different ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placeholder {
    /// `?`, `?NNN`, `$n`, `:name`, `@name` and `$name`.
    #[default]
    Any,
    /// `?` and `?NNN` only.
    Question,
    /// `$n` and `$name` only, as in DataFusion.
    Dollar,
    /// `:name`, `@name` and `$name` only.
    Named,
}

/// A parameter, in the order of the parameter schema.
#[derive(Debug, Clone)]
pub(crate) struct Param {
    /// The name in the parameter schema, such as `$1` for a `?`.
    pub(crate) name: String,
    /// The type of the target column or cast, if it is known.
    pub(crate) hint: Option<ColType>,
    /// Whether every use is a bare result column, which accepts values that SQLite cannot store.
    pub(crate) echo_only: bool,
    /// The number in SQLite; `None` for a gap, such as between `$1` and `$3`.
    index: Option<usize>,
}

/// All parameters of a statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    list: Vec<Param>,
    /// Maps the token index of a placeholder to its index in `list`.
    tokens: HashMap<usize, usize>,
}

/// One row of bound values, ready for SQLite.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bound {
    values: Vec<Value>,
    /// The bound arrays, one row each, and their fields, which a bare placeholder returns.
    pub(crate) echo: Vec<(Field, ArrayRef)>,
}

impl Params {
    /// Reads the placeholders of a prepared statement.
    pub(crate) fn new(sql: &Sql, statement: &Statement<'_>, style: Placeholder) -> Result<Self> {
        let count = statement.parameter_count();
        if count == 0 {
            return Ok(Self::default());
        }
        if count > MAX_PARAMS {
            return Err(too_many());
        }
        check_style(sql, style)?;
        let names: Vec<Option<&str>> = (1..=count)
            .map(|index| statement.parameter_name(index))
            .collect();
        let numbers: Vec<Option<usize>> = names.iter().map(|name| dollar_number(*name)).collect();
        let list = if numbers.iter().any(Option::is_some) {
            by_number(&names, &numbers)?
        } else {
            by_index(&names)
        };
        let mut params = Self {
            list,
            tokens: HashMap::new(),
        };
        params.tokens = params.locate(sql);
        Ok(params)
    }

    pub(crate) fn list(&self) -> &[Param] {
        &self.list
    }

    pub(crate) fn list_mut(&mut self) -> &mut [Param] {
        &mut self.list
    }

    /// Returns the parameter of a placeholder token.
    pub(crate) fn of_token(&self, token: usize) -> Option<usize> {
        self.tokens.get(&token).copied()
    }

    /// Iterates over the token indexes with their parameters.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = (usize, usize)> {
        self.tokens.iter().map(|(token, param)| (*token, *param))
    }

    /// Returns the parameter schema: nullable fields with known types, or `Null` for unknown ones.
    pub(crate) fn schema(&self) -> Schema {
        let field = |param: &Param| match param.hint {
            Some(ty) => ty.field(&param.name, true),
            None => Field::new(&param.name, DataType::Null, true),
        };
        Schema::new(self.list.iter().map(field).collect::<Vec<_>>())
    }

    /// Converts one row of a batch. Columns are matched by name if all names match, and by position otherwise.
    pub(crate) fn bind(&self, batch: &RecordBatch, row: usize) -> Result<Bound> {
        let order = self.match_columns(batch)?;
        let mut bound = Bound::default();
        for (param, column) in self.list.iter().zip(order) {
            let array = batch.column(column);
            let value = write::normalize(array)
                .and_then(|plain| write::value(plain.as_ref(), row, param.hint));
            bound.values.push(match value {
                Ok(value) => value,
                Err(_) if param.echo_only => Value::Null,
                Err(error) => {
                    return Err(SqliteError::new(
                        error.kind(),
                        format!("parameter {}: {error}", param.name),
                    ));
                }
            });
            bound.echo.push((
                batch.schema_ref().field(column).clone(),
                array.slice(row, 1),
            ));
        }
        Ok(bound)
    }

    /// Returns the bound row of a statement without parameters.
    pub(crate) fn unbound(&self) -> Result<Bound> {
        match self.list.len() {
            0 => Ok(Bound::default()),
            count => Err(SqliteError::invalid(format!(
                "the statement has {count} parameter(s) and none is bound: prepare it and bind one row"
            ))),
        }
    }

    /// Binds a row in SQLite.
    pub(crate) fn apply(&self, statement: &mut Statement<'_>, bound: &Bound) -> Result<()> {
        for (param, value) in self.list.iter().zip(&bound.values) {
            if let Some(index) = param.index {
                statement.raw_bind_parameter(index, value)?;
            }
        }
        Ok(())
    }

    fn match_columns(&self, batch: &RecordBatch) -> Result<Vec<usize>> {
        let (wanted, given) = (self.list.len(), batch.num_columns());
        if wanted != given {
            return Err(SqliteError::invalid(format!(
                "the statement has {wanted} parameter(s), {given} were bound"
            )));
        }
        let columns = columns_by_name(batch.schema_ref());
        let by_name: Option<Vec<usize>> = self
            .list
            .iter()
            .map(|param| column_named(&columns, &param.name))
            .collect();
        Ok(by_name.unwrap_or_else(|| (0..wanted).collect()))
    }

    /// Numbers the placeholder tokens as SQLite does.
    fn locate(&self, sql: &Sql) -> HashMap<usize, usize> {
        let mut located = HashMap::new();
        let places: HashMap<usize, usize> = self
            .list
            .iter()
            .enumerate()
            .filter_map(|(place, param)| Some((param.index?, place)))
            .collect();
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut highest = 0;
        for at in (0..sql.tokens().len()).filter(|at| sql.kind(*at) == Some(TokenKind::Placeholder))
        {
            let text = sql.at(at);
            let index = match text.strip_prefix('?') {
                Some("") => highest + 1,
                Some(number) => number.parse().unwrap_or(0),
                None => *known.entry(text).or_insert(highest + 1),
            };
            highest = highest.max(index);
            if let Some(place) = places.get(&index) {
                located.insert(at, *place);
            }
        }
        located
    }
}

/// Returns the column indexes by name, because there may be tens of thousands of columns.
fn columns_by_name(schema: &Schema) -> HashMap<&str, Vec<usize>> {
    let mut columns: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, field) in schema.fields().iter().enumerate() {
        columns.entry(field.name()).or_default().push(index);
    }
    columns
}

/// Returns the only column with the name of a parameter, with or without its prefix.
fn column_named(columns: &HashMap<&str, Vec<usize>>, name: &str) -> Option<usize> {
    let bare = name.trim_start_matches([':', '@', '$']);
    let of = |name: &str| columns.get(name).map_or(&[][..], Vec::as_slice);
    let prefixed = if bare == name { &[][..] } else { of(name) };
    match (prefixed, of(bare)) {
        ([index], []) | ([], [index]) => Some(*index),
        _ => None,
    }
}

/// Returns the `n` of `$n`.
fn dollar_number(name: Option<&str>) -> Option<usize> {
    name?
        .strip_prefix('$')?
        .parse()
        .ok()
        .filter(|number| *number > 0)
}

/// Maps `$2` to the second parameter, because SQLite numbers it by its first use.
fn by_number(names: &[Option<&str>], numbers: &[Option<usize>]) -> Result<Vec<Param>> {
    if numbers.iter().any(Option::is_none) {
        return Err(SqliteError::invalid(
            "placeholders $n cannot be mixed with other placeholders",
        ));
    }
    let highest = numbers.iter().flatten().copied().max().unwrap_or(0);
    if highest > MAX_PARAMS {
        return Err(too_many());
    }
    let mut list: Vec<Param> = (1..=highest)
        .map(|number| param(format!("${number}"), None))
        .collect();
    for (index, number) in numbers.iter().flatten().enumerate() {
        let slot = &mut list[*number - 1];
        if slot.index.is_some() {
            let name = names[index].unwrap_or_default();
            return Err(SqliteError::invalid(format!(
                "parameter {number} is written in two ways, one is {name}"
            )));
        }
        slot.index = Some(index + 1);
    }
    Ok(list)
}

fn by_index(names: &[Option<&str>]) -> Vec<Param> {
    let name = |index: usize, name: Option<&str>| match name {
        Some(name) if !name.starts_with('?') => name.to_owned(),
        _ => format!("${}", index + 1),
    };
    names
        .iter()
        .enumerate()
        .map(|(index, raw)| param(name(index, *raw), Some(index + 1)))
        .collect()
}

fn param(name: String, index: Option<usize>) -> Param {
    Param {
        name,
        hint: None,
        echo_only: true,
        index,
    }
}

fn too_many() -> SqliteError {
    SqliteError::new(
        Kind::Exhausted,
        format!("a statement may have {MAX_PARAMS} parameters at most"),
    )
}

fn check_style(sql: &Sql, style: Placeholder) -> Result<()> {
    for at in 0..sql.tokens().len() {
        if sql.kind(at) != Some(TokenKind::Placeholder) {
            continue;
        }
        let text = sql.at(at);
        let (fits, wanted) = match style {
            Placeholder::Any => return Ok(()),
            Placeholder::Question => (text.starts_with('?'), "? and ?NNN"),
            Placeholder::Dollar => (text.starts_with('$'), "$n and $name"),
            Placeholder::Named => (
                !text.starts_with('?') && dollar_number(Some(text)).is_none(),
                ":name, @name and $name",
            ),
        };
        if !fits {
            return Err(SqliteError::invalid(format!(
                "near {text:?}: syntax error: placeholders of this server are {wanted}"
            )));
        }
    }
    Ok(())
}
