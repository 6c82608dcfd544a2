//! `flightsql query`: runs a statement and streams its result into a format.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use flightsql::{
    AssertSqlSafe, Connection as _, FlightSqlBatchStream, FlightSqlConnection,
    FlightSqlQueryResult, query_with,
};
use futures_util::TryStreamExt as _;

use crate::connect::{Target, url_and};
use crate::failure::Failure;
use crate::output::{Format, OutputArgs, Sink};
use crate::param::bind;
use crate::progress::{Progress, grouped};
use crate::shell::Io;

/// The arguments of `query`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "flightsql query [OPTIONS] [URL] <SQL|->\n       flightsql query [OPTIONS] [URL] --file <FILE>"
)]
pub(crate) struct QueryArgs {
    /// The server
    #[arg(value_name = "URL")]
    first: Option<String>,
    /// The statement; `-` reads it from the standard input
    #[arg(value_name = "SQL")]
    second: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Read the statement from a file
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// A value for the next placeholder: a string, or `int:5`, `float:1.5`, `bool:true`, `date:2024-05-01`,
    /// `timestamp:2024-05-01T12:00:00Z`, `bytes:00ff`, `null:`, and `text:int:5` for the string `int:5`
    #[arg(long, short, value_name = "VALUE", allow_hyphen_values = true)]
    param: Vec<String>,
    /// Stop after this many rows
    #[arg(long, value_name = "NUMBER")]
    max_rows: Option<usize>,
    /// Write the result as the server sent it, without the dialect's types
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: QueryArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let (url, sql) = url_and(args.first, args.second)?;
    let sql = statement(sql, args.file, io)?;
    let format = args.output.checked_format(io)?;
    let arguments = bind(&args.param)?;
    let mut connection = args.target.connect(url, io).await?;
    let sql = AssertSqlSafe(sql);
    let written = {
        let stream = match arguments.len() {
            0 => connection.fetch_arrow(sql).await?,
            _ => connection.fetch_arrow(query_with(sql, arguments)).await?,
        };
        let stream = match args.raw {
            true => stream,
            false => stream.mapped(),
        };
        write(stream, format, args.max_rows, &args.output, io).await
    };
    written?;
    close(connection).await;
    Ok(())
}

/// Returns the SQL from the argument, the file or the standard input.
fn statement(
    sql: Option<String>,
    file: Option<PathBuf>,
    io: &mut Io<'_>,
) -> Result<String, Failure> {
    match (sql, file) {
        (Some(_), Some(_)) => Err(Failure::usage(
            "the statement is specified twice, as an argument and with --file; remove one of them",
        )),
        (None, None) => Err(Failure::usage(
            "no statement is specified; write it in quotes, set --file, or write `-` to read the standard input",
        )),
        (Some(dash), None) if dash == "-" => {
            let mut sql = String::new();
            io.input.read_to_string(&mut sql).map_err(|error| {
                Failure::usage(format!(
                    "cannot read the statement from the standard input: {error}"
                ))
            })?;
            Ok(sql)
        }
        (Some(sql), None) => Ok(sql),
        (None, Some(file)) => std::fs::read_to_string(&file).map_err(|error| {
            Failure::usage(format!(
                "cannot read the statement from {}: {error}",
                file.display()
            ))
        }),
    }
}

async fn write(
    mut stream: FlightSqlBatchStream<'_>,
    format: Format,
    max_rows: Option<usize>,
    output: &OutputArgs,
    io: &mut Io<'_>,
) -> Result<(), Failure> {
    // The schema of a batch may differ from the reported one, so the columns are known only now.
    let mut next = stream.try_next().await?;
    if next.is_some() && stream.query_result().is_some() {
        // An update that ran as a query returns its row count as its only row.
        while next.is_some() {
            next = stream.try_next().await?;
        }
        return say_done(stream.query_result(), format, output, io);
    }
    let announced = stream.schema().filter(|schema| !schema.fields().is_empty());
    let schema = match (&next, announced) {
        (Some(batch), _) => batch.schema(),
        (None, Some(schema)) => SchemaRef::clone(schema),
        (None, None) => return say_done(stream.query_result(), format, output, io),
    };
    // On one terminal, rows would mix with the progress.
    let quiet = io.out_is_terminal && output.output.is_none() && format != Format::Table;
    let mut progress = Progress::new(io.err_is_terminal && !quiet, Instant::now());
    let mut sink = Sink::open(output.output.as_deref(), &mut io.out)?;
    let mut encoder = output.encoder(format, &schema, &mut sink)?;
    let mut room = max_rows.unwrap_or(usize::MAX);
    let mut more = false;
    while let Some(batch) = next {
        more = batch.num_rows() > room;
        if more && room == 0 {
            break;
        }
        let batch = limited(batch, room);
        room -= batch.num_rows();
        encoder.write(&batch)?;
        progress.add(batch.num_rows(), Instant::now(), io.err)?;
        if more {
            break;
        }
        next = stream.try_next().await?;
    }
    progress.clear(io.err)?;
    encoder.finish()?;
    drop(encoder);
    sink.commit()?;
    if let (true, Some(most)) = (more, max_rows) {
        let most = grouped(&most.to_string());
        writeln!(
            io.err,
            "stopped after {most} rows (--max-rows); the result has more"
        )?;
    }
    Ok(())
}

fn limited(batch: RecordBatch, room: usize) -> RecordBatch {
    match batch.num_rows() > room {
        true => batch.slice(0, room),
        false => batch,
    }
}

/// Prints the number of affected rows of a statement without a result, but never into a data file.
fn say_done(
    done: Option<FlightSqlQueryResult>,
    format: Format,
    output: &OutputArgs,
    io: &mut Io<'_>,
) -> Result<(), Failure> {
    let text = match done.and_then(|done| done.known_rows_affected()) {
        Some(1) => "1 row affected".to_owned(),
        Some(rows) => format!("{} rows affected", grouped(&rows.to_string())),
        None => "done; the server does not report the number of affected rows".to_owned(),
    };
    match format == Format::Table && output.output.is_none() {
        true => writeln!(io.out, "{text}")?,
        false => writeln!(io.err, "{text}; the statement has no result to write")?,
    }
    Ok(())
}

/// The result is complete already, so an error while closing is ignored.
pub(crate) async fn close(connection: FlightSqlConnection) {
    let _ = connection.close().await;
}
