//! The settings of a guard: those that whoever names the guard sets, and never the environment of the job.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::ComponentError;
use crate::kind::Subject;
use crate::manifest::SettingDeclaration;
use crate::settings::{Settings, check_names, is_empty_list, is_quoted};
use model::secret::{is_secret, is_secret_name};

/// Checks the declarations of a guard.
///
/// # Errors
/// [`ComponentError::InvalidSettings`] if declared names break the grammar, and [`ComponentError::GuardSecrets`] if they are
/// those of secrets.
pub(crate) fn check_declarations(
    component: &Subject,
    declarations: &[SettingDeclaration],
) -> Result<(), ComponentError> {
    check_names(component, declarations)?;
    let names = declarations.iter().map(|declaration| declaration.name.as_str());
    let secrets: BTreeSet<&str> = names.filter(|name| is_secret_name(name)).collect();
    if secrets.is_empty() {
        return Ok(());
    }
    let names = secrets.into_iter().map(|name| format!("`{name}`")).collect();
    Err(ComponentError::GuardSecrets { component: component.clone(), names })
}

/// The settings that a guard receives.
///
/// # Errors
/// Those of [`check_declarations`], and [`ComponentError::GuardSettings`] if a required setting is missing, or one is not
/// declared, contains a secret, or is hardly what was meant: a guard that misses its settings would review by other rules
/// than those that were meant.
pub(crate) fn collect(
    component: &Subject,
    declarations: &[SettingDeclaration],
    given: &BTreeMap<String, String>,
) -> Result<Settings, ComponentError> {
    check_declarations(component, declarations)?;
    let mut problems = Vec::new();
    let set: Vec<(&String, &String)> = given.iter().filter(|(_, value)| !value.trim().is_empty()).collect();
    for declaration in declarations.iter().filter(|declaration| declaration.required) {
        if !set.iter().any(|(name, _)| declaration.matches(name)) {
            problems
                .push(format!("`{}` is required and not set: {}", declaration.name, declaration.description));
        }
    }
    for (name, value) in given {
        if declarations.iter().all(|declaration| !declaration.matches(name)) {
            let known: Vec<String> =
                declarations.iter().map(|declaration| format!("`{}`", declaration.name)).collect();
            let known = match known.is_empty() {
                true => "it declares none".to_owned(),
                false => format!("it declares {}", known.join(", ")),
            };
            problems.push(format!("`{name}` is not a setting of the guard; {known}"));
        } else if is_secret(name, value) {
            problems.push(format!("`{name}` contains a secret, and a guard receives none"));
        } else if is_quoted(value) {
            problems.push(format!(
                "`{name}` begins and ends with a quotation mark, which no shell removed; set it without both"
            ));
        } else if is_empty_list(value) {
            problems.push(format!("`{name}` contains separators only, so it lists nothing"));
        }
    }
    if !problems.is_empty() {
        return Err(ComponentError::GuardSettings { component: component.clone(), problems });
    }
    let values = set.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(Settings { values, withheld: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::ComponentKind;

    fn collect_from(declared: &[(&str, bool)], given: &[(&str, &str)]) -> Result<Settings, ComponentError> {
        let declaration = |(name, required): &(&str, bool)| SettingDeclaration {
            name: (*name).to_owned(),
            description: "the zone".to_owned(),
            required: *required,
        };
        let declarations: Vec<SettingDeclaration> = declared.iter().map(declaration).collect();
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        collect(&Subject::new(ComponentKind::Guard, "hours"), &declarations, &given)
    }

    #[test]
    fn a_guard_receives_the_settings_that_it_declares() {
        let settings =
            collect_from(&[("ZONE", true), ("ALLOW_*", false)], &[("ALLOW_A", "x"), ("ZONE", "UTC")]);
        let expected = [("ALLOW_A", "x"), ("ZONE", "UTC")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(settings.unwrap().values, expected);
    }

    #[test]
    fn every_setting_that_is_missing_unknown_or_secret_is_reported_at_once() {
        let given = [
            ("ZONES", "UTC"),
            ("URL", "https://me:pass-word@h.example/"),
            ("ZONE", " "),
            ("A", "\"prod-*\""),
            ("B", " , "),
        ];
        let declared = [("ZONE", true), ("URL", false), ("A", true), ("B", false)];
        let error = collect_from(&declared, &given).unwrap_err();
        assert_eq!(error.exit().code(), 5);
        let text = error.to_string();
        for expected in [
            "the settings of guard `hours` are invalid, and nothing was changed:",
            "`ZONE` is required and not set: the zone",
            "`ZONES` is not a setting of the guard; it declares `ZONE`, `URL`, `A`, `B`",
            "`URL` contains a secret, and a guard receives none",
            "`A` begins and ends with a quotation mark, which no shell removed; set it without both",
            "`B` contains separators only, so it lists nothing",
        ] {
            assert!(text.contains(expected), "{text}");
        }
        assert!(!text.contains("pass-word"), "{text}");
    }

    #[test]
    fn a_guard_that_declares_a_secret_is_broken() {
        let error = collect_from(&[("DB_PASSWORD", false)], &[]).unwrap_err();
        assert_eq!(error.exit().code(), 4);
        assert!(error.to_string().contains("`DB_PASSWORD`"), "{error}");
        assert!(matches!(collect_from(&[("*", false)], &[]), Err(ComponentError::InvalidSettings { .. })));
    }
}
