//! `flightsql info`: the server information (`SqlInfo`).

use std::sync::Arc;

use arrow_array::{ArrayRef, UInt32Array};
use flightsql::catalog::{SqlInfoValue, sql_info_name};

use super::query::close;
use super::{batch, strings};
use crate::connect::Target;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::shell::Io;

/// The arguments of `info`.
#[derive(Debug, clap::Args)]
pub(crate) struct InfoArgs {
    /// The server
    #[arg(value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: InfoArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    args.output.checked_format(io)?;
    let mut connection = args.target.connect(args.url, io).await?;
    let info = connection.catalog().server_info().await?;
    let ids: UInt32Array = info.iter().map(|(id, _)| Some(id)).collect();
    let listed = batch([
        ("id", Arc::new(ids) as ArrayRef),
        (
            "name",
            strings(info.iter().map(|(id, _)| sql_info_name(id))),
        ),
        (
            "value",
            strings(info.iter().map(|(_, value)| Some(text(value)))),
        ),
    ])?;
    args.output.write_all(&listed, io)?;
    close(connection).await;
    Ok(())
}

fn text(value: &SqlInfoValue) -> String {
    match value {
        SqlInfoValue::Bool(flag) => flag.to_string(),
        SqlInfoValue::Int(number) => number.to_string(),
        SqlInfoValue::Text(text) => text.clone(),
        SqlInfoValue::TextList(strings) => strings.join(", "),
        SqlInfoValue::IntLists(lists) => {
            let entries = lists
                .iter()
                .map(|(key, values)| format!("{key}: {values:?}"));
            entries.collect::<Vec<_>>().join("; ")
        }
        other => format!("{other:?}"),
    }
}
