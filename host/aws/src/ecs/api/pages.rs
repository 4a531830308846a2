//! Lists that ECS returns page by page.

use crate::error::AwsError;

/// How much of a list to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// All pages.
    All,
    /// At most this number of pages, each of the API's default size.
    AtMost(usize),
    /// One item.
    OneItem,
}

impl Paging {
    /// The number of items per page to request. `None` requests the API's default.
    pub(super) fn page_size(self) -> Option<i32> {
        (self == Self::OneItem).then_some(1)
    }

    fn ends_after(self, pages: usize) -> bool {
        match self {
            Self::All => false,
            Self::AtMost(most) => pages >= most,
            Self::OneItem => true,
        }
    }
}

/// The items of the pages that were read.
#[derive(Debug)]
pub(crate) struct Pages<T> {
    pub(crate) items: Vec<T>,
    /// Whether the list has no further page.
    pub(crate) is_complete: bool,
}

/// One page, and the token of the next one.
pub(super) type Page<T> = (Option<Vec<T>>, Option<String>);

/// Requests page after page. `request` receives the token of the page.
///
/// # Errors
/// [`AwsError`] of the first request that fails.
pub(super) async fn read_pages<T>(
    paging: Paging,
    mut request: impl AsyncFnMut(Option<String>) -> Result<Page<T>, AwsError>,
) -> Result<Pages<T>, AwsError> {
    let mut items = Vec::new();
    let mut token = None;
    let mut pages = 0;
    loop {
        let (page, next) = request(token).await?;
        items.extend(page.unwrap_or_default());
        pages += 1;
        if next.is_none() || paging.ends_after(pages) {
            return Ok(Pages { items, is_complete: next.is_none() });
        }
        token = next;
    }
}
