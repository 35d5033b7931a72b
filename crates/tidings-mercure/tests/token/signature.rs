//! What attackers try before they have a key.

use serde_json::{Value, json};
use tidings_mercure::token::{
    Algorithm, Draft, KeySource, Refusal, Role, Roles, SigningKey, TopicMatcher, TrustedKey,
    TrustedKeys, mint, verify,
};

use crate::forge::{
    HUB, ISSUER, SECRET, base64url, expected, now, refused, secret_source, signed_with, token,
    v1_claims, verified,
};

const RSA: &[u8] = include_bytes!("keys/rsa.pub.pem");
const ED25519: &[u8] = include_bytes!("keys/ed25519.pub.pem");
const OTHER_ISSUER: &str = "https://other.example";

fn other_key() -> KeySource {
    KeySource::pem(
        include_bytes!("keys/ed25519-other.pub.pem"),
        &[Algorithm::EdDsa],
    )
    .unwrap()
}

#[test]
fn a_token_without_signature_is_refused_however_it_is_spelt() {
    for none in [
        "none", "None", "nOnE", "NONE", "", "hs256", "HS1", "ES256K", "HS256 ",
    ] {
        let header = json!({"alg": none, "typ": "at+jwt"}).to_string();
        let unsigned = format!(
            "{}.{}",
            base64url(&header),
            base64url(v1_claims().to_string())
        );
        for token in [
            format!("{unsigned}."),
            format!("{unsigned}.AAAA"),
            signed_with(SECRET, &header, &v1_claims().to_string()),
        ] {
            assert_eq!(
                refused(&token),
                Refusal::UnknownAlgorithm(none.to_owned()),
                "{token}"
            );
        }
    }
    let header = json!({"alg": "HS256", "typ": "at+jwt"}).to_string();
    let unsigned = format!(
        "{}.{}.",
        base64url(&header),
        base64url(v1_claims().to_string())
    );
    assert!(matches!(refused(&unsigned), Refusal::EmptyPart { .. }));
    for alg in [json!(null), json!(1), json!(["HS256"])] {
        let header = json!({"alg": alg, "typ": "at+jwt"});
        assert_eq!(
            refused(&token(&header, &v1_claims())),
            Refusal::HeaderParameter { name: "alg" }
        );
    }
    assert_eq!(
        refused(&token(&json!({"typ": "at+jwt"}), &v1_claims())),
        Refusal::NoAlgorithm
    );
}

/// The public key, which everybody has, must not serve as the secret of an HMAC.
#[test]
fn a_public_key_does_not_sign() {
    for (pem, algorithm) in [(RSA, Algorithm::Rs256), (ED25519, Algorithm::EdDsa)] {
        let source = KeySource::pem(pem, &[algorithm]).unwrap();
        let keys =
            TrustedKeys::new([TrustedKey::of_issuer(ISSUER, Roles::Both, source).with_legacy()]);
        let text = std::str::from_utf8(pem).unwrap();
        for secret in [text, text.trim_end()] {
            for (typ, claims) in [
                ("at+jwt", v1_claims()),
                ("JWT", json!({"mercure": {"publish": ["*"]}})),
            ] {
                let header = json!({"alg": "HS256", "typ": typ}).to_string();
                let token = signed_with(secret.as_bytes(), &header, &claims.to_string());
                let refusal = verify(&token, &keys, &expected(Role::Publish)).unwrap_err();
                let wanted = Refusal::Algorithm {
                    algorithm: Algorithm::Hs256,
                    allowed: vec![algorithm],
                };
                assert_eq!(refusal, wanted);

                // The header says what is allowed, the signature is of the other kind.
                let header = json!({"alg": algorithm.name(), "typ": typ}).to_string();
                let token = signed_with(secret.as_bytes(), &header, &claims.to_string());
                let refusal = verify(&token, &keys, &expected(Role::Publish)).unwrap_err();
                assert_eq!(refusal, Refusal::Signature { tried: 1 });
            }
        }
    }
}

