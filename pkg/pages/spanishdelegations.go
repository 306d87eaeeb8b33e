package pages

import "github.com/claviger-id/claviger/pkg/access"

func spanishActFor() ActForTexts {
	return ActForTexts{
		Title:    "¿En nombre de quién actúa?",
		Text:     func(application string) string { return "Elija en nombre de quién usa " + application + "." },
		Over:     "Ya no actúa en nombre de la persona que eligió antes.",
		Oneself:  "En mi nombre",
		For:      func(name string) string { return "En nombre de " + name },
		Recorded: "Su sesión sigue siendo la suya. Lo que haga en nombre de alguien queda registrado con ambos nombres, y esa persona puede verlo.",
	}
}

func spanishDelegations() DelegationsTexts {
	return DelegationsTexts{
		Title: "Personas que actúan por usted", Text: "Entran con su propia cuenta y su propia contraseña. No dé nunca la suya a nadie.",
		None: "Nadie actúa por usted.", Grant: "Permitir que alguien actúe por usted",
		ActedTitle: "Aquellos por quienes usted actúa", ActedText: "Cuando inicie sesión en una de estas aplicaciones, se le preguntará en nombre de quién actúa. Lo que elija vale hasta que cierre la sesión.", Anew: "Volver a preguntarme en nombre de quién actúo",
		Since:  func(when string) string { return "Desde el " + when },
		Used:   func(when string) string { return "Último uso: " + when },
		Until:  func(when string) string { return "Hasta el " + when },
		Unused: "Todavía sin usar",
		Purpose: func(purpose string) string {
			switch purpose {
			case access.PurposeTreatment:
				return "Atención de pacientes"
			case access.PurposePayment:
				return "Facturación y pagos"
			case access.PurposeOperations:
				return "Gestión de la consulta"
			}
			return purpose
		},
		End: "Poner fin a este permiso", EndTitle: "¿Poner fin a este permiso?", EndText: "De inmediato, esa persona ya no puede hacer nada en su nombre, y se avisa a las aplicaciones. Lo que hizo queda registrado.",
		GiveUp: "Renunciar a este permiso", GiveUpText: "De inmediato, usted ya no puede hacer nada en su nombre. Su propio acceso no cambia. Esa persona no podrá volver a permitírselo por sí sola.", Back: "Volver a la lista",
		GrantTitle: "Permitir que alguien actúe por usted", GrantText: "En estas aplicaciones podrá hacer lo que usted puede hacer. Se avisa a ambos por correo.",
		GrantSubmit: "Permitir que actúe por mí", ApplicationsLabel: "Aplicaciones", PurposeLabel: "Para qué",
		Refused: func(reason string) string {
			switch reason {
			case access.ReasonOneself:
				return "No puede actuar por sí mismo de esta manera."
			case access.ReasonEnd:
				return "Elija un último día que esté por venir y no sea demasiado lejano."
			case access.ReasonPerson:
				return "No hay ninguna cuenta con este ID de usuario y este apellido."
			case access.ReasonAccount:
				return "Esta persona no ha iniciado sesión todavía, o no puede hacerlo."
			case access.ReasonApplication:
				return "Elija al menos una aplicación."
			case access.ReasonPurpose:
				return "Elija para qué es."
			case access.ReasonGivenUp:
				return "Esta persona renunció a actuar por usted. Llame al servicio de asistencia si quiere volver a hacerlo."
			case access.ReasonOften:
				return "Lo ha hecho demasiadas veces. Inténtelo otro día."
			case access.ReasonHas:
				return "Esta persona ya actúa por usted con este fin. Ponga fin a eso primero."
			}
			return "No es posible: " + reason
		},
	}
}
