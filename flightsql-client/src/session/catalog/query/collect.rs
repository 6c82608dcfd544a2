//! Complete responses to catalog queries, within a limit of memory.

use std::pin::pin;

use futures_util::TryStreamExt as _;

use super::CatalogQuery;
use crate::error::{Error, Result};
use crate::session::execute::endpoints::data_size;

/// The maximum size of the rows that [`CatalogQuery::gathered`] keeps: a thousand times the keys of any real table.
const MAX_GATHERED: u64 = 8 << 20;

impl<T: Send + 'static> CatalogQuery<'_, T> {
    /// Returns the complete response. This method is cancel safe.
    ///
    /// # Errors
    /// Returns an error for which [`is_unsupported`](Error::is_unsupported) is true if the server does not list this; an
    /// empty response is not an error. A response that needs more memory than `max_query_memory` is a protocol error.
    pub async fn fetch_all(self) -> Result<Vec<T>> {
        let options = self.options.as_ref();
        let own = options.and_then(|options| options.max_query_memory);
        let limit = own.unwrap_or(self.session.rpc().max_query_memory());
        self.collect(limit, |limit| {
            format!(
                "the response needs more than {limit} bytes in memory, the limit `max_query_memory`; read it as a stream, \
                 or raise the option"
            )
        })
        .await
    }

    /// Returns the complete response for what the driver itself looks through: as large as any real one, and not endless.
    pub(in crate::session::catalog) async fn gathered(self) -> Result<Vec<T>> {
        self.collect(Some(MAX_GATHERED), |limit| {
            format!("the server returned more than {limit} bytes for one catalog query")
        })
        .await
    }

    /// Returns the complete response, or an error if the data of its rows is larger than `limit`.
    async fn collect(self, limit: Option<u64>, too_large: fn(u64) -> String) -> Result<Vec<T>> {
        let mut rows = pin!(self.rows(true));
        let (mut all, mut size) = (Vec::new(), 0_u64);
        while let Some((record, found, wanted)) = rows.try_next().await? {
            if let Some(limit) = limit {
                let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
                let kept = count(wanted.iter().filter(|wanted| **wanted).count());
                // Text of the rows, and the rows themselves.
                let text =
                    data_size(&record).saturating_mul(kept) / count(record.num_rows()).max(1);
                let rows = count(size_of::<T>()).saturating_mul(kept);
                size = size.saturating_add(text).saturating_add(rows);
                if size > limit {
                    return Err(Error::protocol("DoGet", too_large(limit)));
                }
            }
            for item in found {
                all.push(item?);
            }
        }
        Ok(all)
    }
}
