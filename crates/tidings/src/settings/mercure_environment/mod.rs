//! The variables by which the images of Mercure hubs are configured, so that replacing the image is enough.
//!
//! They stand between the file and tidings' own variables. What has a counterpart here becomes a setting ([`Given`]); what
//! has none becomes a remark, which is told at the start with what follows from it. Where ignoring something would leave
//! the hub open, it is a fault.
//!
//! * `MERCURE_EXTRA_DIRECTIVES`, lines of a Caddyfile, are taken apart by [`caddyfile`] and read by [`directives`]
//! * `SERVER_NAME` is read by [`server_name`]
//!
//! Variables with common names (`SERVER_NAME`) count only beside one that begins with `MERCURE_`.

mod caddyfile;
mod directives;
mod server_name;
#[cfg(test)]
mod tests;

use std::ffi::OsString;

use super::definitions::Setting;
use super::faults::Faults;
use super::sources::{Given, Source, names_a_service};

/// The variable with lines of a Caddyfile.
pub(super) const EXTRA_DIRECTIVES: &str = "MERCURE_EXTRA_DIRECTIVES";

/// What the variables amount to.
#[derive(Default)]
pub(super) struct FromMercure {
    pub(super) settings: Vec<Given>,
    /// Addresses to listen on, which give way to the file: they come from a name that is not meant for that.
    pub(super) addresses: Vec<Given>,
    pub(super) remarks: Vec<String>,
    /// Whether there are any: who replaces a hub by tidings means it to ask for tokens.
    pub(super) present: bool,
}

/// Variables that are settings under another name.
const SETTINGS: &[(&str, &str)] = &[
    ("MERCURE_PUBLISHER_JWT_KEY", "publisher_jwt_key"),
    ("MERCURE_PUBLISHER_JWT_ALG", "publisher_jwt_alg"),
    ("MERCURE_SUBSCRIBER_JWT_KEY", "subscriber_jwt_key"),
    ("MERCURE_SUBSCRIBER_JWT_ALG", "subscriber_jwt_alg"),
    ("MERCURE_TRUSTED_ISSUERS", "issuer"),
    ("MERCURE_RESOURCE_IDENTIFIER", "public_url"),
];

/// Variables without a counterpart, and what that means.
const WITHOUT_COUNTERPART: &[(&str, &str)] = &[
    ("MERCURE_LICENSE", "tidings needs no licence"),
    (
        "MERCURE_TRANSPORT_URL",
        "history is kept in memory, as history_messages, history_bytes and history_age say",
    ),
    ("GLOBAL_OPTIONS", CADDY),
    ("CADDY_GLOBAL_OPTIONS", CADDY),
    ("CADDY_EXTRA_CONFIG", CADDY),
    ("CADDY_SERVER_EXTRA_DIRECTIVES", CADDY),
];

const CADDY: &str = "it configures the web server Caddy, which is no part of tidings; put a proxy in front if you need it";

/// What the variables say.
pub(super) fn from_mercure(
    environment: &[(OsString, OsString)],
    faults: &mut Faults,
) -> FromMercure {
    let mut all = FromMercure::default();
    let variables = variables(environment, faults);
    all.present = is_meant(environment);
    if !variables.iter().any(|(name, _)| is_of_mercure(name)) {
        return all;
    }
    for (name, value) in &variables {
        let counterpart = SETTINGS.iter().find(|(known, _)| known == name);
        let lacking = WITHOUT_COUNTERPART.iter().find(|(known, _)| known == name);
        if let Some((_, setting)) = counterpart {
            let given = given(setting, value, Source::Variable((*name).to_owned()));
            all.settings
                .extend(given.filter(|given| !given.setting.is_unset_by(value)));
        } else if *name == EXTRA_DIRECTIVES {
            directives::read(value, &mut all, faults);
        } else if *name == "SERVER_NAME" {
            server_name::read(value, &mut all);
        } else if let Some((_, consequence)) = lacking {
            all.remarks
                .push(format!("variable {name} is not used: {consequence}"));
        } else if is_of_mercure(name) {
            all.remarks.push(format!(
                "variable {name} is not used: tidings does not know it"
            ));
        }
    }
    all
}

/// Whether this is the environment of a Mercure hub; a variable that is empty says so too.
fn is_meant(environment: &[(OsString, OsString)]) -> bool {
    environment.iter().any(|(name, value)| {
        let name = name.to_str().unwrap_or_default();
        is_of_mercure(name) && !names_a_service(name, value)
    })
}

/// The variables that are not empty, those of other programs among them.
fn variables<'a>(
    environment: &'a [(OsString, OsString)],
    faults: &mut Faults,
) -> Vec<(&'a str, &'a str)> {
    let mut variables = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str() else { continue };
        if value.is_empty() || names_a_service(name, value) {
            continue;
        }
        match value.to_str() {
            Some(value) => variables.push((name, value)),
            None if is_of_mercure(name) => faults.add(
                Source::Variable(name.to_owned()),
                "is not UTF-8; set it again, or unset it",
            ),
            None => {}
        }
    }
    variables
}

/// Whether a variable of this name is one of a Mercure hub's image.
pub(super) fn is_of_mercure(name: &str) -> bool {
    name.starts_with("MERCURE_")
}

fn given(setting: &str, text: &str, source: Source) -> Option<Given> {
    let setting = Setting::named(setting)?;
    let text = text.to_owned();
    Some(Given {
        setting,
        text,
        source,
    })
}
