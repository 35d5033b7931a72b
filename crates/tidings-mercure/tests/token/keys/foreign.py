# Tokens by another implementation, for `algorithms.rs`: python3 foreign.py > foreign.txt, with PyJWT and cryptography.
import jwt

SECRET = "a secret of more than thirty-two bytes"
FILES = {"ES256": "p256", "ES384": "p384", "EdDSA": "ed25519"}
for algorithm in "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA".split():
    key = SECRET if algorithm.startswith("HS") else open(f"{FILES.get(algorithm, 'rsa')}.pem").read()
    print(algorithm, jwt.encode({"mercure": {"publish": ["*"]}}, key, algorithm=algorithm))
