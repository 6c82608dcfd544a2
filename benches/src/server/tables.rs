//! Responses, which are encoded once. A request only clones shared bytes.
//!
//! The encoding is [Arrow IPC](https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc).

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_flight::utils::batches_to_flight_data;
use arrow_flight::{FlightData, IpcMessage, SchemaAsIpc};
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use bytes::Bytes;

use super::statement::Statement;
use crate::data::{BATCH_ROWS, Case, DISTINCT_BATCHES, batch_sizes};

/// All tables and the point row.
#[derive(Debug)]
pub(crate) struct Tables {
    scans: Vec<(Case, Table)>,
    point: Table,
    /// The schema of the one Int64 parameter.
    pub(crate) parameter_schema: Bytes,
}

#[derive(Debug)]
struct Table {
    schema: Bytes,
    schema_message: FlightData,
    batches: Vec<FlightData>,
    rows: Vec<RecordBatch>,
}

impl Tables {
    /// Creates and encodes all tables.
    pub(crate) fn new() -> Result<Self, ArrowError> {
        let mut scans = Vec::new();
        for case in Case::ALL {
            let rows: Result<_, _> = (0..DISTINCT_BATCHES)
                .map(|index| case.batch(index))
                .collect();
            scans.push((case, Table::new(&case.schema(), rows?)?));
        }
        Ok(Self {
            scans,
            point: Table::new(&id_schema(), vec![point_row()?])?,
            parameter_schema: encode_schema(&id_schema())?,
        })
    }

    /// Returns the schema of a query's result as an encapsulated IPC message, which is empty for an update.
    pub(crate) fn schema(&self, statement: Statement) -> Bytes {
        match statement {
            Statement::Scan { case, .. } => self.scan(case).schema.clone(),
            Statement::Point(_) => self.point.schema.clone(),
            Statement::Update(_) => Bytes::new(),
        }
    }

    /// Returns the messages of `rows` rows of a table.
    pub(crate) fn read(
        &self,
        case: Case,
        rows: u64,
    ) -> Result<impl Iterator<Item = FlightData> + Send + 'static, ArrowError> {
        let table = self.scan(case);
        let last = batch_sizes(rows).enumerate().last();
        let tail = match last {
            // Encode the short batch here: at most 8191 rows in a scan of any length.
            Some((index, size)) if size < BATCH_ROWS => {
                let batch = table.rows[index % DISTINCT_BATCHES].slice(0, size);
                batches_to_flight_data(&case.schema(), vec![batch])?.pop()
            }
            _ => None,
        };
        let batches = table.batches.clone();
        let full = batch_sizes(rows).take_while(|size| *size == BATCH_ROWS);
        let full = full
            .enumerate()
            .map(move |(index, _)| batches[index % DISTINCT_BATCHES].clone());
        let schema = std::iter::once(table.schema_message.clone());
        Ok(schema.chain(full).chain(tail))
    }

    /// Returns the messages of the row with this `id`.
    pub(crate) fn read_point(&self, id: i64) -> Vec<FlightData> {
        let mut row = self.point.batches[0].clone();
        // The batch has no validity buffer, so the body starts with the value. A test decodes it.
        let mut body = row.data_body.to_vec();
        body[..8].copy_from_slice(&id.to_le_bytes());
        row.data_body = body.into();
        vec![self.point.schema_message.clone(), row]
    }

    fn scan(&self, case: Case) -> &Table {
        let found = self.scans.iter().find(|(known, _)| *known == case);
        &found.expect("`new` creates a table for every case").1
    }
}

impl Table {
    fn new(schema: &Schema, rows: Vec<RecordBatch>) -> Result<Self, ArrowError> {
        let mut messages = batches_to_flight_data(schema, rows.clone())?;
        let schema_message = messages.remove(0);
        Ok(Self {
            schema: encode_schema(schema)?,
            schema_message,
            batches: messages,
            rows,
        })
    }
}

fn encode_schema(schema: &Schema) -> Result<Bytes, ArrowError> {
    let IpcMessage(bytes) = SchemaAsIpc::new(schema, &IpcWriteOptions::default()).try_into()?;
    Ok(bytes)
}

fn id_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]))
}

fn point_row() -> Result<RecordBatch, ArrowError> {
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values([0]));
    RecordBatch::try_new(id_schema(), vec![id])
}
