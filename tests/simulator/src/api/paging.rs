//! Lists in pages.

use serde_json::{Value, json};

use crate::error::{ApiError, ApiResult};
use crate::json;

/// The names of the members that a service uses for pages.
pub(super) struct PageMembers {
    /// In a request, the size of the page.
    pub(super) size: &'static str,
    /// In a request and in a response, the token of the next page.
    pub(super) token: &'static str,
}

const ECS: PageMembers = PageMembers { size: "maxResults", token: "nextToken" };

/// A page of a list of ECS or ECR, as the member `name`, and the token of the next page.
pub(super) fn page(request: &Value, name: &str, items: Vec<Value>, max_results: usize) -> ApiResult {
    page_with(ECS, request, name, items, max_results)
}

/// A page of a list of another service.
pub(super) fn page_with(
    members: PageMembers,
    request: &Value,
    name: &str,
    items: Vec<Value>,
    max_results: usize,
) -> ApiResult {
    let size = json::count(request, members.size).and_then(|size| usize::try_from(size).ok());
    let size = size.unwrap_or(max_results).clamp(1, max_results);
    let start: usize = match json::string(request, members.token).filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|start| start.parse().ok())
            .ok_or_else(|| ApiError::invalid_parameter("Invalid token: nextToken is not valid."))?,
    };
    let end = start.saturating_add(size);
    let is_last = items.len() <= end;
    let items: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    let mut page = json!({ name: items });
    if !is_last {
        json::insert(&mut page, members.token, json!(format!("page-{end}")));
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_lead_through_all_items_in_order() {
        let items: Vec<Value> = (0..100).map(|n| json!(n)).collect();
        let (mut seen, mut token) = (Vec::new(), json!(null));
        loop {
            let request = json!({ "maxResults": 37, "nextToken": token });
            let answer = page(&request, "items", items.clone(), 50).unwrap();
            seen.extend(answer["items"].as_array().unwrap().clone());
            token = answer["nextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        assert_eq!(seen, items);
    }

    #[test]
    fn an_unknown_token_is_rejected() {
        let error = page(&json!({ "nextToken": "nonsense" }), "items", vec![], 10).unwrap_err();
        assert_eq!(error.code, "InvalidParameterException");
    }
}
