package pages

import (
	"strconv"

	"github.com/claviger-id/claviger/pkg/password"
)

// spanishStrength is how well a password withstands guessing, in a word.
func spanishStrength(s password.Strength) string {
	switch s {
	case password.Strong:
		return "alta"
	case password.Good:
		return "buena"
	case password.Fair:
		return "todavía baja"
	case password.Poor:
		return "baja"
	}
	return "muy baja"
}

// spanishPassword says why a password was refused.
func spanishPassword(r *password.Refusal) string {
	const advice = " Elija otra: cuatro o más palabras sin relación entre sí son fáciles de recordar y difíciles de adivinar."
	switch r.Code {
	case password.TooShort:
		return "Esta contraseña es demasiado corta. Use al menos " + strconv.Itoa(r.Limit) + " caracteres; unas cuantas palabras son fáciles de recordar."
	case password.TooLong:
		return "Esta contraseña es demasiado larga. El límite es de " + strconv.Itoa(r.Limit) + " caracteres."
	case password.NotText:
		return "Esta contraseña contiene un carácter que no se puede escribir con el teclado. Use letras, dígitos, espacios y signos de puntuación."
	case password.Repeated:
		return "Esta contraseña repite una y otra vez algo corto, que se adivina pronto." + advice
	case password.Sequence:
		return "Esta contraseña sigue el orden del alfabeto, de los dígitos o del teclado, que se adivina pronto." + advice
	case password.Context:
		return "Esta contraseña contiene «" + r.Word + "», que otras personas conocen." + advice
	case password.Common:
		return "Muchas personas eligen esta contraseña o una casi igual, y por eso los atacantes la prueban primero." + advice
	case password.Weak:
		return "Esta contraseña se adivina demasiado pronto: está hecha de pocas palabras comunes, nombres, fechas o patrones." + advice
	case password.Breached:
		return "Esta contraseña aparece en listas de contraseñas robadas, que los atacantes prueban primero. Si la usa en algún lugar, cámbiela también allí." + advice
	}
	return ""
}
