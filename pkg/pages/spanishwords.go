package pages

import (
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
)

func spanishScope(scope string) string {
	switch scope {
	case "openid":
		return ""
	case "profile":
		return "Su nombre y su ID de usuario"
	case "email":
		return "Su correo electrónico"
	case "phone":
		return "Su número de teléfono"
	case "address":
		return "La dirección de su consultorio"
	case "provider":
		return "Su NPI, título profesional, licencia y organización"
	case "npi":
		return "Su NPI"
	case "org":
		return "Las organizaciones a las que usted pertenece"
	case "roles":
		return "Sus funciones en las organizaciones a las que pertenece"
	case "offline_access":
		return "Acceso que continúa después de que usted cierre la sesión"
	}
	return "Acceso a: " + scope
}

func spanishField(name string) string {
	switch name {
	case "given_name":
		return "Nombre"
	case "middle_name":
		return "Segundo nombre"
	case "family_name":
		return "Apellido"
	case "credential":
		return "Título profesional"
	case "npi":
		return "Identificador Nacional de Proveedor (NPI)"
	case "license_number":
		return "Número de licencia"
	case "license_state":
		return "Estado de la licencia"
	case "organization":
		return "Consultorio u organización"
	case "email":
		return "Correo electrónico"
	case "phone":
		return "Teléfono"
	}
	return name
}

// spanishFlaw stands at the field that it is about.
func spanishFlaw(f person.Flaw) string {
	switch f.Code {
	case person.Missing:
		return "Este campo es obligatorio."
	case person.TooLong:
		return fmt.Sprintf("Este campo admite un máximo de %d caracteres.", f.Limit)
	case person.NotUTF8, person.Control:
		return "Este campo contiene caracteres que no se pueden usar."
	case person.Formula:
		return "Este campo no puede empezar con =, +, - ni @."
	case person.NPIDigits:
		return "El NPI debe tener diez dígitos."
	case person.NPICheckDigit:
		return "El dígito de control del NPI no es correcto."
	case person.NotEmail:
		return "Esto no es una dirección de correo electrónico."
	case person.NotPage:
		return "Esto no es una dirección https."
	case person.NotBirthdate:
		return "Escriba la fecha como AAAA-MM-DD, 0000-MM-DD o AAAA."
	case person.NotZone:
		return "Esto no es el nombre de una zona horaria, como America/Chicago."
	case person.NotLanguage:
		return "Esto no es un código de idioma, como es-US."
	}
	return "Este campo no es correcto."
}

// spanishProblem says what a problem says in English, or "".
func spanishProblem(e *problem.Error) string {
	switch e.Reason {
	case problem.SamePassword:
		return "Esta es la contraseña que tiene ahora. Elija otra."
	case problem.FormerPassword:
		return fmt.Sprintf("Esta es una de sus últimas %d contraseñas. Elija una que no haya tenido.", e.Count)
	case problem.ChangedLately:
		return "Cambió su contraseña dos veces en poco tiempo. Llame a la mesa de ayuda si otra persona la conoce."
	case problem.AccountUnusable:
		return "Esta cuenta no se puede usar."
	case problem.FactorNeeded:
		return "Su función lo exige. Antes, añada otro."
	case problem.LinkNotEnough:
		return "Para esta cuenta no basta un enlace, porque tiene un segundo factor. Llame a la mesa de ayuda."
	case problem.Unreadable:
		return "No se puede leer lo que se envió."
	}
	return ""
}

// spanishSpan rounds up, as englishSpan does.
func spanishSpan(d time.Duration) string {
	count := func(n time.Duration, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %s", n, many)
	}
	n, unit := span(d)
	switch unit {
	case time.Second:
		return count(n, "segundo", "segundos")
	case time.Minute:
		return count(n, "minuto", "minutos")
	case time.Hour:
		return count(n, "hora", "horas")
	}
	return "un momento"
}

// spanishMoment is followed by nothing: it is written as after "el".
func spanishMoment(t time.Time) string {
	half := "a.\u00a0m."
	if t.Hour() >= 12 {
		half = "p.\u00a0m."
	}
	return fmt.Sprintf("%s, %s\u00a0%s\u00a0%s", spanishDay(t), t.Format("3:04"), half, t.Format("MST"))
}

func spanishDay(t time.Time) string {
	months := [...]string{
		"enero", "febrero", "marzo", "abril", "mayo", "junio",
		"julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
	}
	return fmt.Sprintf("%d de %s de %d", t.Day(), months[t.Month()-1], t.Year())
}

func spanishAccount(state string) string {
	switch state {
	case "suspended":
		return "Esta cuenta está suspendida"
	case "closed":
		return "Esta cuenta está cerrada"
	case "approved", "credential_issued":
		return "Todavía no ha iniciado sesión"
	case "active":
		return ""
	}
	return "Estado de esta cuenta: " + state
}

// spanishRole translates the roles that there are without configuration, and shows
// others as the operator named them.
func spanishRole(name string) string {
	switch name {
	case "clinician":
		return "Profesional de la salud"
	case "nurse":
		return "Enfermería"
	case "biller":
		return "Facturación"
	case "front_desk":
		return "Recepción"
	case "delegate_administrator":
		return "Administración de accesos"
	}
	return plainRole(name)
}

func spanishRefusal(reason string) string {
	switch reason {
	case "unknown_person":
		return "No hay ninguna cuenta con este ID de usuario y este apellido."
	case "oneself":
		return "Usted no puede darse acceso. Debe hacerlo otro administrador o un operador."
	case "above_ceiling", "unknown_role":
		return "Elija una de las funciones de la lista."
	case "end_date":
		return "El último día no debe haber pasado ni estar más lejos de lo que permite el formulario."
	case "need":
		return "Diga en una línea para qué hace falta el acceso."
	case "has_it":
		return "Esta persona ya tiene esta función aquí."
	}
	return "No es posible (" + reason + "). Vuelva a la lista y revísela de nuevo."
}
