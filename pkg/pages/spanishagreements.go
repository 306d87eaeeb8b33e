package pages

func spanishAgreements() AgreementsTexts {
	return AgreementsTexts{
		Title: "Acuerdos", Text: "Lo que usted aceptó y cuándo. El comprobante está firmado: demuestra ante otros a qué se comprometió.", None: "Hasta ahora no ha aceptado ninguno. Se le preguntará al iniciar sesión cuando haya uno.",
		Version:   func(v string) string { return "Acuerdo de uso, versión " + v },
		For:       func(role string) string { return "Para la función: " + role },
		Accepted:  func(moment string) string { return "Lo aceptó el " + moment },
		Withdrawn: func(moment string) string { return "Se retiró el " + moment },
		Read:      "Leerlo de nuevo", Receipt: "Descargar el comprobante", Back: "Volver a la lista",
		TakeBack: "Retirar lo que aceptó", TakeBackTitle: "¿Retirar lo que aceptó?",
		TakeBackText:   "Su sesión se cierra de inmediato en todas partes y todas las aplicaciones pierden el acceso, también el que continúa después de cerrar la sesión. La próxima vez que inicie sesión se le pedirá que acepte de nuevo el acuerdo, y no podrá usar nada hasta entonces. Queda constancia de que lo había aceptado y hasta cuándo.",
		TakeBackSubmit: "Retirarlo y cerrar la sesión",
	}
}
