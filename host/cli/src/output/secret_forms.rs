//! The forms in which a secret can be printed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use model::secret::MIN_MASKED_LEN;
use model::text::{escape_single_quotes, printable};

/// Every form of a secret: each of its lines unchanged, escaped and encoded for a URL, and the whole in base64. Lines that
/// are shorter than `min_len`, and shorter parts of base64 than [`MIN_MASKED_LEN`], are left out.
pub(super) fn forms(secret: &str, min_len: usize) -> Vec<String> {
    let secret = secret.trim();
    let decoded = percent_decode(secret);
    let secrets = || std::iter::once(secret).chain(decoded.as_deref());
    // Output is masked line by line, so that the lines of a key are masked separately. Its first and last line are
    // public.
    let lines = secrets().flat_map(str::lines).map(str::trim).filter(|line| !line.starts_with("-----"));
    let mut forms = Vec::new();
    for line in lines.filter(|line| line.len() >= min_len) {
        let mut texts = vec![line.to_owned()];
        texts.extend(percent_encode(line));
        forms.extend(texts.iter().flat_map(|text| escaped_forms(text)));
    }
    for secret in secrets().filter(|secret| secret.len() >= min_len) {
        forms.extend(base64_forms(secret).into_iter().filter(|form| form.len() >= MIN_MASKED_LEN));
    }
    forms
}

/// A text unchanged, quoted for a shell, escaped by `Debug` as in an invalid name, escaped in JSON, and with its
/// invisible characters escaped.
fn escaped_forms(line: &str) -> Vec<String> {
    let json = |text: &str| {
        let whole = serde_json::Value::from(text).to_string();
        let inner = whole.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inner.unwrap_or_default().to_owned()
    };
    let mut forms = vec![line.to_owned(), escape_single_quotes(line), line.escape_debug().to_string()];
    for form in [json as fn(&str) -> String, printable, json] {
        let more: Vec<String> = forms.iter().map(|text| form(text)).collect();
        forms.extend(more);
        forms.sort_unstable();
        forms.dedup();
    }
    forms
}

/// A secret in base64, alone and as a part of a longer text, such as `user:password`: three bytes are four characters,
/// so there are three forms of a part, each without the characters that also depend on the rest.
fn base64_forms(secret: &str) -> Vec<String> {
    let mut forms = vec![STANDARD.encode(secret), URL_SAFE.encode(secret)];
    for (offset, skipped) in [(0, 0), (1, 2), (2, 3)] {
        let mut padded = vec![0; offset];
        padded.extend_from_slice(secret.as_bytes());
        let complete = padded.len() * 8 / 6;
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.extend(encoded.get(skipped..complete).map(str::to_owned));
        }
    }
    forms
}

/// A text encoded for a URL: by RFC 3986, by the rules of a form, as JavaScript's `encodeURIComponent` and `encodeURI`
/// do, and each with lower-case digits.
fn percent_encode(text: &str) -> Vec<String> {
    let encode = |kept: &str, space: &str| {
        let mut encoded = String::new();
        let mut buffer = [0; 4];
        for c in text.chars() {
            if c.is_ascii_alphanumeric() || kept.contains(c) {
                encoded.push(c);
            } else if c == ' ' {
                encoded.push_str(space);
            } else {
                encoded.extend(c.encode_utf8(&mut buffer).bytes().map(|byte| format!("%{byte:02X}")));
            }
        }
        encoded
    };
    let mut forms = vec![
        encode("-._~", "%20"),
        encode("*-._", "+"),
        encode("-._~!*'()", "%20"),
        encode("-._~!*'();/?:@&=+$,#", "%20"),
    ];
    let lower: Vec<String> = forms.iter().map(|form| lower_case_digits(form)).collect();
    forms.extend(lower);
    forms
}

fn lower_case_digits(encoded: &str) -> String {
    let mut digits = 0;
    let lower = |c: char| {
        if c == '%' {
            digits = 2;
        } else if digits > 0 {
            digits -= 1;
            return c.to_ascii_lowercase();
        }
        c
    };
    encoded.chars().map(lower).collect()
}

/// A text decoded from a URL; `None` if it contains nothing that is encoded.
fn percent_decode(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    let mut is_encoded = false;
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, part.get(2..)) {
            (Some(byte), Some(rest)) => {
                bytes.push(byte);
                bytes.extend_from_slice(rest.as_bytes());
                is_encoded = true;
            }
            _ => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|_| is_encoded)
}
