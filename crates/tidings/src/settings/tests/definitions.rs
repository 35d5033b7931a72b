//! What holds for every definition.

use super::{faults_of, resolve};
use crate::settings::definitions::SETTINGS;
use crate::settings::value::Natural;

#[test]
fn every_default_lies_within_its_range() {
    // Each given by hand, so that its bounds are applied to it.
    for setting in SETTINGS
        .iter()
        .filter(|setting| !setting.default.is_empty())
    {
        resolve("", &[(&setting.variable(), setting.default)], &[]).unwrap();
    }
}

#[test]
fn every_bound_is_allowed_and_nothing_beyond() {
    for setting in SETTINGS {
        let Some((least, greatest)) = setting.range else {
            continue;
        };
        for bound in [least, greatest] {
            let faults = resolve("", &[(&setting.variable(), bound)], &[])
                .err()
                .unwrap_or_default();
            let out_of_range = faults.iter().find(|fault| fault.contains("is too"));
            assert_eq!(out_of_range, None, "{}", setting.name);
        }
        let beyond = format!("1{greatest}");
        let faults = faults_of("", &[(&setting.variable(), &beyond)], &[]);
        let expected = format!(
            "variable {}: `{beyond}` is too much; write {greatest} or less",
            setting.variable()
        );
        assert_eq!(faults, [expected]);
    }
}

#[test]
fn every_setting_is_a_flag_a_variable_and_a_key() {
    for setting in SETTINGS {
        let wrong = match setting.kind.placeholder {
            // Every text is a key.
            "KEY" => "file:/no/such/file",
            _ => "wrong value, no doubt",
        };
        let in_file = format!("{} = \"{wrong}\"", setting.name);
        let flag = format!("--{}", setting.flag());
        let faults = faults_of(&in_file, &[(&setting.variable(), wrong)], &[&flag, wrong]);
        let sources: Vec<&str> = faults
            .iter()
            .map(|fault| fault.split(": ").next().unwrap())
            .collect();
        assert_eq!(
            sources,
            [
                "tidings.toml:1",
                &format!("variable {}", setting.variable()),
                &format!("flag {flag}")
            ]
        );
    }
}

#[test]
fn choices_are_the_values_that_can_be_read() {
    for setting in SETTINGS
        .iter()
        .filter(|setting| setting.kind.natural != Natural::Array)
    {
        for choice in setting.kind.choices {
            resolve("", &[(&setting.variable(), choice)], &[]).unwrap();
        }
    }
}
