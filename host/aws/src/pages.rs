//! Lists that AWS returns page by page.

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
    pub(crate) fn page_size(self) -> Option<i32> {
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
pub(crate) type Page<T> = (Option<Vec<T>>, Option<String>);

/// The most pages of one list. With the API's pages of 100 items, no account has as many.
const MAX_PAGES: usize = 1000;

/// The number of pages that were read of one list. An endpoint that is not AWS may return a next page forever.
#[derive(Debug, Default)]
pub(crate) struct PageCount(usize);

impl PageCount {
    /// Counts a page, read by `token`, whose next page has the token `next`.
    ///
    /// # Errors
    /// [`AwsError`] if the list has no end.
    pub(crate) fn add(
        &mut self,
        token: Option<&str>,
        next: Option<&str>,
        operation: &'static str,
        on: impl Into<String>,
    ) -> Result<(), AwsError> {
        self.0 += 1;
        let problem = match next {
            None => return Ok(()),
            Some(next) if token == Some(next) => "the page after a page is this page".to_owned(),
            Some(_) if self.0 < MAX_PAGES => return Ok(()),
            Some(_) => format!("the list has more than {MAX_PAGES} pages"),
        };
        Err(AwsError::unusable(operation, on, problem))
    }
}

/// Requests page after page. `request` receives the token of the page. `operation` and `on` name the list in an error.
///
/// # Errors
/// [`AwsError`] of the first request that fails, or if the list has no end.
pub(crate) async fn read_pages<T>(
    paging: Paging,
    operation: &'static str,
    on: impl Into<String>,
    mut request: impl AsyncFnMut(Option<String>) -> Result<Page<T>, AwsError>,
) -> Result<Pages<T>, AwsError> {
    let on = on.into();
    let mut items = Vec::new();
    let mut token: Option<String> = None;
    let mut pages = PageCount::default();
    loop {
        let (page, next) = request(token.clone()).await?;
        items.extend(page.unwrap_or_default());
        pages.add(token.as_deref(), next.as_deref(), operation, on.as_str())?;
        if next.is_none() || paging.ends_after(pages.0) {
            return Ok(Pages { items, is_complete: next.is_none() });
        }
        token = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_an_end_is_an_error() {
        let add =
            |pages: &mut PageCount, token, next| pages.add(token, next, "ecs:ListTasks", "service `a/b`");
        let mut pages = PageCount::default();
        add(&mut pages, None, Some("1")).unwrap();
        assert!(add(&mut pages, Some("1"), Some("1")).unwrap_err().to_string().contains("is this page"));
        let mut pages = PageCount::default();
        let added: Vec<_> = (0..MAX_PAGES).map(|_| add(&mut pages, Some("a"), Some("b"))).collect();
        assert!(added[..MAX_PAGES - 1].iter().all(Result::is_ok));
        let error = added[MAX_PAGES - 1].as_ref().unwrap_err().to_string();
        assert!(
            error.contains("ecs:ListTasks for service `a/b`: the list has more than 1000 pages"),
            "{error}"
        );
        // The last page of a list of this length.
        add(&mut pages, Some("a"), None).unwrap();
    }
}
