//! Running one statement (layer 4): the main path, top to bottom.

use arrow_schema::Schema;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::type_info::TypeInfo as _;

use super::FlightSqlConnection;
use super::endpoints::ResultStream;
use super::prepare::CloseOnDrop;
use super::route::{self, Plan};
use crate::arguments::FlightSqlArguments;
use crate::dialect::{Dialect, Feature, StatementClass, classify, placeholder};
use crate::error::{Error, Result};
use crate::options::{DatetimePrecision, Placeholders};
use crate::protocol::{query, update};
use crate::query_result::FlightSqlQueryResult;
use crate::type_info::FlightSqlTypeInfo;

/// What a statement came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Rows to be read, and how to count what the statement changed.
    Rows(Box<RowsToRead>),
    /// Everything happened; there are no rows.
    Done(FlightSqlQueryResult),
}

/// A result, and what must live as long as it.
#[derive(Debug)]
pub(crate) struct RowsToRead {
    pub(crate) stream: ResultStream,
    pub(crate) counting: Counting,
    /// The statement that only this result uses.
    pub(crate) _close: Option<CloseOnDrop>,
}

/// What the rows of a result say about changed rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counting {
    /// A query: nothing was changed.
    Nothing,
    /// `… RETURNING`: each row is a changed row.
    EachRow,
    /// An update that runs as a query; its one row contains the count in a column with one of these names.
    Column(Vec<String>),
}

impl FlightSqlConnection {
    /// Runs `sql`. `arguments` is `None` for raw SQL. Cancel-safe: a dropped call leaves no handle open.
    pub(crate) async fn run(
        &mut self,
        sql: &SqlStr,
        arguments: Option<FlightSqlArguments>,
        keep: bool,
    ) -> Result<Outcome> {
        self.ready().await?;
        let text = self.normalized(sql.as_str())?;
        let class = self.dialect().class_of(text);
        if class == StatementClass::Empty {
            return Err(Error::argument("the statement is empty"));
        }
        let arguments =
            arguments.filter(|arguments| sqlx_core::arguments::Arguments::len(arguments) > 0);
        let mut outcome = match arguments {
            Some(arguments) if self.writes(&arguments) => {
                self.run_literal(text, class, &arguments, keep).await
            }
            Some(arguments) => self.run_values(text, class, &arguments, keep).await,
            None => self.run_plain(text, class).await,
        }?;
        if let Outcome::Rows(rows) = &mut outcome
            && rows.counting != Counting::Nothing
        {
            rows.stream.keep_changes();
        }
        if let Outcome::Rows(rows) = &mut outcome
            && classify::has_columns(text, &self.dialect().profile().syntax, class)
        {
            rows.stream.expect_columns();
        }
        Ok(outcome)
    }

    /// Without parameters: one call for an update, two for a query.
    pub(super) async fn run_plain(&mut self, sql: &str, class: StatementClass) -> Result<Outcome> {
        if placeholder::count(sql, &self.dialect().profile().syntax).arity() > 0 {
            // What looks like a placeholder may be an operator; the server knows.
            return self.run_unbound(sql, class).await;
        }
        match route::by_text(class, self.dialect()) {
            Plan::Update if self.has_updates() => self.plain_update(sql, class).await,
            Plan::Prepare if self.has_prepare() => self.run_unbound(sql, class).await,
            _ => self.plain_query(sql, class).await,
        }
    }

    fn has_updates(&self) -> bool {
        !self.inner.learned.no_updates && !self.dialect().lacks(Feature::Updates)
    }

    fn has_prepare(&self) -> bool {
        !self.inner.learned.no_prepare && !self.dialect().lacks(Feature::Prepare)
    }

    pub(super) async fn plain_query(
        &mut self,
        sql: &str,
        class: StatementClass,
    ) -> Result<Outcome> {
        let info = query::info(&self.inner.rpc, sql, self.inner.levels.transaction()).await?;
        Ok(Outcome::Rows(Box::new(RowsToRead {
            stream: ResultStream::of_statement(&self.inner.rpc, &self.inner.debts, info)?,
            counting: self.counting(class),
            _close: None,
        })))
    }

