//! The tables `[[issuers]]` of the file: issuers with keys of their own.
//!
//! ```toml
//! [[issuers]]
//! id = "https://app.example.com"
//! publisher_jwt_key = "file:/etc/tidings/app.pem"
//! publisher_jwt_alg = "ES256"
//! ```

use tidings_mercure::token::Algorithm;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{KeyWithAlgorithm, Trust};
use crate::settings::definitions::Setting;
use crate::settings::faults::Faults;
use crate::settings::file::wrong_type;
use crate::settings::nearest::nearest;
use crate::settings::sources::Source;
use crate::settings::value::{IssuerId, Key, Value};

/// The key of the tables.
pub(crate) const ISSUERS: &str = "issuers";

/// The keys in a table. All but the first and the last are settings too, and are written as those.
const NAMES: [&str; 8] = [
    "id",
    "publisher_jwt_key",
    "publisher_jwt_alg",
    "subscriber_jwt_key",
    "subscriber_jwt_alg",
    "jwks",
    "legacy_tokens",
    "authorization_server",
];

/// Gives the place of a byte of the file.
type At<'a> = &'a dyn Fn(usize) -> Source;

/// Reads the tables; `here` is where the first of them begins.
pub(crate) fn read_issuers(
    value: &DeValue<'_>,
    here: &Source,
    at: At<'_>,
    faults: &mut Faults,
) -> Vec<Trust> {
    let tables: Option<Vec<&DeTable<'_>>> = match value {
        DeValue::Array(tables) => tables
            .iter()
            .map(|part| part.get_ref().as_table())
            .collect(),
        _ => None,
    };
    let Some(tables) = tables else {
        let advice = format!("write `[[{ISSUERS}]]`, and below it `id` and keys");
        faults.add(
            here.clone(),
            format!("{ISSUERS} is a list of tables; {advice}"),
        );
        return Vec::new();
    };
    let mut issuers: Vec<Trust> = Vec::new();
    for table in tables {
        let table = Table::new(table, here, at);
        let Some(trust) = table.read(faults) else {
            continue;
        };
        if issuers.iter().any(|known| known.issuer == trust.issuer) {
            let reason = "there is another issuer with this id; write both in one table";
            faults.add(table.place("id"), reason);
        }
        issuers.push(trust);
    }
    issuers
}

/// A table that is being read.
struct Table<'a, 'i> {
    /// In the order of the file.
    entries: Vec<(&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>)>,
    here: &'a Source,
    at: At<'a>,
}

impl<'a, 'i> Table<'a, 'i> {
    fn new(table: &'a DeTable<'i>, here: &'a Source, at: At<'a>) -> Self {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        Table { entries, here, at }
    }

    /// The issuer, unless there is a fault.
    fn read(&self, faults: &mut Faults) -> Option<Trust> {
        let mut found = Faults::default();
        self.refuse_unknown(&mut found);
        let id: Option<IssuerId> = self.value("id", &mut found);
        let mut key = |key_name, algorithm_name| {
            let algorithm = self.value::<Algorithm>(algorithm_name, &mut found);
            Some(KeyWithAlgorithm {
                key: self.value::<Key>(key_name, &mut found)?,
                algorithm: algorithm.unwrap_or(Algorithm::Hs256),
            })
        };
        let trust = Trust {
            publisher: key("publisher_jwt_key", "publisher_jwt_alg"),
            subscriber: key("subscriber_jwt_key", "subscriber_jwt_alg"),
            issuer: id.as_ref().map(ToString::to_string),
            is_implied: false,
            jwks: self.value("jwks", &mut found),
            legacy: self.value("legacy_tokens", &mut found).unwrap_or(false),
            authorization_server: self
                .value::<IssuerId>("authorization_server", &mut found)
                .map(|url| url.to_string()),
        };
        if found.is_empty() {
            for (name, reason) in trust.faults() {
                found.add(self.place(name), format!("{name}: {reason}"));
            }
            if trust.issuer.is_none() {
                let reason = "the issuer has no `id`; write what its tokens have as `iss`";
                found.add(self.place(""), reason);
            } else if !trust.has_keys() {
                let advice = "write publisher_jwt_key, subscriber_jwt_key or jwks";
                found.add(self.place("id"), format!("the issuer has no key; {advice}"));
            }
        }
        let sound = found.is_empty();
        faults.append(found);
        sound.then_some(trust)
    }

    fn refuse_unknown(&self, faults: &mut Faults) {
        for (key, _) in &self.entries {
            let name: &str = key.get_ref();
            if NAMES.contains(&name) {
                continue;
            }
            let advice = match nearest(name, NAMES.into_iter()) {
                Some(right) => format!("write `{right}`"),
                None => format!("remove it; there are {}", NAMES.join(", ")),
            };
            let reason = format!("an issuer has no `{name}`; {advice}");
            faults.add((self.at)(key.span().start), reason);
        }
    }

    /// The value of a key; none if it is not there, or is wrong, which is told then.
    fn value<T: Value>(&self, name: &str, faults: &mut Faults) -> Option<T> {
        let (_, value) = self.entry(name)?;
        let text = match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Boolean(truth) if name == "legacy_tokens" => Ok(truth.to_string()),
            other => Err(match Setting::named(name) {
                Some(setting) => wrong_type(setting, other.type_str()),
                None => format!("{name} is a string; write it in quotes"),
            }),
        };
        let read = text.and_then(|text| T::read(&text).map_err(|why| format!("{name}: {why}")));
        read.map_err(|reason| faults.add(self.place(name), reason))
            .ok()
    }

    fn entry(&self, name: &str) -> Option<&(&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>)> {
        self.entries.iter().find(|(key, _)| key.get_ref() == name)
    }

    /// Where a key stands; if it does not, where the table begins.
    fn place(&self, name: &str) -> Source {
        match self.entry(name).or(self.entries.first()) {
            Some((key, _)) => (self.at)(key.span().start),
            None => self.here.clone(),
        }
    }
}
