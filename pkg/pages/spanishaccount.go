package pages

func spanishAccountTexts() AccountTexts {
	return AccountTexts{
		Title: "Su cuenta", Text: "Lo que aquí se sabe de usted y lo que usted puede cambiar.",
		As: "Sesión iniciada como", Navigation: "Su cuenta", Skip: "Ir al contenido de la página",
		Overview:     "Resumen",
		Profile:      Destination{"Perfil", "Lo que se sabe de usted y adónde llegan los avisos."},
		Password:     Destination{"Contraseña", "Elija otra y cierre la sesión en todos los demás lugares."},
		Factors:      Destination{"Segundos factores", "Llaves de acceso, aplicaciones de autenticación y códigos de recuperación."},
		Sessions:     Destination{"Sesiones abiertas", "Navegadores, dispositivos y las aplicaciones que se usaron allí. Cierre sesiones a distancia."},
		Activity:     Destination{"Actividad reciente", "Lo que ha ocurrido con su cuenta, cuándo y desde dónde."},
		Delegations:  Destination{"Personas que actúan por usted", "Quién puede usar aplicaciones en su nombre, y en nombre de quién puede usted."},
		Applications: Destination{"Aplicaciones", "Cuáles tienen acceso a lo que es suyo. Quíteselo."},
		Agreements:   Destination{"Acuerdos", "Lo que aceptó, para leerlo de nuevo y con un comprobante."},
		ManageDetail: "Qué acceso tiene cada persona de su organización.",
		SignOut:      "Cerrar sesión",
	}
}
