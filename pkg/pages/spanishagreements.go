package pages

func spanishAgreements() AgreementsTexts {
	return AgreementsTexts{
		Title: "Acuerdos", Text: "Lo que usted aceptó y cuándo. El comprobante está firmado: demuestra ante otros a qué se comprometió.", None: "Hasta ahora no ha aceptado ninguno.",
		Version:   func(v string) string { return "Acuerdo de uso, versión " + v },
		For:       func(role string) string { return "Para la función: " + role },
		Accepted:  func(moment string) string { return "Lo aceptó el " + moment },
		Withdrawn: func(moment string) string { return "Se retiró el " + moment },
		Read:      "Leerlo de nuevo", Receipt: "Descargar el comprobante", Back: "Volver a la lista",
	}
}
