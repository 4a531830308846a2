//! The calls for clusters.

use super::{Ecs, RateBucket, Retry};
use crate::error::AwsError;
use crate::pages::{Paging, read_pages};

impl Ecs {
    /// `ListClusters`: the ARNs of the account's clusters.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub async fn list_clusters(&self, paging: Paging) -> Result<Vec<String>, AwsError> {
        let pages = read_pages(paging, "ecs:ListClusters", "the account", async |token| {
            let client = self.permitted(RateBucket::ClusterRead, Retry::BySdk).await;
            let request = client.list_clusters().set_max_results(paging.page_size()).set_next_token(token);
            let response = request.send().await;
            let response =
                response.map_err(|error| AwsError::new("ecs:ListClusters", "the account", error))?;
            Ok((response.cluster_arns, response.next_token))
        });
        Ok(pages.await?.items)
    }
}
