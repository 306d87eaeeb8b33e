package pages

func spanishApplications() ApplicationsTexts {
	return ApplicationsTexts{
		Title: "Aplicaciones", Text: "Estas tienen acceso a lo que es suyo. Quíteselo a las que ya no usa.", None: "Ninguna aplicación tiene acceso. No tiene que hacer nada.",
		Reads: "Puede leer:", Offline: "Su acceso continúa después de que usted cierre la sesión",
		Since:    func(moment string) string { return "Tiene acceso desde el " + moment },
		Used:     func(moment string) string { return "Usó su acceso por última vez el " + moment },
		Withdraw: "Quitarle el acceso", WithdrawTitle: "¿Quitar el acceso a esta aplicación?",
		WithdrawText:   "Deja de poder leer nada, de inmediato, y se le indica que cierre su sesión. En los demás lugares su sesión sigue abierta. Cuando vuelva a abrirla, le preguntará de nuevo o, si es de su organización, iniciará su sesión. Lo que leyó antes lo conserva.",
		WithdrawSubmit: "Quitárselo", Back: "Volver a la lista",
	}
}
