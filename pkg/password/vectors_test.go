package password_test

// vectors maps PHC strings to the passwords they are of.
var vectors = map[string]string{
	"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc":            "password",
	"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$4/aI3+T3lnOABBIYm6Oj3BrrT0oF5GSqPWJlezoX1bI": "correct-horse-battery-staple",
	"$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$r6rt1/C5waAS2PeKQc0nDT+lpw6bQTe7ZbVotnWes8M": "pässwörd-mit-ümläuten",
}
