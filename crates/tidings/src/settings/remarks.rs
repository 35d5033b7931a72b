//! What was understood, but does nothing, or hardly what was meant: to be told at the start.

use super::definitions::{Config, Setting};

/// All of it, each in a sentence that ends with what to do.
pub(super) fn remarks(config: &Config) -> Vec<String> {
    let all = [
        client_address_header(config),
        without_a_key(config),
        slash_behind_the_hub(config),
    ];
    all.into_iter().flatten().collect()
}

fn client_address_header(config: &Config) -> Option<String> {
    let idle = config.client_address_header.is_some() && config.max_subscribers_per_client == 0;
    idle.then(|| "client_address_header does nothing without max_subscribers_per_client".to_owned())
}

/// Settings on tokens and on Mercure, where there is neither.
fn without_a_key(config: &Config) -> Option<String> {
    if config.asks_for_tokens() || config.serves_mercure() {
        return None;
    }
    let default_cookie = Setting::named("cookie_name").map(|setting| setting.default);
    let set = [
        ("anonymous", config.anonymous),
        ("legacy_tokens", config.legacy_tokens.is_some()),
        ("public_url", config.public_url.is_some()),
        (
            "cookie_name",
            Some(config.cookie_name.as_ref()) != default_cookie,
        ),
        ("publish_origin", !config.publish_origin.is_empty()),
        ("subscriptions", config.subscriptions),
    ];
    let set: Vec<&str> = set
        .into_iter()
        .filter_map(|(name, is_set)| is_set.then_some(name))
        .collect();
    let does = if set.len() == 1 { "does" } else { "do" };
    let remark = || {
        let names = set.join(", ");
        format!("without a key {names} {does} nothing; set publisher_jwt_key too, or leave it out")
    };
    (!set.is_empty()).then(remark)
}

/// `aud` is compared to the letter, and hubs have no slash at the end.
fn slash_behind_the_hub(config: &Config) -> Option<String> {
    let url = config.public_url.as_ref()?.as_str();
    let right = url.strip_suffix('/')?;
    right.ends_with(tidings_mercure::PATH).then(|| {
        format!(
            "public_url ends with a slash, which tokens must have in `aud` then; unless yours do, \
             write {right}"
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::settings::tests::resolve;

    fn remarks(file: &str) -> Vec<String> {
        resolve(file, &[], &[]).unwrap().remarks
    }

    #[test]
    fn what_does_nothing_without_a_key_is_told_once() {
        let file = "anonymous = true\npublic_url = 'https://a.example'\nsubscriptions = true";
        assert_eq!(
            remarks(file),
            [
                "without a key anonymous, public_url, subscriptions do nothing; set publisher_jwt_key too, or leave it out"
            ]
        );
        let others = "legacy_tokens = true\ncookie_name = 'a'\npublish_origin = ['*']";
        let [one] = &remarks(others)[..] else {
            panic!("one")
        };
        assert!(one.contains("legacy_tokens, cookie_name, publish_origin do nothing"));
        assert_eq!(remarks(&format!("mercure = true\n{file}")), [""; 0]);
        let key = "a secret of thirty-two bytes or more";
        let with_key = format!("subscriber_jwt_key = '{key}'\n{file}\n{others}");
        assert_eq!(remarks(&with_key), [""; 0]);
    }

    #[test]
    fn a_slash_behind_the_hub_is_told() {
        let with = |url| remarks(&format!("mercure = true\npublic_url = '{url}'"));
        let hub = "https://a.example/.well-known/mercure";
        let [one] = &with(format!("{hub}/"))[..] else {
            panic!("one")
        };
        assert!(one.ends_with(&format!("write {hub}")), "{one}");
        for sound in [hub, "https://a.example/", "https://a.example/hub/"] {
            assert_eq!(with(sound.to_owned()), [""; 0]);
        }
    }
}
