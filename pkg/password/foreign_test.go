package password_test

import (
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/password"
)

// foreign are hashes that the makers of each format publish, with the passwords.
var foreign = []struct{ name, format, text, password, scheme string }{
	// crypt_blowfish 1.3, wrapper.c (Openwall); Wikipedia, "bcrypt".
	{"bcrypt 2a", "bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", "bcrypt c=5"},
	{"bcrypt 2a longer", "bcrypt", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U", "bcrypt c=5"},
	{"bcrypt 2b", "bcrypt", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*", "bcrypt c=5"},
	{"bcrypt 2y", "bcrypt", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", "bcrypt c=5"},
	{"bcrypt cost 12", "bcrypt", "$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "abc123xyz", "bcrypt c=12"},
	// Django 4.2, tests/auth_tests/test_hashers.py.
	{"Django PBKDF2 SHA-256", "django", "pbkdf2_sha256$600000$seasalt$OAXyhAQ/4ZDA9V5RMExt3C1OwQdUpLZ99vm1McFlLRA=", "lètmein", "pbkdf2-sha256 i=600000"},
	{"Django PBKDF2 SHA-1", "django", "pbkdf2_sha1$600000$seasalt2$2CLsaL1MZhq6JOG6QOHtVbiopHE=", "lètmein", "pbkdf2-sha1 i=600000"},
	{"Django scrypt", "django", "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==", "lètmein", "scrypt ln=14,r=8,p=1"},
	{"Django Argon2", "django", "argon2$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$YC9+jJCrQhs5R6db7LlN8Q", "secret", "argon2i m=8,t=1,p=1"},
	{"Django bcrypt", "django", "bcrypt$$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*", "bcrypt c=5"},
	// Django's documentation and tests name no fixed hash of this kind: this one
	// is of Django 5.2 itself.
	{"Django bcrypt SHA-256", "django", "bcrypt_sha256$$2b$04$CkUWz1q60MqbJtvSMeNgEuzHDZi6YL1et87a7Nb8RumnWokxtfzky", "lètmein", "bcrypt-sha256 c=4"},
	// ASP.NET Core, src/Identity/test/Identity.Test/PasswordHasherTest.cs.
	{"ASP.NET v2", "aspnet-identity", "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==", "my password", "pbkdf2-sha1 i=1000"},
	{"ASP.NET v3", "aspnet-identity", "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==", "my password", "pbkdf2-sha256 i=10000"},
	{"ASP.NET v3 SHA-512", "aspnet-identity", "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw", "my password", "pbkdf2-sha512 i=50"},
	{"ASP.NET v3 SHA-1", "aspnet-identity", "AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M", "my password", "pbkdf2-sha1 i=250"},
	{"ASP.NET v3 long salt", "aspnet-identity", "AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ=", "my password", "pbkdf2-sha256 i=250000"},
	// passlib's documentation: passlib.hash.scrypt, passlib.hash.pbkdf2_digest.
	{"PHC scrypt", "phc", "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E", "password", "scrypt ln=16,r=8,p=1"},
	{"passlib PBKDF2", "phc", "$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44", "password", "pbkdf2-sha256 i=6400"},
	// The reference implementation of Argon2, src/test.c.
	{"PHC argon2i", "phc", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA", "password", "argon2i m=65536,t=2,p=1"},
	{"PHC argon2id", "phc", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", "argon2id m=65536,t=2,p=1"},
	// Keycloak publishes no hash with its password; these are from exports of
	// sample realms. Older versions store 64 bytes, two blocks of SHA-256.
	{"Keycloak", "keycloak", `{"type":"password","secretData":"{\"value\":\"JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k=\",\"salt\":\"P5rtFkGtPfoaryJ6PizUJw==\",\"additionalParameters\":{}}","credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\",\"additionalParameters\":{}}"}`, "password", "pbkdf2-sha256 i=27500"},
	{"Keycloak, long", "keycloak", `{"secretData":{"value":"MbKsMgWPnZyImih8s4SaoCSCq+XIY/c6S9F93sXEidHF1TjPWxCqMkec0+o3860CMLXHt3az61cIJOWI0FW9aw==","salt":"fmpBI1r8R1u75hDLMUlwBw=="},"credentialData":{"hashIterations":27500,"algorithm":"pbkdf2-sha256"}}`, "user", "pbkdf2-sha256 i=27500"},
	// Keycloak 24 and later; made with argon2-cffi, the parameters are its defaults.
	{"Keycloak Argon2", "keycloak", `{"type":"password","secretData":"{\"value\":\"sAavOVT9lSsX4jeV2ZNRLaH3wKMRpC4uYGTwtpTA7JE=\",\"salt\":\"c29tZXNhbHQ=\"}","credentialData":"{\"hashIterations\":5,\"algorithm\":\"argon2\",\"additionalParameters\":{\"hashLength\":[\"32\"],\"memory\":[\"7168\"],\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}"}`, "password", "argon2id m=7168,t=5,p=1"},
}

func TestForeignHashesVerify(t *testing.T) {
	h := hasher(t, 256, 1)
	for _, f := range foreign {
		t.Run(f.name, func(t *testing.T) {
			in, err := password.Import(f.format, f.text)
			if err != nil {
				t.Fatal(err)
			}
			if in.Scheme != f.scheme {
				t.Errorf("scheme %q, want %q", in.Scheme, f.scheme)
			}
			if err := h.Verifiable(in.Stored); err != nil {
				t.Error(err)
			}
			if match, rehash, err := h.Verify(t.Context(), in.Stored, f.password); !match || !rehash || err != nil {
				t.Errorf("%s: match %v, rehash %v, %v", in.Stored, match, rehash, err)
			}
			if match, _, err := h.Verify(t.Context(), in.Stored, f.password+"z"); match || err != nil {
				t.Errorf("another password: %v, %v", match, err)
			}
		})
	}
}

// TestHostileForeignHashesAreRefused: before anything is stored or computed.
func TestHostileForeignHashesAreRefused(t *testing.T) {
	const salt, tag = "c29tZXNhbHRzb21lc2FsdA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, f := range map[string][2]string{
		"no format":                  {"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"unknown format":             {"md5", "88a434c88cca4e900f7874cd98123f43"},
		"empty":                      {"phc", ""},
		"format of another":          {"phc", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"bcrypt, endless":            {"bcrypt", "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"bcrypt, cost 15":            {"bcrypt", "$2a$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"bcrypt, cost 3":             {"bcrypt", "$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"bcrypt, broken 2x":          {"bcrypt", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"bcrypt, cut":                {"bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe"},
		"bcrypt, long":               {"bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWW"},
		"bcrypt, other letters":      {"bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO+="},
		"bcrypt, sign":               {"bcrypt", "$2a$+5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"our own form":               {"bcrypt", "$bcrypt-sha256-hex$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
		"argon2d":                    {"phc", "$argon2d$v=19$m=65536,t=3,p=4$" + salt + "$" + tag},
		"argon2i, memory bomb":       {"phc", "$argon2i$v=19$m=4194304,t=3,p=4$" + salt + "$" + tag},
		"argon2i, version 1.0":       {"phc", "$argon2i$m=65536,t=3,p=4$" + salt + "$" + tag},
		"PBKDF2, endless":            {"phc", "$pbkdf2-sha256$i=4000001$" + salt + "$" + tag},
		"PBKDF2, many blocks":        {"phc", "$pbkdf2-sha1$i=2000001$" + salt + "$" + tag},
		"PBKDF2, none":               {"phc", "$pbkdf2-sha256$i=0$" + salt + "$" + tag},
		"PBKDF2, overflow":           {"phc", "$pbkdf2-sha256$i=4294967297$" + salt + "$" + tag},
		"PBKDF2, MD5":                {"phc", "$pbkdf2-md5$i=1000$" + salt + "$" + tag},
		"PBKDF2, no salt":            {"phc", "$pbkdf2-sha256$i=1000$$" + tag},
		"PBKDF2, short tag":          {"phc", "$pbkdf2-sha256$i=1000$" + salt + "$AAAA"},
		"scrypt, memory bomb":        {"phc", "$scrypt$ln=22,r=8,p=1$" + salt + "$" + tag},
		"scrypt, shift":              {"phc", "$scrypt$ln=64,r=8,p=1$" + salt + "$" + tag},
		"scrypt, wide":               {"phc", "$scrypt$ln=10,r=4294967295,p=1$" + salt + "$" + tag},
		"scrypt, often":              {"phc", "$scrypt$ln=17,r=8,p=16$" + salt + "$" + tag},
		"Django, MD5":                {"django", "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3"},
		"Django, unusable":           {"django", "!8rJrTrzjdbuyJZvvdtQmKjkfCzWSkOGKXg9vRZn5"},
		"Django, endless":            {"django", "pbkdf2_sha256$999999999$seasalt$OAXyhAQ/4ZDA9V5RMExt3C1OwQdUpLZ99vm1McFlLRA="},
		"Django scrypt, no power":    {"django", "scrypt$16383$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw=="},
		"Django scrypt, zero":        {"django", "scrypt$0$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw=="},
		"Django bcrypt, endless":     {"django", "bcrypt_sha256$$2b$31$CkUWz1q60MqbJtvSMeNgEuzHDZi6YL1et87a7Nb8RumnWokxtfzky"},
		"ASP.NET, empty":             {"aspnet-identity", ""},
		"ASP.NET, other version":     {"aspnet-identity", "AgABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg=="},
		"ASP.NET v2, cut":            {"aspnet-identity", "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYub"},
		"ASP.NET v3, too short":      {"aspnet-identity", "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4A="},
		"ASP.NET v3, header only":    {"aspnet-identity", "AQAAAAIAAAAy"},
		"ASP.NET v3, salt too long":  {"aspnet-identity", "AQAAAAEAACcQ/////wABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="},
		"ASP.NET v3, endless":        {"aspnet-identity", "AQAAAAH/////AAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="},
		"ASP.NET v3, unknown digest": {"aspnet-identity", "AQAAAAkAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="},
		"Keycloak, no JSON":          {"keycloak", "pbkdf2-sha256"},
		"Keycloak, TOTP":             {"keycloak", `{"type":"otp","secretData":"{}","credentialData":"{}"}`},
		"Keycloak, nothing in it":    {"keycloak", `{}`},
		"Keycloak, negative":         {"keycloak", `{"secretData":{"value":"JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k=","salt":"P5rtFkGtPfoaryJ6PizUJw=="},"credentialData":{"hashIterations":-1,"algorithm":"pbkdf2-sha256"}}`},
		"Keycloak, endless":          {"keycloak", `{"secretData":{"value":"JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k=","salt":"P5rtFkGtPfoaryJ6PizUJw=="},"credentialData":{"hashIterations":4000000000,"algorithm":"pbkdf2-sha256"}}`},
		"Keycloak Argon2, injected":  {"keycloak", `{"secretData":{"value":"sAavOVT9lSsX4jeV2ZNRLaH3wKMRpC4uYGTwtpTA7JE=","salt":"c29tZXNhbHQ="},"credentialData":{"hashIterations":5,"algorithm":"argon2","additionalParameters":{"memory":["7168,t=1"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}}`},
		"enormous":                   {"keycloak", strings.Repeat("[", 1<<20)},
		"deep":                       {"keycloak", strings.Repeat("[", 4000)},
	} {
		in, err := password.Import(f[0], f[1])
		if err == nil {
			t.Errorf("%s: accepted as %s", name, in.Scheme)
		} else if f[1] != "" && len(f[1]) > 20 && strings.Contains(err.Error(), f[1][10:20]) {
			t.Errorf("%s: the error holds the hash: %v", name, err)
		}
	}
}

func FuzzImport(f *testing.F) {
	for _, v := range foreign {
		f.Add(v.format, v.text)
	}
	f.Fuzz(func(t *testing.T, format, text string) {
		in, err := password.Import(format, text)
		if err != nil {
			return
		}
		// What is stored is read back as the same thing.
		again, err := password.Reparse(in.Stored)
		if err != nil || again != in.Stored {
			t.Errorf("%s: stored %q, read back %q, %v", format, in.Stored, again, err)
		}
	})
}

func FuzzStored(f *testing.F) {
	for stored := range vectors {
		f.Add(stored)
	}
	for _, v := range foreign {
		if in, err := password.Import(v.format, v.text); err == nil {
			f.Add(in.Stored)
		}
	}
	f.Fuzz(func(t *testing.T, stored string) {
		again, err := password.Reparse(stored)
		if err != nil {
			return
		}
		if third, err := password.Reparse(again); err != nil || third != again {
			t.Errorf("%q: %q, then %q, %v", stored, again, third, err)
		}
	})
}

func TestFIPS(t *testing.T) {
	h, err := password.NewFIPSHasher(password.MinPBKDF2, 64, 2)
	if err != nil {
		t.Fatal(err)
	}
	phc, err := h.Hash(t.Context(), "correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$pbkdf2-sha256$i=600000$") || h.Scheme() != "pbkdf2-sha256 i=600000" || !password.Approved(h.Scheme()) {
		t.Errorf("PHC string %q, scheme %q", phc, h.Scheme())
	}
	if match, rehash, err := h.Verify(t.Context(), phc, "correct horse battery staple"); !match || rehash || err != nil {
		t.Errorf("right password: %v, %v, %v", match, rehash, err)
	}
	if match, _, err := h.Verify(t.Context(), phc, "correct horse battery"); match || err != nil {
		t.Errorf("wrong password: %v, %v", match, err)
	}
	// Hashes of another kind match nothing, and cost a hash all the same.
	before := h.Stats().Computed
	for stored, pw := range vectors {
		if match, _, err := h.Verify(t.Context(), stored, pw); match || err != nil || h.Verifiable(stored) == nil {
			t.Errorf("%s: %v, %v", stored, match, err)
		}
	}
	if n := h.Stats().Computed - before; n != int64(len(vectors)) {
		t.Errorf("%d hashes for %d", n, len(vectors))
	}
	// Without the mode they are made anew as argon2id.
	if match, rehash, err := hasher(t, 64, 2).Verify(t.Context(), phc, "correct horse battery staple"); !match || !rehash || err != nil {
		t.Errorf("back again: %v, %v, %v", match, rehash, err)
	}
	for _, n := range []int{0, password.MinPBKDF2 - 1, 1 << 40} {
		if _, err := password.NewFIPSHasher(n, 64, 2); err == nil {
			t.Errorf("%d iterations: accepted", n)
		}
	}
}
