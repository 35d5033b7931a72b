//! Every algorithm there and back; keys that fit and keys that do not.

use tidings_mercure::token::{
    Algorithm, Draft, Expected, Jwks, JwksSettings, KeyError, KeySource, Refusal, Role, Roles,
    SigningKey, SigningKeyError, TopicMatcher, TrustedKey, TrustedKeys, mint, verify,
};

use crate::forge::{HUB, ISSUER, NOW, SECRET, expected, now};

macro_rules! pem {
    ($name:literal) => {
        include_bytes!(concat!("keys/", $name, ".pem")).as_slice()
    };
}

fn private_and_public(algorithm: Algorithm) -> (&'static [u8], &'static [u8]) {
    match algorithm {
        Algorithm::Es256 => (pem!("p256"), pem!("p256.pub")),
        Algorithm::Es384 => (pem!("p384"), pem!("p384.pub")),
        Algorithm::EdDsa => (pem!("ed25519"), pem!("ed25519.pub")),
        _ => (pem!("rsa"), pem!("rsa.pub")),
    }
}

fn pair(algorithm: Algorithm) -> (SigningKey, KeySource) {
    if algorithm.is_hmac() {
        return (
            SigningKey::secret(SECRET, algorithm).unwrap(),
            KeySource::secret(SECRET, &[algorithm]).unwrap(),
        );
    }
    let (private, public) = private_and_public(algorithm);
    (
        SigningKey::pem(private, algorithm).unwrap(),
        KeySource::pem(public, &[algorithm]).unwrap(),
    )
}

fn draft() -> Draft {
    let expires = std::time::UNIX_EPOCH + std::time::Duration::from_secs(NOW + 60);
    Draft::v1(ISSUER, HUB, expires).with_publish([TopicMatcher::exact("*")])
}

fn trusting(source: KeySource) -> TrustedKeys {
    TrustedKeys::new([TrustedKey::of_issuer(ISSUER, Roles::Both, source)])
}

#[test]
fn every_algorithm_goes_there_and_back() {
    for algorithm in Algorithm::ALL {
        let (signing, source) = pair(algorithm);
        let token = mint(&draft(), &signing, now()).unwrap();
        let keys = trusting(source);
        let claims = verify(&token, &keys, &expected(Role::Publish)).unwrap();
        assert!(claims.publish.unwrap()[0].is_wildcard(), "{algorithm}");

        // One bit of the claims, and one of the signature.
        for index in [token.find('.').unwrap() + 2, token.len() - 5] {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(
                verify(&changed, &keys, &expected(Role::Publish)).is_err(),
                "{algorithm}"
            );
        }
    }
}

/// That we understand ourselves proves little.
#[test]
fn tokens_of_another_implementation_are_understood() {
    let lines: Vec<_> = include_str!("keys/foreign.txt").lines().collect();
    assert_eq!(lines.len(), Algorithm::ALL.len());
    for line in lines {
        let (name, token) = line.split_once(' ').unwrap();
        let source = pair(name.parse().unwrap()).1;
        let keys = TrustedKeys::new([TrustedKey::legacy(Roles::Both, source)]);
        let claims = verify(token, &keys, &expected(Role::Publish)).unwrap();
        assert!(claims.publish.unwrap()[0].is_wildcard(), "{name}");
    }
}

