package pages

func spanishActivity() ActivityTexts {
	return ActivityTexts{
		Title: "Actividad reciente", Text: "Lo que ha ocurrido con su cuenta, lo más reciente primero. Si no reconoce algo, actúe.", None: "Todavía no ha ocurrido nada.",
		What: spanishEvent, Why: spanishWhy, With: spanishWith, Shared: "En un equipo compartido",
		Version:     func(name string) string { return "Versión " + name },
		Application: func(name string) string { return "Aplicación: " + name },
		Acts:        func(userID string) string { return "Quién actúa: " + userID },
		Role:        func(name string) string { return "Función: " + name },
		Asked: func(what string) string {
			switch what {
			case "password":
				return "Un enlace para una contraseña nueva"
			case "user_id":
				return "El ID de usuario"
			}
			return "Lo que se olvidó: " + what
		},
		You: "Por usted", Administrator: "Por un administrador de su organización", Delegate: "Por alguien que actúa en su nombre", Itself: "Automáticamente",
		Operator: func(role string) string {
			switch role {
			case "help_desk":
				return "Por la mesa de ayuda"
			case "security_officer":
				return "Por un responsable de seguridad"
			case "", "operator":
				return "Por un operador"
			}
			return "Por un operador: " + plainRole(role)
		},
		Address: "Desde la dirección",
		NotYou:  "No fui yo", NotYouText: "¿Algo de esto no fue usted? Vea qué hacer.",
		Older: "Anteriores", Newest: "Volver a lo más reciente",
	}
}

func spanishEvent(kind string) string {
	switch kind {
	case "signin.succeeded":
		return "La contraseña era correcta, pero nadie entró: el inicio de sesión no se completó"
	case "signin.failed":
		return "Se rechazó un inicio de sesión"
	case "signin.limited":
		return "Se rechazó un inicio de sesión: hubo demasiados intentos"
	case "session.created":
		return "Usted inició sesión"
	case "session.renewed":
		return "Usted volvió a demostrar que es usted"
	case "session.ended":
		return "Se cerró su sesión"
	case "factor.bound":
		return "Se añadió un segundo factor"
	case "factor.renamed":
		return "Un segundo factor recibió otro nombre"
	case "factor.removed":
		return "Se quitó un segundo factor"
	case "factor.reset":
		return "Se quitaron los segundos factores, tras comprobar la identidad"
	case "factor.set_aside":
		return "Un segundo factor quedó fuera de uso: alguien puede tener una copia"
	case "factor.codes_issued":
		return "Se generaron nuevos códigos de recuperación"
	case "factor.failed":
		return "Un segundo factor no era correcto"
	case "factor.limited":
		return "Se rechazó un segundo factor: hubo demasiados intentos"
	case "credential.temporary_issued":
		return "Se emitió una contraseña temporal"
	case "credential.temporary_reissued":
		return "Se emitió otra contraseña temporal"
	case "credential.personal_chosen":
		return "Se cambió la contraseña"
	case "credential.imported":
		return "La contraseña se trajo de otro sistema"
	case "credential.reset":
		return "La contraseña se reemplazó por una temporal, tras comprobar la identidad"
	case "credential.forced":
		return "La contraseña se debe cambiar en el próximo inicio de sesión"
	case "credential.disabled":
		return "Tras demasiados fallos, la contraseña solo sirve en navegadores que usted ya usó"
	case "credential.check_failed":
		return "Se rechazó un cambio de contraseña"
	case "agreement.accepted":
		return "Se aceptó el acuerdo de uso"
	case "agreement.declined":
		return "Se rechazó el acuerdo de uso"
	case "agreement.withdrawn":
		return "Se retiró la aceptación del acuerdo de uso"
	case "consent.given":
		return "Una aplicación obtuvo acceso"
	case "consent.withdrawn":
		return "Se quitó el acceso a una aplicación"
	case "grant.refresh_reused", "grant.code_reused":
		return "Terminó el acceso de una aplicación: algo que sirve una vez se usó dos veces"
	case "recovery.answered":
		return "Alguien dijo haber olvidado algo, y se envió un correo"
	case "link.used":
		return "Se usó el enlace de un correo"
	case "mail.undelivered", "mail.bounced":
		return "Un correo para usted no llegó"
	case "person.addresses_changed":
		return "Se cambiaron las direcciones para avisos"
	case "person.approved":
		return "Se abrió la cuenta"
	case "person.suspended":
		return "Se suspendió la cuenta"
	case "person.reinstated":
		return "Se volvió a abrir la cuenta"
	case "person.profile_changed":
		return "Se cambiaron sus datos"
	case "person.roles_changed":
		return "Se cambiaron sus funciones"
	case "delegation.granted":
		return "Alguien puede actuar en su nombre"
	case "delegation.ended":
		return "Alguien ya no actúa en su nombre"
	case "delegation.used":
		return "Alguien actuó en su nombre"
	case "membership.granted":
		return "Usted recibió una función en una organización"
	case "membership.ended":
		return "Terminó su función en una organización"
	}
	return "Otra cosa: " + kind
}

func spanishWhy(reason string) string {
	switch reason {
	case "wrong_password":
		return "La contraseña no era correcta"
	case "password_disabled":
		return "La contraseña solo sirve en navegadores que usted ya usó"
	case "temporary_expired":
		return "La contraseña temporal había caducado"
	case "temporary_spent":
		return "La contraseña temporal se probó demasiadas veces"
	case "no_password":
		return "No había contraseña"
	case "suspended":
		return "La cuenta estaba suspendida"
	case "closed":
		return "La cuenta estaba cerrada"
	case "abandoned":
		return "Quien lo intentó no esperó la respuesta"
	case "overtaken":
		return "La contraseña se reemplazó en el mismo momento"
	case "logout":
		return "Al cerrar la sesión"
	case "idle":
		return "Tras un tiempo sin actividad"
	case "absolute":
		return "Tras el tiempo máximo permitido"
	case "replaced":
		return "La reemplazó otro inicio de sesión en el mismo navegador"
	case "password_changed":
		return "Se cambió la contraseña"
	case "password_reset":
		return "La contraseña se reemplazó por una temporal"
	case "password_must_change":
		return "La contraseña se debía cambiar"
	case "password_compromised":
		return "Otros conocen la contraseña"
	case "factor_changed", "factor_reset":
		return "Se cambió un segundo factor"
	case "operator":
		return "Se ordenó desde otro lugar"
	case "concurrent_limit":
		return "Había demasiadas a la vez"
	case "membership_ended", "roles_changed":
		return "Cambiaron sus funciones"
	case "agreement_withdrawn":
		return "Se retiró la aceptación del acuerdo de uso"
	case "refresh_reuse":
		return "Una aplicación usó dos veces algo que sirve una vez"
	case "not_started":
		return "El inicio de sesión no se pudo completar"
	}
	return "Motivo: " + reason
}

func spanishWith(what string) string {
	switch what {
	case "passkey":
		return "Con una llave de acceso"
	case "code":
		return "Con contraseña y código"
	case "password":
		return "Con la contraseña"
	}
	return "Con: " + what
}
