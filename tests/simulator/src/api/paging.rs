//! Lists in pages.

use serde_json::{Value, json};

use crate::error::{ApiError, ApiResult};
use crate::json;

/// A page of a list, under a name, with the token of the next one.
///
/// A token says where the next page begins and how much of the list there was, as text
/// that a client has no reason to read.
pub(crate) fn page(request: &Value, name: &str, items: Vec<Value>, most: usize) -> ApiResult {
    let size = json::count(request, "maxResults").and_then(|size| usize::try_from(size).ok()).unwrap_or(most);
    let size = size.clamp(1, most);
    let start = match json::string(request, "nextToken").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|start| usize::from_str_radix(start, 36).ok())
            .ok_or_else(|| ApiError::invalid_parameter("Invalid token: nextToken is not valid."))?,
    };
    let end = start.saturating_add(size);
    let more = items.len() > end;
    let shown: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    let mut answer = json!({ name: shown });
    if more {
        json::insert(&mut answer, "nextToken", json!(format!("page-{}", base36(end))));
    }
    Ok(answer)
}

fn base36(mut number: usize) -> String {
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(number % 36).unwrap_or(0);
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
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
    fn a_token_of_nobodys_is_refused() {
        let error = page(&json!({ "nextToken": "nonsense" }), "items", vec![], 10).unwrap_err();
        assert_eq!(error.code, "InvalidParameterException");
    }
}