    async fn plain_update(&mut self, sql: &str, class: StatementClass) -> Result<Outcome> {
        match update::run(&self.inner.rpc, sql, self.inner.levels.transaction()).await {
            Ok(count) => Ok(Outcome::Done(Self::counted(count))),
            // Nothing ran, so running it the other way is no second run.
            Err(error) if error.is_unimplemented() => {
                let outcome = self.plain_query(sql, class).await?;
                // Some refuse single statements that way; only one that works as a query tells of all.
                self.inner.learned.no_updates = true;
                Ok(outcome)
            }
            Err(error) => Err(error),
        }
    }

    /// Runs `sql` with bound values. Its placeholders are those of the dialect.
    pub(super) async fn run_values(
        &mut self,
        sql: &str,
        class: StatementClass,
        arguments: &FlightSqlArguments,
        keep: bool,
    ) -> Result<Outcome> {
        let text = self.with_placeholders(sql, arguments)?;
        self.run_bound(&text, class, arguments, keep).await
    }

    /// One statement without its trailing semicolon, which some servers refuse.
    pub(crate) fn normalized<'s>(&self, sql: &'s str) -> Result<&'s str> {
        let syntax = &self.dialect().profile().syntax;
        let count = classify::statements(sql, syntax);
        if count > 1 {
            return Err(Error::argument(format!(
                "this text holds {count} statements, and one call runs one; run them one by one"
            )));
        }
        Ok(classify::strip_trailing_semicolon(sql, syntax))
    }

    /// `QueryBuilder` writes `?`; the dialect's own style goes to the server. Hand-written SQL is left alone
    /// unless `placeholders=rewrite` says otherwise.
    fn with_placeholders(&self, sql: &str, arguments: &FlightSqlArguments) -> Result<String> {
        let emitted = usize::try_from(arguments.emitted()).unwrap_or(usize::MAX);
        let expected = match (emitted, self.options().placeholders) {
            (0, Placeholders::AsWritten) => return Ok(sql.to_owned()),
            (0, Placeholders::Rewrite) => sqlx_core::arguments::Arguments::len(arguments),
            (emitted, _) => emitted,
        };
        let dialect = self.dialect();
        let (syntax, parameters) = (&dialect.profile().syntax, &dialect.profile().parameters);
        let casts = match parameters.cast {
            true => casts(arguments, dialect),
            false => Vec::new(),
        };
        placeholder::rewrite_questions(sql, syntax, parameters, &casts, expected)
            .map(std::borrow::Cow::into_owned)
            .map_err(|error| Error::argument(error.to_string()))
    }

    /// Returns `true` if bound dates and times are truncated to the unit of their parameter.
    pub(super) fn truncates(&self) -> bool {
        self.options().datetime_precision == DatetimePrecision::Truncate
    }

    pub(super) fn counting(&self, class: StatementClass) -> Counting {
        match class {
            StatementClass::DmlReturning => Counting::EachRow,
            StatementClass::Dml | StatementClass::Ddl => {
                Counting::Column(self.dialect().profile().statements.count_columns.clone())
            }
            _ => Counting::Nothing,
        }
    }

    /// Returns the row count that the protocol reports; -1, the only negative count that arrives here, means "unknown".
    pub(crate) fn counted(count: i64) -> FlightSqlQueryResult {
        u64::try_from(count).map_or_else(
            |_| FlightSqlQueryResult::unknown(),
            FlightSqlQueryResult::known,
        )
    }
}

impl Counting {
    /// The one row of a statement that ran as a query, as a count.
    pub(crate) fn column_index(&self, schema: &Schema) -> Option<usize> {
        let Self::Column(names) = self else {
            return None;
        };
        let field = schema
            .fields()
            .first()
            .filter(|_| schema.fields().len() == 1)?;
        let mut names = names.iter();
        let is_count = field.data_type().is_integer()
            && names.any(|name| name.eq_ignore_ascii_case(field.name()));
        is_count.then_some(0)
    }
}

/// The SQL names of the types of the values, for casts; `None` for a NULL without a type.
fn casts(arguments: &FlightSqlArguments, dialect: &dyn Dialect) -> Vec<Option<String>> {
    let name = |info: FlightSqlTypeInfo| {
        let own = dialect.type_name(&info.to_field(""));
        let name = own.unwrap_or_else(|| info.name().to_owned());
        (!info.is_null()).then_some(name)
    };
    arguments.types().into_iter().map(name).collect()
}
