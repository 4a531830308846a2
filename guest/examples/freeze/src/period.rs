//! Periods of whole days in UTC.

/// A period such as `2026-12-18/2027-01-03`, from the start of the first day to the end
/// of the last.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Period<'a> {
    first: Day,
    last: Day,
    last_day: &'a str,
}

/// Days since 1970-01-01.
type Day = i64;

const SECONDS_PER_DAY: i64 = 86_400;

impl<'a> Period<'a> {
    /// Returns the period that contains a time, of a list that is separated by spaces or
    /// commas.
    ///
    /// # Errors
    /// The first invalid period of the list, even if another one contains the time.
    pub(crate) fn find(list: &'a str, seconds: u32) -> Result<Option<Self>, String> {
        let words = list.split([' ', ',']).filter(|word| !word.is_empty());
        let periods = words.map(Self::parse).collect::<Result<Vec<_>, _>>()?;
        let today = i64::from(seconds) / SECONDS_PER_DAY;
        Ok(periods.into_iter().find(|period| (period.first..=period.last).contains(&today)))
    }

    /// The last day, as the setting names it.
    pub(crate) fn last_day(&self) -> &'a str {
        self.last_day
    }

    fn parse(text: &'a str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(first, last_day)| {
            let (first, last) = (parse_day(first)?, parse_day(last_day)?);
            (first <= last).then_some(Self { first, last, last_day })
        });
        parsed.ok_or_else(|| {
            format!(
                "Correct `{text}` in FREEZE_PERIODS: a period is its first and its last day, such as \
                 2026-12-18/2027-01-03."
            )
        })
    }
}

/// Parses a date of the Gregorian calendar, `YYYY-MM-DD`.
fn parse_day(text: &str) -> Option<Day> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next()?;
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { part.parse::<i64>().ok() } else { None }
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let is_date = parts.next().is_none() && (1..=days_in_month(year, month)?).contains(&day);
    if !is_date {
        return None;
    }
    let months: i64 = (1..month).filter_map(|month| days_in_month(year, month)).sum();
    Some(days_before_year(year) - days_before_year(1970) + months + day - 1)
}

fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> Option<i64> {
    match month {
        2 => Some(if is_leap_year(year) { 29 } else { 28 }),
        4 | 6 | 9 | 11 => Some(30),
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        _ => None,
    }
}

/// Days from the start of year 0 to the start of this one.
fn days_before_year(year: i64) -> i64 {
    let leap_years = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_years(year - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_number_of_days() {
        assert_eq!(parse_day("1970-01-01"), Some(0));
        assert_eq!(parse_day("2000-03-01"), Some(11_017));
        assert_eq!(parse_day("2026-01-01").map(|day| day * SECONDS_PER_DAY), Some(1_767_225_600));
        assert_eq!(parse_day("2028-02-29").map(|day| day + 1), parse_day("2028-03-01"));
    }

    #[test]
    fn what_is_no_date_is_rejected() {
        for text in
            ["", "2026", "2026-1-1", "2026-13-01", "2026-00-01", "2026-02-29", "2026-01-32", "+026-01-01"]
        {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_ends_after_its_last_day() {
        let list = "2026-01-01/2026-01-02, 2026-12-18/2026-12-18";
        let start = 1_767_225_600;
        for (seconds, last_day) in [
            (start - 1, None),
            (start, Some("2026-01-02")),
            (start + 2 * 86_400 - 1, Some("2026-01-02")),
            (start + 2 * 86_400, None),
            (start + 351 * 86_400, Some("2026-12-18")),
        ] {
            let found = Period::find(list, seconds).unwrap();
            assert_eq!(found.map(|period| period.last_day()), last_day, "{seconds}");
        }
    }

    #[test]
    fn an_invalid_period_is_an_error_at_any_time() {
        for period in
            ["2026-12-18", "2026-12-18/", "2026-12-19/2026-12-18", "2026-12-18/2026-12-19/2026-12-20"]
        {
            let list = format!("2026-01-01/2026-01-01 {period}");
            assert!(Period::find(&list, 1_767_225_600).unwrap_err().contains(period), "{period}");
        }
    }
}