/// RFC 7515, appendices A.1 and A.3.
#[test]
fn the_examples_of_the_standard_are_understood() {
    let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let set = r#"{"keys":[
        {"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"},
        {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    let settings = JwksSettings::default().with_algorithms([Algorithm::Hs256, Algorithm::Es256]);
    let source = KeySource::jwks(Jwks::fixed(set.as_bytes(), &settings).unwrap());
    let keys = TrustedKeys::new([TrustedKey::legacy(Roles::Both, source)]);
    let then = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_300_819_379);
    for (header, signature) in [
        (
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
        (
            "eyJhbGciOiJFUzI1NiJ9",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
    ] {
        let token = format!("{header}.{claims}.{signature}");
        let expected = Expected::new(Role::Publish, HUB, then);
        let claims = verify(&token, &keys, &expected).unwrap();
        assert_eq!(claims.issuer.as_deref(), Some("joe"));
    }
}

#[test]
fn an_algorithm_that_the_key_is_not_allowed_with_is_refused() {
    for signed_by in Algorithm::ALL {
        let token = mint(&draft(), &pair(signed_by).0, now()).unwrap();
        for allowed in Algorithm::ALL.into_iter().filter(|a| *a != signed_by) {
            let keys = trusting(pair(allowed).1);
            let refusal = verify(&token, &keys, &expected(Role::Publish)).unwrap_err();
            let wanted = Refusal::Algorithm {
                algorithm: signed_by,
                allowed: vec![allowed],
            };
            assert_eq!(refusal, wanted);
        }
    }
}

#[test]
fn a_key_takes_algorithms_of_its_type_only() {
    for algorithm in Algorithm::ALL {
        for other in Algorithm::ALL {
            let (_, public) = private_and_public(other);
            let fits = !algorithm.is_hmac() && private_and_public(algorithm).1 == public;
            assert_eq!(
                KeySource::pem(public, &[algorithm]).is_ok(),
                fits,
                "{algorithm} {other}"
            );
        }
        assert_eq!(
            KeySource::secret(SECRET, &[algorithm]).is_ok(),
            algorithm.is_hmac()
        );
    }
    let error = KeySource::pem(pem!("rsa.pub"), &[Algorithm::Hs256]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "HS256 does not work with a key of type RSA; choose from RS256, RS384, RS512, PS256, PS384, PS512"
    );
    assert_eq!(
        KeySource::pem(pem!("rsa.pub"), &[]).unwrap_err(),
        KeyError::NoAlgorithm
    );
}

#[test]
fn what_is_no_public_key_of_ours_is_refused() {
    let error = |pem| KeySource::pem(pem, &[Algorithm::Rs256]).unwrap_err();
    assert_eq!(
        error(pem!("rsa")),
        KeyError::NotAPublicKey("PRIVATE KEY".to_owned())
    );
    assert_eq!(
        error(pem!("rsa.pkcs1")),
        KeyError::NotAPublicKey("RSA PRIVATE KEY".to_owned())
    );
    assert_eq!(error(pem!("rsa-short.pub")), KeyError::RsaSize(1024));
    assert!(matches!(
        error(pem!("p521.pub")),
        KeyError::UnsupportedType(_)
    ));
    assert!(matches!(error(b"secret"), KeyError::NotPem(_)));
    for bad in [
        b"\xff".as_slice(),
        b"-----BEGIN PUBLIC KEY-----",
        b"-----BEGIN PUBLIC KEY-----\nMAA=\n",
        b"-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PRIVATE KEY-----",
        b"-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\nMAA=",
        b"-----BEGIN PUBLIC KEY-----\nx: y\n\nMAA=\n-----END PUBLIC KEY-----",
        b"-----BEGIN -----",
        b"-----BEGIN ----------END -----x",
    ] {
        assert!(matches!(error(bad), KeyError::NotPem(_)), "{bad:?}");
    }
    let two = [pem!("rsa.pub"), pem!("p256.pub")].concat();
    assert!(matches!(error(&two), KeyError::NotPem(_)));
    let damaged = b"-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n";
    assert!(matches!(error(damaged), KeyError::Damaged(_)));
    assert!(KeySource::pem(pem!("rsa.pkcs1.pub"), &[Algorithm::Rs256]).is_ok());
}

/// Keys come through environment variables and from Windows.
#[test]
fn pem_is_read_however_its_lines_end() {
    let pem = std::str::from_utf8(pem!("rsa.pub")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    for text in [
        pem.replace('\n', "\r\n"),
        format!("\n\n{pem}\n\n"),
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----"),
        pem.trim_end().replace('\n', "\\n"),
    ] {
        assert!(
            KeySource::pem(text.as_bytes(), &[Algorithm::Rs256]).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn a_public_key_is_no_secret() {
    let error = KeySource::secret(pem!("rsa.pub"), &[Algorithm::Hs256]).unwrap_err();
    assert_eq!(error, KeyError::SecretIsPem);
    assert_eq!(
        KeySource::secret(b"", &[Algorithm::Hs256]).unwrap_err(),
        KeyError::EmptySecret
    );
    let error = SigningKey::secret(pem!("rsa"), Algorithm::Hs256).unwrap_err();
    assert_eq!(error, SigningKeyError::SecretIsPem);
}

#[test]
fn private_keys_come_in_two_forms() {
    assert!(SigningKey::pem(pem!("rsa.pkcs1"), Algorithm::Ps512).is_ok());
    let error = SigningKey::pem(pem!("p256.sec1"), Algorithm::Es256).unwrap_err();
    assert_eq!(
        error,
        SigningKeyError::NotAPrivateKey("EC PRIVATE KEY".to_owned())
    );
    assert!(error.to_string().contains("openssl pkcs8 -topk8"));
    for (pem, algorithm) in [
        (pem!("p256"), Algorithm::Es384),
        (pem!("p256"), Algorithm::EdDsa),
        (pem!("ed25519"), Algorithm::Rs256),
        (pem!("rsa"), Algorithm::Hs256),
        (pem!("rsa.pub"), Algorithm::Rs256),
    ] {
        SigningKey::pem(pem, algorithm).unwrap_err();
    }
}

#[test]
fn a_short_secret_works_and_is_warned_of() {
    let source = KeySource::secret(b"!ChangeMe!", &[Algorithm::Hs256]).unwrap();
    let weakness = source.weakness().unwrap();
    assert_eq!((weakness.bytes, weakness.wanted), (10, 32));
    assert_eq!(
        KeySource::secret(SECRET, &[Algorithm::Hs256])
            .unwrap()
            .weakness(),
        None
    );
}

#[test]
fn secrets_are_not_shown() {
    let keys = trusting(KeySource::secret(b"!ChangeMe!", &[Algorithm::Hs256]).unwrap());
    assert!(!format!("{keys:?}").contains("33, 67"));
    assert!(!format!("{keys:?}").contains("ChangeMe"));
    let signing = SigningKey::secret(b"!ChangeMe!", Algorithm::Hs256).unwrap();
    assert_eq!(format!("{signing:?}"), "SigningKey(HS256)");
}