/// Whatever key a token brings along or points to is not looked at.
#[test]
fn a_token_does_not_bring_its_own_key() {
    let forged = json!({"kty": "oct", "k": base64url("the attacker's own secret, long enough")});
    for (name, value) in [
        ("jwk", forged),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("x5c", json!(["AAAA"])),
        ("kid", json!("../../dev/null")),
        ("kid", json!("' UNION SELECT 'secret")),
        ("kid", json!("")),
    ] {
        let mut header = json!({"alg": "HS256", "typ": "at+jwt"});
        header[name] = value;
        let claims = v1_claims().to_string();
        let own = signed_with(
            b"the attacker's own secret, long enough",
            &header.to_string(),
            &claims,
        );
        assert_eq!(refused(&own), Refusal::Signature { tried: 1 }, "{name}");
        // With the right signature they do no harm: the key here has no id, so each may mean it.
        verified(&token(&header, &v1_claims())).unwrap();
    }
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": 1});
    assert_eq!(
        refused(&token(&header, &v1_claims())),
        Refusal::HeaderParameter { name: "kid" }
    );
}

#[test]
fn what_must_be_understood_is_refused() {
    for crit in [json!(["exp"]), json!(["b64"]), json!([]), Value::Null] {
        let header = json!({"alg": "HS256", "typ": "at+jwt", "crit": crit, "b64": false});
        assert_eq!(refused(&token(&header, &v1_claims())), Refusal::Critical);
        let header = json!({"alg": "HS256", "crit": crit});
        let legacy = token(&header, &json!({"mercure": {"publish": ["*"]}}));
        assert_eq!(refused(&legacy), Refusal::Critical);
    }
}

#[test]
fn an_issuer_does_not_sign_for_another() {
    let keys = TrustedKeys::new([
        TrustedKey::of_issuer(ISSUER, Roles::Both, secret_source()),
        TrustedKey::of_issuer(OTHER_ISSUER, Roles::Both, other_key()),
    ]);
    let other =
        SigningKey::pem(include_bytes!("keys/ed25519-other.pem"), Algorithm::EdDsa).unwrap();
    let expires = now() + std::time::Duration::from_secs(60);
    let draft = |issuer| Draft::v1(issuer, HUB, expires).with_publish([TopicMatcher::exact("*")]);

    let own = mint(&draft(OTHER_ISSUER), &other, now()).unwrap();
    verify(&own, &keys, &expected(Role::Publish)).unwrap();
    let foreign = mint(&draft(ISSUER), &other, now()).unwrap();
    let refusal = verify(&foreign, &keys, &expected(Role::Publish)).unwrap_err();
    assert!(matches!(refusal, Refusal::Algorithm { .. }), "{refusal}");
}

#[test]
fn a_key_for_one_role_does_nothing_for_the_other() {
    let keys = TrustedKeys::new([
        TrustedKey::of_issuer(ISSUER, Roles::Subscribe, secret_source()).with_legacy(),
        TrustedKey::of_issuer(OTHER_ISSUER, Roles::Publish, other_key()),
    ]);
    let token = token(&json!({"alg": "HS256", "typ": "at+jwt"}), &v1_claims());
    let refusal = verify(&token, &keys, &expected(Role::Publish)).unwrap_err();
    let wanted = Refusal::NoKeyForRole {
        issuer: ISSUER.to_owned(),
        role: Role::Publish,
    };
    assert_eq!(refusal, wanted);
    // What it holds for publishing does not get through by the other door either.
    let claims = verify(&token, &keys, &expected(Role::Subscribe)).unwrap();
    assert!(claims.subscribe.is_some());
    assert_eq!(claims.publish, None);
}

#[test]
fn a_secret_configured_once_for_each_role_serves_both() {
    let keys = TrustedKeys::new([
        TrustedKey::legacy(Roles::Subscribe, secret_source()),
        TrustedKey::legacy(Roles::Publish, secret_source()),
    ]);
    let token = crate::forge::legacy(&json!({"mercure": {"publish": ["a"], "subscribe": ["b"]}}));
    assert!(
        verify(&token, &keys, &expected(Role::Publish))
            .unwrap()
            .publish
            .is_some()
    );
    assert!(
        verify(&token, &keys, &expected(Role::Subscribe))
            .unwrap()
            .subscribe
            .is_some()
    );
}

#[test]
fn without_keys_nothing_is_believed() {
    let token = token(&json!({"alg": "HS256", "typ": "at+jwt"}), &v1_claims());
    let refusal = verify(&token, &TrustedKeys::default(), &expected(Role::Publish)).unwrap_err();
    let wanted = Refusal::UnknownIssuer {
        had: ISSUER.to_owned(),
        trusted: vec![],
    };
    assert_eq!(refusal, wanted);
}
