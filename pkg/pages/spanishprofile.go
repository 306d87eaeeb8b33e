package pages

func spanishProfile() ProfileTexts {
	return ProfileTexts{
		Title: "Su perfil", Text: "Lo que aquí se sabe de usted. Proviene de la solicitud de su cuenta.", Field: spanishFact,
		NoticesTitle: "Adónde llegan los avisos", Notices: "Cuando cambia su contraseña o un segundo factor, escribimos a:",
		NoAddress: "No tenemos ningún correo electrónico suyo y no podemos avisarle cuando algo cambia.",
		Change:    "Otros confían en estos datos; por eso los cambia la mesa de ayuda, después de comprobar que es usted. Avísele de inmediato si una dirección ya no es suya.",
	}
}

func spanishFact(name string) string {
	switch name {
	case "user_id":
		return "ID de usuario"
	case "name":
		return "Nombre completo"
	case "taxonomy":
		return "Especialidad (código de taxonomía)"
	case "roles":
		return "Funciones"
	case "address":
		return "Dirección"
	case "nickname":
		return "Apodo"
	case "page":
		return "Página sobre usted"
	case "picture":
		return "Fotografía"
	case "website":
		return "Sitio web"
	case "gender":
		return "Género"
	case "birthdate":
		return "Fecha de nacimiento"
	case "zoneinfo":
		return "Zona horaria"
	case "locale":
		return "Lengua"
	}
	return spanishField(name)
}
